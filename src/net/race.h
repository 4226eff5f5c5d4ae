/* SPDX-License-Identifier: MIT */
/* Connecting to the first of several addresses that answers. */
#ifndef RNI_RACE_H
#define RNI_RACE_H

#include "resolve.h"

/* Told of every attempt that failed: an address and a failure. */
typedef void rni_attempt_failed(void *arg, const union rni_sockaddr *to,
                                ptrdiff_t failure);

/* The local end to connect from. */
struct rni_source {
    union rni_sockaddr address;
    bool any; /* only its port was asked for */
};

/* Who answered first. */
struct rni_winner {
    size_t index; /* of the address */
    union rni_sockaddr local;
};

/*
 * A connected, blocking descriptor to one of the addresses, tried in their
 * order as RFC 8305 says, and which one in *won. `from` (may be NULL) is the
 * local end. A failure: all of them failed, and each was told; or waiting
 * ended, and those that were still under way were told as that.
 */
int rni_race(const struct rni_addresses *list, const struct rni_source *from,
             const rn_wait *wait, struct rni_winner *won,
             rni_attempt_failed *failed, void *arg);

#endif
