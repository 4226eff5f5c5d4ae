-- SPDX-License-Identifier: MIT
-- Exceptions: Exception, IoError, ValueError, TypeError.
return require("runnel.classes").raising.std
