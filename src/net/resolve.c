/* SPDX-License-Identifier: MIT */
/*
 * From what the user calls a host to the endpoints to try, and the host
 * functions. A numeric address never comes near the resolver.
 */
#define _GNU_SOURCE /* EAI_NODATA */
#include "resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../error.h"
#include "wait.h"

/* A look-up of `host` failed with getaddrinfo's code `gai`. */
static int
lookup_failed(int gai, int sys, const struct rni_target *t, rn_error *err)
{
    const char *why = gai_strerror(gai);
    switch (gai) {
    case EAI_MEMORY:
        return rni_error_set(err, RN_E_MEMORY, RN_PHASE_LOOKUP, 0, t, NULL);
    case EAI_SYSTEM:
        if (sys == ENOMEM || sys == EMFILE || sys == ENFILE)
            return rni_error_set(err, rni_code_of_errno(RN_PHASE_LOOKUP, sys),
                                 RN_PHASE_LOOKUP, sys, t, NULL);
        return rni_error_set(err, RN_E_NAME, RN_PHASE_LOOKUP, sys, t, NULL);
    case EAI_NONAME:
        why = "no such host";
        break;
    case EAI_NODATA:
        why = "the host has no address of the family asked for";
        break;
    case EAI_AGAIN:
        why = "no answer from the name servers, for now";
        break;
    case EAI_FAIL:
        why = "the name servers failed";
        break;
    default:
        break;
    }
    return rni_error_set(err, RN_E_NAME, RN_PHASE_LOOKUP, 0, t, "%s", why);
}

/* Asking did not even end: `rc` says why. */
static int
lookup_stopped(int rc, const struct rni_target *t, rn_error *err)
{
    int sys;
    int code = rni_code_of(RN_PHASE_LOOKUP, rc, &sys);
    if (code == RN_E_BUSY)
        return rni_error_set(err, RN_E_NAME, RN_PHASE_LOOKUP, 0, t,
                             "too many lookups are still waiting for an answer "
                             "from the name servers");
    return rni_error_set(err, code, RN_PHASE_LOOKUP, sys, t, NULL);
}

static int
is_flawed(const char *host, const char *flaw, rn_error *err)
{
    char quoted[RNI_QUOTE_SIZE];
    const struct rni_target t = {.host = host, .address = ""};
    rni_quote(quoted, host);
    return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, &t, "host %s: %s",
                         quoted, flaw);
}

/* The list of a host that is one endpoint already. */
static int
single(const char *host, const union rni_sockaddr *a,
       struct rni_addresses *list, rn_error *err)
{
    const struct rni_target t = {.host = host, .address = ""};
    list->at = malloc(sizeof *list->at);
    if (list->at == NULL)
        return lookup_failed(EAI_MEMORY, 0, &t, err);
    list->at[0] = *a;
    list->count = 1;
    return RN_OK;
}

/* `host` has a colon, so it can only be an IPv6 address. */
static int
resolve_ipv6(const char *host, int port, int family, struct rni_addresses *list,
             rn_error *err)
{
    union rni_sockaddr a;
    int rc = rni_fd_ipv6(host, port, &a);
    if (rc == 0)
        return is_flawed(host, "this is no IPv6 address, and no name has a ':'",
                         err);
    if (family == RN_IPV4)
        return is_flawed(host, "an IPv6 address needs the family IPv6 (or any)",
                         err);
    const struct rni_target t = {.host = host, .address = ""};
    if (rc == -ENODEV)
        return is_flawed(
            host, "no interface has the name or number behind the %", err);
    if (rc < 0)
        return lookup_stopped(rc, &t, err);
    return single(host, &a, list, err);
}

/* Alternate between the families, the first one's first (RFC 8305, section 4),
 * so that a family that leads nowhere costs one step. */
static void
interleave(struct rni_addresses *list)
{
    for (size_t i = 1;; i++) {
        int before = list->at[i - 1].sa.sa_family;
        size_t k = i;
        while (k < list->count && list->at[k].sa.sa_family == before)
            k++;
        if (k == list->count)
            return;
        union rni_sockaddr other = list->at[k];
        memmove(&list->at[i + 1], &list->at[i], (k - i) * sizeof other);
        list->at[i] = other;
    }
}

static void
set_ports(struct rni_addresses *list, int port)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].sa.sa_family == AF_INET)
            list->at[i].in4.sin_port = htons((uint16_t)port);
        else
            list->at[i].in6.sin6_port = htons((uint16_t)port);
    }
}

static int
resolve_name(const char *host, int port, int family, const rn_wait *wait,
             struct rni_addresses *list, rn_error *err)
{
    static const int families[] = {
        [RN_IPV4] = AF_INET, [RN_IPV6] = AF_INET6, [RN_ANY] = AF_UNSPEC};
    const struct rni_target t = {.host = host, .address = ""};
    struct rni_query q = {.family = families[family]};
    memcpy(q.host, host, strlen(host) + 1);
    int rc = rni_lookup(&q, wait);
    if (rc < 0)
        return lookup_stopped(rc, &t, err);
    if (q.gai != 0) {
        free(q.found.at);
        return lookup_failed(q.gai, q.sys, &t, err);
    }
    *list = q.found;
    interleave(list);
    set_ports(list, port);
    return RN_OK;
}

