/* SPDX-License-Identifier: MIT */
/* The resolver, whose answers are the scenario's, and the threads that ask it:
 * they run in the place of the caller, at once or later, always in one order.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "real.h"
#include "sweep.h"

enum {
    HELPERS = 8
};

static struct {
    void *(*start)(void *);
    void *arg;
} waiting[HELPERS];
static int waiting_count;
static bool late;
static int lists; /* answers that were not given back */
static const char *const *answers;

void
sw_names_begin(void)
{
    waiting_count = 0;
    late = false;
    lists = 0;
    answers = NULL;
}

void
sw_names_late(bool is_late)
{
    late = is_late;
}

void
sw_answer(const char *const *addresses)
{
    answers = addresses;
}

void
sw_names_end(void)
{
    sw.inside = true;
    for (int i = 0; i < waiting_count; i++)
        waiting[i].start(waiting[i].arg);
    sw.inside = false;
    if (lists != 0)
        sw_bad("%d answers of getaddrinfo are left", lists);
}

struct answer {
    struct addrinfo info;
    struct sockaddr_storage at;
};

static struct addrinfo *
answer(const char *address, struct addrinfo *next)
{
    struct answer *a = calloc(1, sizeof *a);
    if (a == NULL)
        abort();
    struct sockaddr_in *in4 = (struct sockaddr_in *)&a->at;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a->at;
    bool six = inet_pton(AF_INET6, address, &in6->sin6_addr) == 1;
    if (!six)
        inet_pton(AF_INET, address, &in4->sin_addr);
    a->at.ss_family = six ? AF_INET6 : AF_INET;
    a->info = (struct addrinfo){.ai_family = a->at.ss_family,
                                .ai_socktype = SOCK_STREAM,
                                .ai_addr = (struct sockaddr *)&a->at,
                                .ai_addrlen = six ? sizeof *in6 : sizeof *in4,
                                .ai_next = next};
    return &a->info;
}

static int
failed(const struct sw_fault *fault)
{
    errno = fault->kind == SW_FAIL ? fault->value : 0;
    return fault->kind == SW_FAIL ? EAI_SYSTEM : fault->value;
}

int
__wrap_getaddrinfo(const char *host, const char *service,
                   const struct addrinfo *hints, struct addrinfo **found)
{
    if (!sw.inside)
        return __real_getaddrinfo(host, service, hints, found);
    const struct sw_fault *fault = sw_point(SW_ADDRESSES);
    if (fault != NULL && fault->kind != SW_HALF)
        return failed(fault);
    *found = NULL;
    sw.inside = false;
    int count = 0;
    while (answers != NULL && answers[count] != NULL)
        count++;
    while (count > 0)
        *found = answer(answers[--count], *found);
    sw.inside = true;
    if (*found == NULL)
        return EAI_NONAME;
    /* An answer of another kind, of no use to anybody who knows two. */
    for (struct addrinfo *a = *found; fault != NULL && a != NULL;
         a = a->ai_next)
        a->ai_addrlen = sizeof(struct sockaddr_storage);
    lists++;
    return 0;
}

void
__wrap_freeaddrinfo(struct addrinfo *found)
{
    bool was = sw.inside;
    lists -= was;
    sw.inside = false;
    while (found != NULL) {
        struct addrinfo *next = found->ai_next;
        free(found);
        found = next;
    }
    sw.inside = was;
}

int
__wrap_getnameinfo(const struct sockaddr *a, socklen_t len, char *host,
                   socklen_t host_len, char *service, socklen_t service_len,
                   int flags)
{
    if (!sw.inside)
        return __real_getnameinfo(a, len, host, host_len, service, service_len,
                                  flags);
    const struct sw_fault *fault = sw_point(SW_NAME);
    if (fault != NULL)
        return failed(fault);
    strncpy(host, "peer.test", host_len);
    return 0;
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*start)(void *), void *arg)
{
    if (!sw.inside)
        return __real_pthread_create(thread, attributes, start, arg);
    if (sw_fails(SW_THREAD))
        return errno;
    memset(thread, 0, sizeof *thread);
    if (!late) {
        start(arg);
        return 0;
    }
    if (waiting_count == HELPERS)
        sw_stuck("too many helper threads");
    waiting[waiting_count].start = start;
    waiting[waiting_count++].arg = arg;
    return 0;
}

int
__wrap_pthread_attr_init(pthread_attr_t *attributes)
{
    return sw.inside && sw_fails(SW_THREAD_SETUP)
        ? errno
        : __real_pthread_attr_init(attributes);
}

int
__wrap_pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    return sw.inside && sw_fails(SW_STACK_SIZE)
        ? errno
        : __real_pthread_attr_setstacksize(attributes, size);
}
