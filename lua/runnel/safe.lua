-- SPDX-License-Identifier: MIT
-- The same modules, whose calls return nil, a message, a code and the exception
-- instead of raising it. Raised all the same are wrong types of arguments, what
-- goes wrong inside `for line in stream` or at the end of a `<close>` variable's
-- scope (neither could return it), and what a table's function throws that is no
-- exception of ours. StdIn, StdOut and StdErr are streams of their own here, with
-- their own buffers: use those of one module only.
local safe = require("runnel.classes").safe

-- TLS is loaded when somebody asks for it, which sets the field.
return setmetatable(safe, {__index = function(_, name)
    if name == "tls" then
        require "runnel.tls"
        return rawget(safe, "tls")
    end
end})
