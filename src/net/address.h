/* SPDX-License-Identifier: MIT */
/* Addresses and host names as text. Pure: no system call, no allocation. */
#ifndef RNI_ADDRESS_H
#define RNI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "fd.h"

/* Exactly four decimal numbers from 0 to 255 without leading zeros, joined by
 * dots. `bytes` gets them in network order; untouched when it is not. */
bool rni_parse_ipv4(const char *text, unsigned char bytes[4]);

/* The endpoint of a family (AF_INET, AF_INET6) that stands for every local
 * address. */
union rni_sockaddr rni_wildcard(int family, int port);

/* An IPv4 endpoint. */
union rni_sockaddr rni_ipv4(const unsigned char bytes[4], int port);

enum {
    RNI_SCOPE_SIZE = 16 /* IF_NAMESIZE */
};

/* An IPv6 endpoint from its text (RFC 4291, 2.2), in brackets or not; a scope
 * behind a % is cut off into `scope`, "" if there is none. */
bool rni_parse_ipv6(const char *text, int port, union rni_sockaddr *a,
                    char scope[RNI_SCOPE_SIZE]);
/* "unix:" and a path, or an abstract name behind an @ (unix(7)). Whether it is
 * one; *flaw says what is wrong with it, NULL for nothing. */
bool rni_parse_unix(const char *text, union rni_sockaddr *a, const char **flaw);

/* Whether both are the same IP address and port. */
bool rni_same_endpoint(const union rni_sockaddr *a,
                       const union rni_sockaddr *b);

/* The endpoint's address as text, "" for families that have none; its port. */
void rni_address_text(const union rni_sockaddr *a, char text[RN_ADDRESS_SIZE]);
int rni_address_port(const union rni_sockaddr *a);

/* What is wrong with `name` as a host name (RFC 1123, 2.1; underscores are
 * allowed too): NULL for nothing, else a static reason. */
const char *rni_host_flaw(const char *name);

#endif
