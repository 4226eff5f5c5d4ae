/* SPDX-License-Identifier: MIT */
/* The DATA of SMTP (RFC 5321, 4.5.2), written and read as a user of runnel
 * would: on the public header alone. */
#ifndef MAIL_H
#define MAIL_H

#include <stdbool.h>

#include "runnel.h"

/*
 * Write a message, whatever its line breaks are (CR, LF, CRLF), and its end.
 * Each line goes out with CRLF and a dot before each dot, so nothing in it can
 * be taken for the end. RN_OK or the code of a failed write.
 */
int mail_write(rn_stream *s, const char *text, size_t len);

enum {
    MAIL_MAX = 4096
};

/* A message that comes in. Set it to zero before the first mail_read. */
struct mail {
    char text[MAIL_MAX]; /* each line with an LF behind it */
    size_t len;
    bool in_doubt; /* the last line ended with CR: does its LF come? */
    bool at_end;   /* the last line was the dot */
};

/*
 * Read a message to its end, by either rule of rn_set_newline. RN_OK: it is
 * complete; what is behind its end is left in s. NEWLINE: a line ended with a
 * bare CR or LF, so nothing more may be believed. EOF: the stream ended first.
 * LIMIT, or what rn_readln says. After AGAIN it can be called anew.
 */
int mail_read(rn_stream *s, struct mail *m);

#endif
