/* SPDX-License-Identifier: MIT */
/* From what the user calls a host to the endpoints to try. */
#ifndef RNI_RESOLVE_H
#define RNI_RESOLVE_H

#include "lookup.h"

/* All endpoints of `host` (a name or an address of that rn_family, or unix:)
 * with `port`, in the order to try them. On failure `list` is empty, `err`
 * filled, and the code returned. */
int rni_resolve(const char *host, int port, int family, const rn_wait *wait,
                struct rni_addresses *list, rn_error *err);

#endif
