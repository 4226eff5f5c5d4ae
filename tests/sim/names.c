/* SPDX-License-Identifier: MIT */
/* The resolver, and the helper threads that ask it: each runs as an event, at
 * the time when its answer comes. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "../support/wrapped.h"
#include "kernel.h"

static struct {
    void *(*start)(void *);
    void *arg;
} helper; /* there is one lookup in a seed */

static struct {
    struct addrinfo info;
    struct sockaddr_in at;
} answer[SIM_HOSTS];
static int lists;

static void
run_helper(void)
{
    void *(*start)(void *) = helper.start;
    helper.start = NULL;
    if (start != NULL)
        start(helper.arg);
}

void
sim_names_begin(void)
{
    helper.start = NULL;
    lists = 0;
    sim_actor_is(SIM_LOOKUP, run_helper);
    sim_hosts.lookup =
        sim_one_in(4) ? sim_span(20 * SECOND) : sim_span(100 * MS);
    sim_hosts.gai = 0;
    if (sim_one_in(15))
        sim_hosts.gai = sim_one_in(2) ? EAI_NONAME : EAI_AGAIN;
}

void
sim_names_end(void)
{
    sim.nested = true;
    run_helper();
    sim.nested = false;
    sim_check(lists == 0, "an answer of getaddrinfo is left");
}

int
__wrap_pthread_attr_init(pthread_attr_t *attributes)
{
    return __real_pthread_attr_init(attributes);
}

int
__wrap_pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    return __real_pthread_attr_setstacksize(attributes, size);
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*start)(void *), void *arg)
{
    (void)thread;
    (void)attributes;
    if (sim_disturbs(sim.rate.memory)) {
        sim.op.starved = true;
        return EAGAIN;
    }
    helper.start = start;
    helper.arg = arg;
    sim_at(SIM_LOOKUP, sim.now + sim_hosts.lookup);
    return 0;
}

int
__wrap_getaddrinfo(const char *host, const char *service,
                   const struct addrinfo *hints, struct addrinfo **found)
{
    (void)service;
    sim_check(strcmp(host, "host.example") == 0 && hints->ai_family == AF_INET,
              "a lookup that nobody asked for");
    if (!sim.nested)
        sim_pass(sim_hosts.lookup);
    if (sim_hosts.gai != 0)
        return sim_hosts.gai;
    *found = NULL;
    for (int i = sim_hosts.count - 1; i >= 0; i--) {
        answer[i].at = (struct sockaddr_in){
            .sin_family = AF_INET,
            .sin_addr.s_addr = htonl(0xc0000200u + (uint32_t)i + 1)};
        answer[i].info =
            (struct addrinfo){.ai_family = AF_INET,
                              .ai_socktype = SOCK_STREAM,
                              .ai_addr = (struct sockaddr *)&answer[i].at,
                              .ai_addrlen = sizeof answer[i].at,
                              .ai_next = *found};
        *found = &answer[i].info;
    }
    lists++;
    return 0;
}

void
__wrap_freeaddrinfo(struct addrinfo *found)
{
    (void)found;
    lists--;
}

/* ---- What no seed leads to */

int
__wrap_getnameinfo(const struct sockaddr *a, socklen_t len, char *host,
                   socklen_t host_len, char *service, socklen_t service_len,
                   int flags)
{
    (void)a, (void)len, (void)host, (void)host_len, (void)service;
    (void)service_len, (void)flags;
    sim_bad("getnameinfo is called");
}

int
__wrap_lstat64(const char *path, struct stat *st)
{
    (void)st;
    sim_bad("lstat(%s) is called", path);
}

int
__wrap_pipe2(int ends[2], int flags)
{
    (void)ends;
    sim_bad("pipe2(%d) is called", flags);
}

int
__wrap_fstat64(int fd, struct stat *st)
{
    (void)st;
    sim_bad("fstat(%d) is called", fd);
}

ssize_t
__wrap_writev(int fd, const struct iovec *pieces, int count)
{
    (void)pieces;
    (void)count;
    sim_bad("writev to %d is called", fd);
}

ssize_t
__wrap_splice(int from, int64_t *from_at, int to, int64_t *to_at, size_t n,
              unsigned flags)
{
    (void)from_at, (void)to_at, (void)n, (void)flags;
    sim_bad("splice(%d, %d) is called", from, to);
}

int
__wrap_unlink(const char *path)
{
    sim_bad("unlink(%s) is called", path);
}
