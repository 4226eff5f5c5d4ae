/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "check.h"
#include "clock.h"
#include "peer.h"

struct resolver resolver;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gate_open;

static void
wait_at_gate(void)
{
    pthread_mutex_lock(&lock);
    while (!gate_open)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

void
resolver_gate(bool open)
{
    pthread_mutex_lock(&lock);
    gate_open = open;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int at_start; /* descriptors */

void
resolver_begin(void)
{
    at_start = open_descriptors();
}

void
resolver_settle(void)
{
    rn_time start = rn_now();
    while (open_descriptors() != at_start)
        assert_true(ms_since(start) < 10000);
}

void
resolver_let_out(void)
{
    resolver_gate(true);
    resolver_settle();
    resolver_gate(false);
}

int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
            struct addrinfo **result)
{
    (void)service;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    resolver.signals_blocked = sigismember(&blocked, SIGINT) == 1 &&
        sigismember(&blocked, SIGUSR1) == 1;
    atomic_fetch_add(&resolver.asked, 1);
    if (strncmp(host, "stuck", 5) == 0 || strcmp(host, "slow") == 0)
        wait_at_gate();
    if (strncmp(host, "stuck", 5) == 0 || strcmp(host, "unknown") == 0)
        return EAI_NONAME;
    if (strcmp(host, "later") == 0)
        return EAI_AGAIN;
    struct addrinfo **next = result;
    *result = NULL;
    for (int i = 0; resolver.addresses[i] != NULL; i++) {
        bool six = strchr(resolver.addresses[i], ':') != NULL;
        if (hints->ai_family == (six ? AF_INET : AF_INET6))
            continue;
        struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in6));
        a->ai_family = six ? AF_INET6 : AF_INET;
        a->ai_addr = (struct sockaddr *)(void *)(a + 1);
        a->ai_addr->sa_family = (sa_family_t)a->ai_family;
        a->ai_addrlen =
            six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        void *bytes = six
            ? (void *)&((struct sockaddr_in6 *)(void *)a->ai_addr)->sin6_addr
            : (void *)&((struct sockaddr_in *)(void *)a->ai_addr)->sin_addr;
        inet_pton(a->ai_family, resolver.addresses[i], bytes);
        *next = a;
        next = &a->ai_next;
    }
    return *result == NULL ? EAI_NODATA : 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

int
getnameinfo(const struct sockaddr *a, socklen_t len, char *host,
            socklen_t host_size, char *service, socklen_t service_size,
            int flags)
{
    (void)a;
    (void)len;
    (void)service;
    (void)service_size;
    (void)flags;
    atomic_fetch_add(&resolver.asked, 1);
    wait_at_gate();
    snprintf(host, host_size, "slow.example");
    return 0;
}
