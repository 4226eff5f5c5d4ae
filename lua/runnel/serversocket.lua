-- SPDX-License-Identifier: MIT
-- TCP servers: ServerSocket.
return require("runnel.classes").raising.serversocket
