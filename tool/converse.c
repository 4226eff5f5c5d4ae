/* SPDX-License-Identifier: MIT */
/* A connection with the standard streams, as the options say. */
#include "converse.h"

#include <unistd.h>

#include "exit.h"
#include "pump.h"
#include "terminal.h"

struct conversing conversing = {.linger = LINGER_MS};

rn_buffering
conversing_gather(void)
{
    return conversing.line ? RN_LINE_BUFFERED
                           : (rn_buffering)conversing.buffering;
}

int
converse(rn_socket *s, const char *target)
{
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        return converse_at_terminal(s, target);
    struct pump p = {.eof = conversing.eof,
                     .linger = conversing.linger > 0 ? conversing.linger : 1,
                     .crlf = conversing.crlf,
                     .line = conversing.line,
                     .gather = conversing_gather(),
                     .target = target};
    end_socket(&p.far, s);
    int code = end_standard(&p.near, true);
    if (code != EXIT_FINE) {
        end_close(&p.far, true);
        return code;
    }
    return pump(&p);
}
