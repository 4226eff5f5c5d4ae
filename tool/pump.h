/* SPDX-License-Identifier: MIT */
/* Moving bytes between two ends until both directions are through. */
#ifndef PUMP_H
#define PUMP_H

#include "end.h"

enum {
    EOF_HALF, /* the end of the near end's input shuts the far end down */
    EOF_CLOSE,
    EOF_IGNORE
};

enum {
    LINGER_MS = 200 /* unless told otherwise */
};

struct pump {
    struct end near; /* standard streams, or the command, or A */
    struct end far;  /* the peer, or B */
    int eof;         /* EOF_...: of the near end */
    int64_t linger;  /* milliseconds that a silent input is waited for when the
                        far end has ended */
    bool crlf;       /* to the far end, LF becomes CRLF */
    bool line;       /* from the far end, all endings become LF */
    rn_buffering gather;
    int number;         /* of the connection, in the transcript */
    const char *target; /* for messages */
    uint64_t sent;      /* told: near to far */
    uint64_t received;  /* told: far to near */
    const char *ended;  /* told: why, for report_ended */
};

/* Until it is through, then close both ends. The exit code, after a complaint
 * if it is not EXIT_FINE. --json is told; where there is a number, only the
 * sums of all. */
int pump(struct pump *p);

#endif
