/* SPDX-License-Identifier: MIT */
/*
 * Asking the system's resolver. getaddrinfo(3) knows no deadline and cannot be
 * stopped (cancelling its thread leaks its locks), so where waiting is limited
 * a helper thread asks, and a caller that has to go leaves it behind: whoever
 * of the two is last frees the job. How many may be left behind is bounded,
 * for a dead name server must not fill the process with threads.
 */
#include "lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "wait.h"

enum {
    LEFT_BEHIND = 32, /* at most so many, then no more are started */
    HELPERS = 256,    /* at most so many at once, whether stuck or not */
    STACK = 512 * 1024
};

struct job {
    atomic_int owners; /* the caller and the helper */
    atomic_int state;
    int done; /* an eventfd, readable then */
    struct rni_query query;
};

enum {
    ASKING,
    ANSWERED, /* query is the caller's again */
    ABANDONED
};

/* The counts that all of a process shares: its name servers are shared. */
static atomic_int helpers;
static atomic_int left_behind;

static int
copy_addresses(const struct addrinfo *found, struct rni_addresses *list)
{
    size_t count = 0;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
        count++;
    list->at = calloc(count + 1, sizeof *list->at);
    if (list->at == NULL)
        return EAI_MEMORY;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        if (a->ai_addrlen > sizeof *list->at)
            continue;
        memcpy(&list->at[list->count++], a->ai_addr, a->ai_addrlen);
    }
    return list->count > 0 ? 0 : EAI_NONAME;
}

/* Ask, in this thread, for as long as it takes. */
static void
ask(struct rni_query *q)
{
    if (q->host[0] == '\0') {
        q->gai = getnameinfo(&q->address.sa, rni_address_length(&q->address),
                             q->name, sizeof q->name, NULL, 0, NI_NAMEREQD);
        q->sys = errno;
        return;
    }
    struct addrinfo hints = {.ai_family = q->family,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    q->gai = getaddrinfo(q->host, NULL, &hints, &found);
    q->sys = errno;
    if (q->gai != 0)
        return;
    q->gai = copy_addresses(found, &q->found);
    freeaddrinfo(found);
}

static void
leave(struct job *job)
{
    if (atomic_fetch_sub(&job->owners, 1) > 1)
        return;
    rni_fd_close(job->done);
    free(job->query.found.at);
    free(job);
}

static void *
help(void *arg)
{
    struct job *job = arg;
    ask(&job->query);
    if (atomic_exchange(&job->state, ANSWERED) == ABANDONED)
        atomic_fetch_sub(&left_behind, 1);
    atomic_fetch_sub(&helpers, 1);
    rni_fd_raise(job->done);
    leave(job);
    return NULL;
}

/* A thread that no signal of the program's is delivered to. */
static int
start_helper(struct job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    if (pthread_attr_init(&attributes) != 0)
        return RN_E_MEMORY;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, &attributes, help, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failed ? RN_E_MEMORY : RN_OK;
}

static struct job *
make_job(const struct rni_query *query, int *rc)
{
    struct job *job = calloc(1, sizeof *job);
    *rc = job == NULL ? -ENOMEM : rni_fd_event();
    if (*rc < 0) {
        free(job);
        return NULL;
    }
    job->done = *rc;
    job->query = *query;
    atomic_init(&job->owners, 2);
    return job;
}

static int
ask_helper(struct rni_query *query, const rn_wait *wait)
{
    int rc;
    struct job *job = make_job(query, &rc);
    if (job != NULL && (rc = start_helper(job)) < 0) {
        atomic_store(&job->owners, 1);
        leave(job);
        job = NULL;
    }
    if (job == NULL) {
        atomic_fetch_sub(&helpers, 1);
        return rc;
    }
    rc = rni_wait(wait, job->done, POLLIN);
    int state = ASKING;
    atomic_fetch_add(&left_behind, 1);
    if (!atomic_compare_exchange_strong(&job->state, &state, ABANDONED)) {
        atomic_fetch_sub(&left_behind, 1);
        rc = RN_OK; /* perhaps at the last moment */
        *query = job->query;
        memset(&job->query.found, 0, sizeof job->query.found);
    }
    leave(job);
    return rc;
}

int
rni_lookup(struct rni_query *query, const rn_wait *wait)
{
    if (rni_may_block(wait)) {
        ask(query);
        return RN_OK;
    }
    if (rni_may_not_wait(wait))
        return RN_E_AGAIN;
    if (rni_is_over(wait))
        return RN_E_TIMEOUT;
    if (rn_cancel_is_set(wait->cancel))
        return RN_E_CANCELED;
    if (atomic_load(&left_behind) >= LEFT_BEHIND)
        return RN_E_BUSY;
    if (atomic_fetch_add(&helpers, 1) >= HELPERS) {
        atomic_fetch_sub(&helpers, 1);
        return RN_E_BUSY;
    }
    return ask_helper(query, wait);
}
