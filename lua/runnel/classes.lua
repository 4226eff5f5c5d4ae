-- SPDX-License-Identifier: MIT
-- The classes as users see them, out of what the C core supplies: exceptions,
-- streams and servers; the latter once raising and once returning failures.
local core = require "runnel.core"

-- A class is a table that holds the methods. Calling it makes an instance.
local parents = setmetatable({}, {__mode = "k"})

-- Each safe class and the class that users know it as.
local twins = setmetatable({}, {__mode = "k"})

-- Whether an object is an instance of the class or of one that descends from it.
local function is(object, wanted)
    wanted = twins[wanted] or wanted
    local class = object.class
    while class do
        if (twins[class] or class) == wanted then
            return true
        end
        class = parents[class]
    end
    return false
end

local function define(class, name, parent, new)
    class.class = class
    class.is = is
    parents[class] = parent
    return setmetatable(class, {
        __index = parent,
        __call = new,
        __tostring = function() return name end,
    })
end

-- Exceptions ---------------------------------------------------------------

local function newException(class, message)
    return setmetatable({
        message = message == nil and "" or tostring(message),
        code = class.defaultCode,
        where = core.where(2),
    }, class)
end

local function describe(exception)
    local name = tostring(exception.class)
    local text = exception.message ~= "" and name .. ": " .. exception.message or name
    return (exception.where or "") .. text
end

local TypeError

-- An argument of subclass(), whose caller's line is the place of the mistake.
local function checkString(what, value)
    if type(value) ~= "string" then
        local exception = TypeError(("subclass: %s must be a string, not %s"):format(what, type(value)))
        exception.where = core.where(3)
        error(exception, 0)
    end
end

local function subclassException(parent, name, code)
    checkString("name", name)
    checkString("code", code or "")
    local class = define({defaultCode = code or parent.defaultCode}, name, parent, newException)
    class.__index = class
    class.__tostring = describe
    return class
end

local Exception = define({defaultCode = "exception"}, "Exception", nil, newException)
Exception.__index = Exception
Exception.__tostring = describe
Exception.subclass = subclassException

TypeError = Exception:subclass("TypeError", "type")
local std = {
    Exception = Exception,
    IoError = Exception:subclass("IoError", "io"),
    ValueError = Exception:subclass("ValueError", "value"),
    TypeError = TypeError,
}
local NameError = Exception:subclass("NameError", "name")
core.exceptions(std.IoError, std.ValueError, std.TypeError, NameError)

-- Streams and servers ------------------------------------------------------

-- A class of streams whose functions are in a table: cls:_read(n), cls:_write(s),
-- cls:_close(), and cls:_init(...) with what the class was called with.
local sealed = setmetatable({}, {__mode = "k"})

local function subclassStream(parent, name)
    if sealed[parent] then
        local exception = std.ValueError("subclass: the system moves the bytes of a " .. tostring(parent)
            .. "; subclass io.Stream and let it hold one")
        exception.where = core.where(2)
        error(exception, 0)
    end
    checkString("name", name)
    local function new(class, ...)
        local fields = setmetatable({}, {__index = class})
        local stream, message, code, exception = parent.back(fields, class.buffering)
        if not stream then
            return nil, message, code, exception
        end
        if class._init then
            class._init(stream, ...)
        end
        return stream
    end
    local class = define({}, name, parent, new)
    return class
end

-- TLS is loaded when somebody wants it, by its first call if need be.
local function addTls(class)
    for _, name in ipairs {"startTls", "tlsInfo"} do
        class[name] = function(...)
            require "runnel.tls"
            return select(1, class[name](...))
        end
    end
end

local function build(safe, plain)
    local made = core.build(safe)
    local Stream = define(made.Stream, "Stream", plain and plain.io.Stream, made.back)
    Stream.subclass = subclassStream
    Stream.back = function(...) return made.back(Stream, ...) end
    local modules = {
        std = std,
        io = {
            Stream = Stream,
            File = define(made.File, "File", Stream, made.open),
            Buffered = "Buffered",
            LineBuffered = "LineBuffered",
            Unbuffered = "Unbuffered",
            Input = "Input",
            Output = "Output",
            Append = "Append",
            Narrow = "Narrow",
        },
        socket = {
            Socket = define(made.Socket, "Socket", Stream, made.connect),
            GetHostByName = made.GetHostByName,
            GetHostByAddress = made.GetHostByAddress,
            GetHostName = made.GetHostName,
            NameError = NameError,
        },
        serversocket = {
            ServerSocket = define(made.ServerSocket, "ServerSocket", nil, made.listen),
        },
    }
    sealed[modules.socket.Socket], sealed[modules.io.File] = true, true
    if plain then
        twins[Stream] = plain.io.Stream
        twins[modules.io.File] = plain.io.File
        twins[modules.socket.Socket] = plain.socket.Socket
        twins[modules.serversocket.ServerSocket] = plain.serversocket.ServerSocket
    end
    addTls(Stream)
    addTls(modules.io.File)
    addTls(modules.socket.Socket)
    -- The standard streams are made when somebody asks for them.
    local standard = {StdIn = 0, StdOut = 1, StdErr = 2}
    setmetatable(modules.io, {__index = function(io, name)
        local stream = standard[name] and made.standard(standard[name])
        if stream then
            rawset(io, name, stream)
        end
        return stream
    end})
    return modules
end

-- A class of which there is no subclass, for a part that is loaded later.
local function add(class, name, parent, new, plain)
    sealed[class] = true
    twins[class] = plain
    return define(class, name, parent, new)
end

local raising = build(false)
return {raising = raising, safe = build(true, raising), add = add}
