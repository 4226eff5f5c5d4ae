---@meta runnel.io
-- SPDX-License-Identifier: MIT

---@alias runnel.Buffering "Buffered"|"LineBuffered"|"Unbuffered"
---@alias runnel.Direction "read"|"write"

---@class runnel.StreamOptions
---@field buffering? runnel.Buffering
---@field timeout? number seconds that each call may wait, connecting included
---@field deadline? number until when calls may wait, as `runnel.now() + seconds`
---@field newline? "lf"|"crlf"|"strict" what writeLn writes; strict: and nothing but CRLF is read as an ending
---@field maxLine? integer the longest line in bytes, 1048576 unless set
---@field bufferSize? integer bytes of each direction's buffer, 65536 unless set

---Bytes in order, out and in. Calls wait as long as the time limits allow.
---@class runnel.Stream
---@field class table
---@overload fun(functions: table, buffering?: runnel.Buffering|runnel.StreamOptions): runnel.Stream
---@operator call: string?
local Stream = {}

---Write any number of values, each turned to a string, as one call.
---@param ... any
---@return self
function Stream:write(...) end

---The same, then a line break.
---@param ... any
---@return self
function Stream:writeLn(...) end

---Send what is buffered.
---@return self
function Stream:flush() end

---How many written bytes are still in the program.
---@return integer
function Stream:unsent() end

---Flush, then tell the other end that nothing more comes; reading goes on.
---@return self
function Stream:shutdownWrite() end

---n bytes, fewer only at the end; without n the rest, and the stream is closed.
---@param n? integer
---@return string
function Stream:read(n) end

---From 1 to n bytes (4096), whatever is there first; "" at the end.
---@param n? integer
---@return string
function Stream:readSome(n) end

---One line without its ending; IoError "eof" at the end.
---@return string
function Stream:readLn() end

---The rest as an array of lines; the stream is closed, even when reading failed.
---@return string[]
function Stream:readLines() end

---The lines, for a loop; `for line in stream do` is the same.
---@return fun(): string?
function Stream:iterator() end

---Drop everything up to the next line; false where the stream ended first.
---@return boolean
function Stream:skipLine() end

---How the last line ended.
---@return "lf"|"cr"|"crlf"|nil
function Stream:lineEnding() end

---What is in the input buffer already; never waits, takes nothing.
---@return string
function Stream:peek() end

---How many bytes can be read without asking the system.
---@return integer
function Stream:pending() end

---Whether the stream has ended; may wait to find out.
---@return boolean
function Stream:eof() end

---Flush, close, and tell whether everything arrived. Again is fine.
---@return true
function Stream:close() end

---Close at once, throwing away what is unsent and unread.
---@return true
function Stream:abort() end

---Seconds that each call may wait; 0: not at all ("again"); nil: no limit.
---@param seconds number?
---@param direction? runnel.Direction
---@return self
function Stream:setTimeout(seconds, direction) end

---Until when calls may wait, as `runnel.now() + seconds`; nil: no limit.
---@param time number?
---@param direction? runnel.Direction
---@return self
function Stream:setDeadline(time, direction) end

---@param newline "lf"|"crlf"|"strict"
---@return self
function Stream:setNewline(newline) end

---@param bytes integer
---@return self
function Stream:setMaxLine(bytes) end

---The most that read() and readLines() gather.
---@param bytes integer
---@return self
function Stream:setMaxAll(bytes) end

---@param bytes integer
---@return self
function Stream:setBufferSize(bytes) end

---The descriptor, for an event loop; look at pending() before waiting on it.
---@return integer
function Stream:fd() end

---What a call that said "again" waits for.
---@return "r"|"w"|"rw"|nil
function Stream:wants() end

---@class runnel.Stats
---@field bytesRead integer
---@field bytesWritten integer
---@field age number? seconds
---@field lookup number?
---@field connect number?
---@field firstByte number?
---@field roundTrip number?

---@return runnel.Stats
function Stream:stats() end

---Go on with TLS, in place, as the client unless options.server is set; a Socket
---becomes a TlsSocket. What fails with "again" or "timeout" is to be repeated.
---@param options? runnel.StartTlsOptions
---@return self
function Stream:startTls(options) end

---@return runnel.TlsInfo
function Stream:tlsInfo() end

---@param class table
---@return boolean
function Stream:is(class) end

---A class of streams whose functions are in a table: _read(n), _write(s),
---_close(), _fd(), and _init(...) with what the class is called with.
---@param name string
---@return table
function Stream:subclass(name) end

---Opened for Input unless said otherwise; Buffered. What was written is on its way
---when the program ends, however it ends. Opening a FIFO waits for its other end.
---@class runnel.File: runnel.Stream
---@overload fun(path: string, ...: "Input"|"Output"|"Append"|"Narrow"|runnel.Buffering|runnel.StreamOptions): runnel.File
local File = {}

---@class runnel.io
---@field Stream runnel.Stream
---@field File runnel.File
---@field StdIn runnel.File
---@field StdOut runnel.File do not mix with print: they have their own buffers
---@field StdErr runnel.File
---@field Buffered "Buffered"
---@field LineBuffered "LineBuffered"
---@field Unbuffered "Unbuffered"
---@field Input "Input"
---@field Output "Output"
---@field Append "Append"
---@field Narrow "Narrow"
local io = {}

return io
