/* SPDX-License-Identifier: MIT */
/* Asking the system's resolver, for as long as one wants to wait. */
#ifndef RNI_LOOKUP_H
#define RNI_LOOKUP_H

#include "address.h"

/* A list of endpoints; free(3) `at`. */
struct rni_addresses {
    union rni_sockaddr *at;
    size_t count;
};

/* One question, and after RN_OK its answer. */
struct rni_query {
    /* The addresses of a host, of AF_INET, AF_INET6 or AF_UNSPEC; ... */
    char host[RN_HOST_SIZE];
    int family;
    /* ... or the name of an address, where host is "". */
    union rni_sockaddr address;

    int gai; /* 0, or getaddrinfo(3)'s failure; then sys is errno */
    int sys;
    struct rni_addresses found; /* yours: free(3) `at` */
    char name[1025];            /* NI_MAXHOST, which POSIX lacks */
};

/* RN_OK: there is an answer. Else AGAIN, TIMEOUT, CANCELED (the question goes
 * on without us and cleans up after itself), RN_E_BUSY (too many go on like
 * that), RN_E_MEMORY (no thread), or a negated errno. */
int rni_lookup(struct rni_query *query, const rn_wait *wait);

#endif
