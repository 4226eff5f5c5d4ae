/* SPDX-License-Identifier: MIT */
/*
 * runnel's public operations, and the codes that its header documents for each.
 * A scenario makes every call between sw_enter and sw_again, which judges what
 * came of it.
 */
#ifndef SWEEP_CONTRACT_H
#define SWEEP_CONTRACT_H

#include "sweep.h"

enum sw_op {
    OP_CONNECT,
    OP_CONNECT_WITH,
    OP_LISTEN,
    OP_ACCEPT,
    OP_SERVER_CLOSE,
    OP_BY_NAME,
    OP_BY_NAME_WITH,
    OP_BY_ADDRESS,
    OP_BY_ADDRESS_WITH,
    OP_HOST_NAME,
    OP_FROM_FD,
    OP_STREAM_NEW,
    OP_TLS_CONNECT,
    OP_TLS_LATER, /* made at once */
    OP_TLS_CONFIG,
    OP_CANCEL_NEW,
    OP_TLS_START, /* and agreed on */
    OP_TLS_INFO,
    OP_WRITE,
    OP_FLUSH,
    OP_SHUTDOWN,
    OP_READ,
    OP_READLN,
    OP_READ_ALL,
    OP_PEEK,
    OP_RELAY,
    OP_CLOSE,
    OP_ABORT,
    OP_SET,
    OP_SET_TCP,
    OP_SET_NAME,
    OP_COUNT
};

/* A call is about to be made. Those of sw_quiet have no points. */
void sw_enter(enum sw_op op);
void sw_quiet(enum sw_op op);

/*
 * It gave `rc`, and on a failure its story is in err, or in that of s. True: it
 * is to be made again, and will have to succeed. `wanted` is a code that is
 * right even without a fault, or 0.
 */
bool sw_again(ptrdiff_t rc, rn_stream *s, const rn_error *err, int wanted);

/* A call that cannot fail is over. */
void sw_leave(void);

/* The run at hand, as the calls so far tell. */
void sw_calls_begin(void);

/* The scenario's world can say this by itself, once a fault has opened the way
 * to it: the code, and the errno that it is told with. */
void sw_also(int code, int sys_errno);

/* It is of TLS: a call may say TLS of what cuts the connection short, and where
 * there is no memory. */
void sw_over_tls(void);
bool sw_is_over_tls(void);

/* Whether a stream has failed for good, so that it may go on failing. */
bool sw_is_broken(void);

/* Whether any call has failed. */
bool sw_has_failed(void);

/* Whether a call failed in a way that it says can be tried again. */
bool sw_told_repeatable(void);

/* What should be so: else the run is bad. */
#define sw_check(so, ...)                                                      \
    do {                                                                       \
        if (!(so))                                                             \
            sw_bad(__VA_ARGS__);                                               \
    } while (0)

#endif
