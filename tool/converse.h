/* SPDX-License-Identifier: MIT */
/* A connection with the standard streams: what connect and listen share. */
#ifndef CONVERSE_H
#define CONVERSE_H

#include "options.h"

/* Their options for it, to be put into their tables. */
#define CONVERSE_OPTIONS                                                        \
    {"eof",                                                                     \
     0,                                                                         \
     OPTION_CHOICE,                                                             \
     &conversing.eof,                                                           \
     "half|close|ignore",                                                       \
     "when the input ends (half: go on printing)",                              \
     0},                                                                        \
        {"linger",                                                              \
         0,                                                                     \
         OPTION_DURATION,                                                       \
         &conversing.linger,                                                    \
         "TIME",                                                                \
         "silence of input that ends it after the peer's end",                  \
         0},                                                                    \
        {"line",                                                                \
         0,                                                                     \
         OPTION_FLAG,                                                           \
         &conversing.line,                                                      \
         NULL,                                                                  \
         "whole lines; print CR, LF and CRLF as LF",                            \
         0},                                                                    \
        {"crlf", 0, OPTION_FLAG, &conversing.crlf, NULL, "send LF as CRLF", 0}, \
    {                                                                           \
        "buffering", 0, OPTION_CHOICE, &conversing.buffering,                   \
            "none|line|full", "pass on what comes, lines, or 64 KiB", 0         \
    }

struct conversing {
    int eof; /* EOF_... */
    int64_t linger;
    bool line;
    bool crlf;
    int buffering; /* rn_buffering */
};
extern struct conversing conversing;

/* How bytes are to be gathered. */
rn_buffering conversing_gather(void);

/* Copy between s and the standard streams until the peer has ended: input goes
 * out, and its end half-closes. On a terminal a person is in between. Frees s.
 * The exit code. */
int converse(rn_socket *s, const char *target);

#endif
