/* SPDX-License-Identifier: MIT */
/*
 * How a thread that waits for several streams at once is told that another one
 * is closing one of them: shutting a socket down, which wakes who blocks on it,
 * would cut off what is still to be sent.
 */
#ifndef RNI_BELL_H
#define RNI_BELL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "runnel.h"

struct rni_bell {
    _Atomic(rn_cancel *) token; /* set to ring; NULL: nobody listens */
    atomic_bool ringing;
};

/* Hang up a bell, in a half that the caller has claimed, or take it down
 * (NULL): from then on nobody touches the token. */
void rni_bell_hang(struct rni_bell *bell, rn_cancel *token);

/* Ring it, from the one thread that closes the stream. False: none hangs. */
bool rni_bell_ring(struct rni_bell *bell);

#endif
