---@meta runnel.tls
-- SPDX-License-Identifier: MIT

---What several connections may share. Files are PEM.
---@class runnel.TlsConfigOptions
---@field caFile? string authorities to trust; the system's unless set
---@field certFile? string our certificate, and those that lead to an authority behind it; a server must have one
---@field keyFile? string its key; in certFile unless set
---@field pinnedKey? string "sha256//BASE64", several with ";" between: the peer's public key must be one of them, too
---@field alpn? string protocols to agree on, the best first: "h2,http/1.1"
---@field minVersion? "TLSv1.2"|"TLSv1.3"
---@field clientCertificate? boolean of a server: refuse clients that have none of an authority in caFile
---@field keylog? boolean write the keys to the file that the environment names in SSLKEYLOGFILE
---@field dangerouslySkipVerification? boolean take any certificate, of anybody for any name

---@class runnel.TlsOptions: runnel.TlsConfigOptions
---@field name? string what the certificate must be valid for; the host that was connected to unless set
---@field later? boolean do not wait for the peer: what is still to be agreed on is part of the first calls
---@field config? runnel.TlsConfig instead of everything that it has itself

---@class runnel.StartTlsOptions: runnel.TlsOptions
---@field server? boolean be the server; needs a certificate
---@field timeout? number seconds for agreeing
---@field deadline? number

---@class runnel.TlsSocketOptions: runnel.SocketOptions, runnel.TlsOptions

---What was agreed on.
---@class runnel.TlsInfo
---@field version string "TLSv1.3"
---@field cipher string
---@field alpn string?
---@field name string? what the certificate was checked for; of a server what the client asked for
---@field subject string? of the peer's certificate
---@field issuer string?
---@field publicKey string? "sha256//BASE64", as in pinnedKey
---@field notBefore integer? as os.time
---@field notAfter integer?
---@field chain string? the peer's certificates, its own first, as PEM
---@field verified boolean
---@field resumed boolean
---@field handshake number seconds
---@field description string "TLSv1.3, TLS_AES_256_GCM_SHA384, certificate verified"

---A connection that is encrypted. Connecting and agreeing have one timeout.
---@class runnel.TlsSocket: runnel.Socket
---@overload fun(destination: string, port: integer, options?: runnel.Buffering|runnel.TlsSocketOptions): runnel.TlsSocket
local TlsSocket = {}

---Trust, certificates and sessions that connections share.
---@class runnel.TlsConfig
---@field class table
---@overload fun(options?: runnel.TlsConfigOptions): runnel.TlsConfig
local TlsConfig = {}

---Read the files again, for the connections that begin from now on. After a
---failure it stays as it was.
---@return self
function TlsConfig:reload() end

---@param class table
---@return boolean
function TlsConfig:is(class) end

---@class runnel.tls
---@field TlsSocket runnel.TlsSocket
---@field TlsConfig runnel.TlsConfig
local tls = {}

return tls
