---@meta runnel.safe
-- SPDX-License-Identifier: MIT

---The same modules, whose calls return nil, a message, a code and the exception
---where the others raise it. Raised here too: wrong types, what goes wrong inside
---`for line in stream` or at the end of a `<close>` variable's scope, and what a
---table's function throws that is no exception of ours. StdIn, StdOut and StdErr
---have their own buffers here: use those of one module only.
---@class runnel.safe
---@field socket runnel.safe.socket
---@field serversocket runnel.safe.serversocket
---@field io runnel.safe.io
---@field std runnel.std
---@field tls runnel.safe.tls
local safe = {}

---What the methods do is said of `runnel.Stream`.
---@class runnel.SafeStream
---@field class table
---@field write fun(self: self, ...: any): self?, string?, string?, runnel.Exception?
---@field writeLn fun(self: self, ...: any): self?, string?, string?, runnel.Exception?
---@field flush fun(self: self): self?, string?, string?, runnel.Exception?
---@field unsent fun(self: self): integer?, string?, string?, runnel.Exception?
---@field shutdownWrite fun(self: self): self?, string?, string?, runnel.Exception?
---@field read fun(self: self, n?: integer): string?, string?, string?, runnel.Exception?
---@field readSome fun(self: self, n?: integer): string?, string?, string?, runnel.Exception?
---@field readLn fun(self: self): string?, string?, string?, runnel.Exception?
---@field readLines fun(self: self): string[]?, string?, string?, runnel.Exception?
---@field iterator fun(self: self): fun(): string? raises what goes wrong
---@field skipLine fun(self: self): boolean?, string?, string?, runnel.Exception?
---@field lineEnding fun(self: self): "lf"|"crlf"|"cr"|nil
---@field peek fun(self: self): string?, string?, string?, runnel.Exception?
---@field pending fun(self: self): integer?, string?, string?, runnel.Exception?
---@field eof fun(self: self): boolean?, string?, string?, runnel.Exception?
---@field close fun(self: self): true?, string?, string?, runnel.Exception?
---@field abort fun(self: self): true?, string?, string?, runnel.Exception?
---@field setTimeout fun(self: self, seconds: number?, direction?: runnel.Direction): self?, string?, string?, runnel.Exception?
---@field setDeadline fun(self: self, time: number?, direction?: runnel.Direction): self?, string?, string?, runnel.Exception?
---@field setNewline fun(self: self, newline: "lf"|"crlf"|"strict"): self?, string?, string?, runnel.Exception?
---@field setMaxLine fun(self: self, bytes: integer): self?, string?, string?, runnel.Exception?
---@field setMaxAll fun(self: self, bytes: integer): self?, string?, string?, runnel.Exception?
---@field setBufferSize fun(self: self, bytes: integer): self?, string?, string?, runnel.Exception?
---@field fd fun(self: self): integer?, string?, string?, runnel.Exception?
---@field wants fun(self: self): "r"|"w"|"rw"|nil, string?, string?, runnel.Exception?
---@field stats fun(self: self): runnel.Stats?, string?, string?, runnel.Exception?
---@field startTls fun(self: self, options?: runnel.StartTlsOptions): self?, string?, string?, runnel.Exception?
---@field tlsInfo fun(self: self): runnel.TlsInfo?, string?, string?, runnel.Exception?
---@field is fun(self: self, class: table): boolean
---@field subclass fun(self: self, name: string): table
---@overload fun(functions: table, buffering?: runnel.Buffering|runnel.StreamOptions): runnel.SafeStream?, string?, string?, runnel.Exception?
---@operator call: string?

---@class runnel.SafeFile: runnel.SafeStream
---@overload fun(path: string, ...: "Input"|"Output"|"Append"|"Narrow"|runnel.Buffering|runnel.StreamOptions): runnel.SafeFile?, string?, string?, runnel.Exception?

---@class runnel.SafeSocket: runnel.SafeStream
---@field localAddress fun(self: self): string
---@field localPort fun(self: self): integer
---@field remoteAddress fun(self: self): string
---@field remotePort fun(self: self): integer
---@field setNoDelay fun(self: self, on: boolean): self?, string?, string?, runnel.Exception?
---@field setLiveness fun(self: self, seconds: integer): self?, string?, string?, runnel.Exception?
---@overload fun(destination: string, port?: integer, options?: runnel.Buffering|runnel.SocketOptions): runnel.SafeSocket?, string?, string?, runnel.Exception?

---@class runnel.SafeServerSocket
---@field class table
---@field accept fun(self: self, options?: runnel.Buffering|runnel.AcceptOptions): runnel.SafeSocket?, string?, string?, runnel.Exception?
---@field close fun(self: self): true
---@field localAddress fun(self: self): string
---@field localPort fun(self: self): integer
---@field fd fun(self: self): integer?, string?, string?, runnel.Exception?
---@field setTimeout fun(self: self, seconds: number?): self?, string?, string?, runnel.Exception?
---@field setDeadline fun(self: self, time: number?): self?, string?, string?, runnel.Exception?
---@field is fun(self: self, class: table): boolean
---@overload fun(port: integer, address?: string, options?: runnel.ServerOptions): runnel.SafeServerSocket?, string?, string?, runnel.Exception?
---@overload fun(port: integer, options: runnel.ServerOptions): runnel.SafeServerSocket?, string?, string?, runnel.Exception?

---@class runnel.safe.io
---@field Stream runnel.SafeStream
---@field File runnel.SafeFile
---@field StdIn runnel.SafeFile
---@field StdOut runnel.SafeFile
---@field StdErr runnel.SafeFile
---@field Buffered "Buffered"
---@field LineBuffered "LineBuffered"
---@field Unbuffered "Unbuffered"
---@field Input "Input"
---@field Output "Output"
---@field Append "Append"
---@field Narrow "Narrow"

---@class runnel.safe.socket
---@field Socket runnel.SafeSocket
---@field NameError runnel.Exception
---@field GetHostByName fun(name: string, options?: runnel.LookupOptions): string?, string?, string?, runnel.Exception?
---@field GetHostByAddress fun(address: string, options?: runnel.LookupOptions): string?, string?, string?, runnel.Exception?
---@field GetHostName fun(): string?, string?, string?, runnel.Exception?

---@class runnel.safe.serversocket
---@field ServerSocket runnel.SafeServerSocket

---@class runnel.SafeTlsSocket: runnel.SafeSocket
---@overload fun(destination: string, port: integer, options?: runnel.Buffering|runnel.TlsSocketOptions): runnel.SafeTlsSocket?, string?, string?, runnel.Exception?

---@class runnel.SafeTlsConfig
---@field class table
---@field reload fun(self: self): self?, string?, string?, runnel.Exception?
---@field is fun(self: self, class: table): boolean
---@overload fun(options?: runnel.TlsConfigOptions): runnel.SafeTlsConfig?, string?, string?, runnel.Exception?

---@class runnel.safe.tls
---@field TlsSocket runnel.SafeTlsSocket
---@field TlsConfig runnel.SafeTlsConfig

return safe