int
rni_resolve(const char *host, int port, int family, const rn_wait *wait,
            struct rni_addresses *list, rn_error *err)
{
    memset(list, 0, sizeof *list);
    union rni_sockaddr a;
    const char *flaw;
    if (rni_parse_unix(host, &a, &flaw))
        return flaw == NULL ? single(host, &a, list, err)
                            : is_flawed(host, flaw, err);
    if (strchr(host, ':') != NULL)
        return resolve_ipv6(host, port, family, list, err);
    unsigned char bytes[4];
    if (rni_parse_ipv4(host, bytes)) {
        if (family == RN_IPV6)
            return is_flawed(
                host, "an IPv4 address needs the family IPv4 (or any)", err);
        a = rni_ipv4(bytes, port);
        return single(host, &a, list, err);
    }
    flaw = rni_host_flaw(host);
    if (flaw != NULL)
        return is_flawed(host, flaw, err);
    return resolve_name(host, port, family, wait, list, err);
}

/* `text` into the caller's memory. */
static int
give(const char *text, char *to, size_t cap, const struct rni_target *t,
     rn_error *err)
{
    size_t len = strlen(text);
    if (len >= cap)
        return rni_error_set(err, RN_E_LIMIT, RN_PHASE_LOOKUP, 0, t,
                             "the answer needs %zu bytes, there are %zu",
                             len + 1, cap);
    memcpy(to, text, len + 1);
    return RN_OK;
}

/* What the options say of waiting; NULL is for ever. */
static int
begin(const rn_lookup_options *o, struct rn_wait *wait, rn_error *err)
{
    *wait = (struct rn_wait){.until = RN_FOREVER};
    if (o == NULL)
        return RN_OK;
    if ((int)o->family < RN_IPV4 || o->family > RN_ANY)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_LOOKUP, 0, NULL,
                             "family %d is none of RN_IPV4, RN_IPV6 and RN_ANY",
                             (int)o->family);
    return rni_wait_of_options(o->timeout, o->deadline, o->cancel, wait, err);
}

static int
is_null(const char *what, rn_error *err)
{
    return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                         "the %s is NULL", what);
}

int
rn_host_by_name_with(const char *name, const rn_lookup_options *options,
                     char *address, size_t cap, rn_error *err)
{
    rni_error_clear(err);
    struct rn_wait wait;
    int rc = begin(options, &wait, err);
    if (rc < 0)
        return rc;
    if (name == NULL || address == NULL)
        return is_null(name == NULL ? "host name" : "memory for the address",
                       err);
    const struct rni_target t = {.host = name, .address = ""};
    union rni_sockaddr a;
    const char *flaw;
    if (rni_parse_unix(name, &a, &flaw))
        return is_flawed(name, "a unix socket has no IP address", err);
    struct rni_addresses list;
    rc = rni_resolve(name, 0, options == NULL ? RN_IPV4 : (int)options->family,
                     &wait, &list, err);
    if (rc < 0)
        return rc;
    char text[RN_ADDRESS_SIZE];
    rni_address_text(&list.at[0], text);
    free(list.at);
    return give(text, address, cap, &t, err);
}

int
rn_host_by_name(const char *name, char *address, size_t cap, rn_error *err)
{
    return rn_host_by_name_with(name, NULL, address, cap, err);
}

/* Whether `address` is one, of the family asked for. */
static int
parse_address(const char *address, int family, union rni_sockaddr *a,
              rn_error *err)
{
    unsigned char bytes[4];
    if (family != RN_IPV6 && rni_parse_ipv4(address, bytes)) {
        *a = rni_ipv4(bytes, 0);
        return RN_OK;
    }
    const struct rni_target t = {.host = "", .address = address};
    int rc = family == RN_IPV4 ? 0 : rni_fd_ipv6(address, 0, a);
    if (rc > 0)
        return RN_OK;
    if (rc < 0 && rc != -ENODEV)
        return lookup_stopped(rc, &t, err);
    char quoted[RNI_QUOTE_SIZE];
    rni_quote(quoted, address);
    return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, &t,
                         "address %s: an IPv4 address is four decimal numbers "
                         "from 0 to 255, without leading zeros%s",
                         quoted,
                         family == RN_IPV4 ? "" : "; and this is no IPv6 one");
}

int
rn_host_by_address_with(const char *address, const rn_lookup_options *options,
                        char *name, size_t cap, rn_error *err)
{
    rni_error_clear(err);
    struct rn_wait wait;
    int rc = begin(options, &wait, err);
    if (rc < 0)
        return rc;
    if (address == NULL || name == NULL)
        return is_null(address == NULL ? "address" : "memory for the name",
                       err);
    const struct rni_target t = {.host = "", .address = address};
    struct rni_query q = {.host = ""};
    rc =
        parse_address(address, options == NULL ? RN_IPV4 : (int)options->family,
                      &q.address, err);
    if (rc < 0)
        return rc;
    rc = rni_lookup(&q, &wait);
    if (rc < 0)
        return lookup_stopped(rc, &t, err);
    if (q.gai == EAI_NONAME)
        return rni_error_set(err, RN_E_NAME, RN_PHASE_LOOKUP, 0, &t,
                             "no name is known for this address");
    if (q.gai != 0)
        return lookup_failed(q.gai, q.sys, &t, err);
    return give(q.name, name, cap, &t, err);
}

int
rn_host_by_address(const char *address, char *name, size_t cap, rn_error *err)
{
    return rn_host_by_address_with(address, NULL, name, cap, err);
}

int
rn_host_name(char *name, size_t cap, rn_error *err)
{
    rni_error_clear(err);
    if (name == NULL)
        return is_null("memory for the name", err);
    char host[RN_HOST_SIZE];
    if (gethostname(host, sizeof host) < 0) {
        int sys = errno;
        return rni_error_set(err, rni_code_of_errno(RN_PHASE_LOOKUP, sys),
                             RN_PHASE_LOOKUP, sys, NULL, NULL);
    }
    host[sizeof host - 1] = '\0';
    struct rni_target t = {.host = "this machine's name", .address = ""};
    return give(host, name, cap, &t, err);
}
