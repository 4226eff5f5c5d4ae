-- SPDX-License-Identifier: MIT
-- TCP clients: Socket, GetHostByName, GetHostByAddress, GetHostName, NameError.
return require("runnel.classes").raising.socket
