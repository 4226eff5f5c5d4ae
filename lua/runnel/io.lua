-- SPDX-License-Identifier: MIT
-- Streams: Stream, File, StdIn, StdOut, StdErr, and the constants.
return require("runnel.classes").raising.io
