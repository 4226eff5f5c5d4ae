/* SPDX-License-Identifier: MIT */
/* Closing a connection so that what was sent arrives. */
#ifndef RNI_LINGER_H
#define RNI_LINGER_H

#include "fd.h"

/* Half-close, then wait until the peer's system has confirmed all that was
 * sent, throwing away what comes in. `deaf`: the descriptor was shut down for
 * reading, so an end that is read from it means nothing. Whether the last
 * `farewell` bytes arrive does not matter. RN_OK, or what became of the rest. */
int rni_linger(int fd, bool deaf, unsigned farewell, const rn_wait *wait);

/* The same for a connection within the machine: what was sent is there already,
 * but input that nobody read would still be told to the peer as a reset. */
void rni_drain(int fd);

#endif
