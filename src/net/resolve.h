/* SPDX-License-Identifier: MIT */
/* Host names to addresses and back. */
#ifndef RNI_RESOLVE_H
#define RNI_RESOLVE_H

#include "address.h"

/* A list of endpoints; free(3) `at`. */
struct rni_addresses {
    union rni_sockaddr *at;
    size_t count;
};

/* All IPv4 endpoints of `host`, a name or a dotted-decimal address, with
 * `port`, in the order to try them. On failure `list` is empty, `err` filled,
 * and the code returned. */
int rni_resolve(const char *host, int port, struct rni_addresses *list,
                rn_error *err);

#endif
