/* SPDX-License-Identifier: MIT */
/*
 * A resolver that the test holds in its hand: getaddrinfo and getnameinfo take
 * the place of the system's. It is a source of the programs that want it: in a
 * library of all tests it could get into any of them.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdatomic.h>
#include <stdbool.h>

/* Names that begin with "stuck", the name "slow", and every address wait at the
 * gate, which is shut at first; "stuck", "unknown" and "later" are not found;
 * all others have the addresses set here, up to the first NULL. */
struct resolver {
    atomic_int asked;            /* how often */
    atomic_bool signals_blocked; /* in the thread that asked last */
    const char *addresses[32];
};
extern struct resolver resolver;

void resolver_gate(bool open);

/* To be called first: what is open then is no helper's. */
void resolver_begin(void);

/* Helpers that were left behind are gone when their descriptors are. */
void resolver_settle(void);

/* Let out all that are at the gate or still on their way to it. */
void resolver_let_out(void);

#endif
