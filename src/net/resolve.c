/* SPDX-License-Identifier: MIT */
/*
 * Host names to addresses and back, by the system's resolver. A numeric
 * address never comes near it.
 */
#include "resolve.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../error.h"

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
#ifdef EAI_NODATA
    case EAI_NODATA:
        why = "the host has no IPv4 address";
        break;
#endif
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

static int
copy_list(const struct addrinfo *found, int port, struct rni_addresses *list)
{
    size_t count = 0;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
        count++;
    list->at = calloc(count, sizeof *list->at);
    if (list->at == NULL)
        return EAI_MEMORY;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        union rni_sockaddr *to = &list->at[list->count];
        if (a->ai_family != AF_INET || a->ai_addrlen != sizeof to->in4)
            continue;
        memcpy(&to->in4, a->ai_addr, sizeof to->in4);
        to->in4.sin_port = htons((uint16_t)port);
        list->count++;
    }
    return list->count > 0 ? 0 : EAI_NONAME;
}

int
rni_resolve(const char *host, int port, struct rni_addresses *list,
            rn_error *err)
{
    struct rni_target t = {.host = host, .address = "", .port = 0};
    memset(list, 0, sizeof *list);
    unsigned char bytes[4];
    if (rni_parse_ipv4(host, bytes)) {
        list->at = malloc(sizeof *list->at);
        if (list->at == NULL)
            return lookup_failed(EAI_MEMORY, 0, &t, err);
        list->at[0] = rni_ipv4(bytes, port);
        list->count = 1;
        return RN_OK;
    }
    const char *flaw = rni_host_flaw(host);
    if (flaw != NULL) {
        char quoted[RNI_QUOTE_SIZE];
        rni_quote(quoted, host);
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, &t,
                             "host %s: %s", quoted, flaw);
    }
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int gai = getaddrinfo(host, NULL, &hints, &found);
    int sys = errno;
    if (gai == 0) {
        gai = copy_list(found, port, list);
        freeaddrinfo(found);
    }
    if (gai == 0)
        return RN_OK;
    free(list->at);
    memset(list, 0, sizeof *list);
    return lookup_failed(gai, sys, &t, err);
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

static int
is_null(const char *what, rn_error *err)
{
    return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                         "the %s is NULL", what);
}

int
rn_host_by_name(const char *name, char *address, size_t cap, rn_error *err)
{
    rni_error_clear(err);
    if (name == NULL || address == NULL)
        return is_null(name == NULL ? "host name" : "memory for the address",
                       err);
    struct rni_addresses list;
    int rc = rni_resolve(name, 0, &list, err);
    if (rc < 0)
        return rc;
    char text[RN_ADDRESS_SIZE];
    rni_address_text(&list.at[0], text);
    free(list.at);
    struct rni_target t = {.host = name, .address = "", .port = 0};
    return give(text, address, cap, &t, err);
}

int
rn_host_by_address(const char *address, char *name, size_t cap, rn_error *err)
{
    rni_error_clear(err);
    if (address == NULL || name == NULL)
        return is_null(address == NULL ? "address" : "memory for the name",
                       err);
    struct rni_target t = {.host = "", .address = address, .port = 0};
    unsigned char bytes[4];
    if (!rni_parse_ipv4(address, bytes)) {
        char quoted[RNI_QUOTE_SIZE];
        rni_quote(quoted, address);
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, &t,
                             "address %s: an IPv4 address is four decimal "
                             "numbers from 0 to 255, without leading zeros",
                             quoted);
    }
    union rni_sockaddr a = rni_ipv4(bytes, 0);
    char host[1025]; /* NI_MAXHOST, which POSIX lacks */
    int gai = getnameinfo(&a.sa, sizeof a.in4, host, sizeof host, NULL, 0,
                          NI_NAMEREQD);
    int sys = errno;
    if (gai == EAI_NONAME)
        return rni_error_set(err, RN_E_NAME, RN_PHASE_LOOKUP, 0, &t,
                             "no name is known for this address");
    if (gai != 0)
        return lookup_failed(gai, sys, &t, err);
    return give(host, name, cap, &t, err);
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
