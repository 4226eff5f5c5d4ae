/* SPDX-License-Identifier: MIT */
/* Closing a connection so that what was sent arrives. */
#ifndef RNI_LINGER_H
#define RNI_LINGER_H

#include "fd.h"

/* Half-close, then wait until the peer's system has confirmed all that was
 * sent, throwing away what comes in. RN_OK, or what became of the rest. */
int rni_linger(int fd, const rn_wait *wait);

#endif
