-- SPDX-License-Identifier: MIT
-- Authorities, certificates and keys for the tests, made anew by the openssl
-- command in a folder of their own, so that none can expire in the tree; and
-- that command as a server.
local execute, popen = os.execute, io.popen

local certificates = {}

local folder

local function sh(command)
    local ok = execute("{ " .. command .. "; } >'" .. folder .. "/log' 2>&1")
    if ok ~= true and ok ~= 0 then
        local log = io.open(folder .. "/log"):read("*a")
        error(command .. ":\n" .. log)
    end
end

-- An identity: its certificate and key for the hosts of `names`, as OpenSSL
-- writes them (nil: an authority), signed by `issuer` (nil: by itself), good for
-- so many days from now on.
local function make(name, names, issuer, days)
    local id = {certFile = ("%s/%s.cert"):format(folder, name), keyFile = ("%s/%s.key"):format(folder, name)}
    local extension = folder .. "/extension"
    local file = io.open(extension, "w")
    file:write(names and "subjectAltName=" .. names or "basicConstraints=critical,CA:TRUE", "\n")
    file:close()
    sh(("openssl ecparam -name prime256v1 -genkey -noout -out %s && "
        .. "openssl req -new -key %s -subj /CN=%s -out %s/request && "
        .. "openssl x509 -req -in %s/request -days %d -extfile %s -out %s %s"):format(
        id.keyFile, id.keyFile, name, folder, folder, days or 2, extension, id.certFile,
        issuer and ("-CA %s -CAkey %s -CAcreateserial"):format(issuer.certFile, issuer.keyFile)
            or "-signkey " .. id.keyFile))
    return id
end

-- Make all of them: root and stranger are authorities.
function certificates.begin()
    local pipe = popen("mktemp -d")
    folder = pipe:read("*l")
    pipe:close()
    certificates.folder = folder
    certificates.root = make("root")
    certificates.stranger = make("stranger")
    local hosts = "DNS:a.example,IP:127.0.0.1"
    certificates.good = make("good", hosts, certificates.root)
    certificates.renewed = make("renewed", hosts, certificates.root)
    certificates.other = make("other", "DNS:other.example", certificates.root)
    certificates.expired = make("expired", hosts, certificates.root, -1)
    certificates.unknown = make("unknown", hosts, certificates.stranger)
    certificates.itself = make("itself", hosts)
end

function certificates.finish()
    if folder then
        execute("rm -rf '" .. folder .. "'")
    end
end

-- Copy one identity's files over another's.
function certificates.replace(id, by)
    sh(("cp %s %s && cp %s %s"):format(by.certFile, id.certFile, by.keyFile, id.keyFile))
end

-- A copy, to be changed by a test.
function certificates.copy(id, name)
    local copy = {certFile = ("%s/%s.cert"):format(folder, name), keyFile = ("%s/%s.key"):format(folder, name)}
    certificates.replace(copy, id)
    return copy
end

-- `openssl s_server` for one minute at the most, which sends each line back
-- reversed: its port, and a function that ends it.
function certificates.server(id, options)
    local pipe = popen(("exec timeout 60 sh -c 'echo $$; exec openssl s_server -accept 127.0.0.1:0 -rev"
        .. " -cert %s -key %s %s' 2>&1 </dev/null"):format(id.certFile, id.keyFile, options or ""))
    local pid = pipe:read("*l")
    local port
    repeat
        local line = pipe:read("*l")
        port = line and line:match("^ACCEPT .*:(%d+)$")
    until port or not line
    return tonumber(port), function()
        execute("kill " .. pid)
        pipe:close()
    end
end

return certificates
