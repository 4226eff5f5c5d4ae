/* SPDX-License-Identifier: MIT */
/* Files that are written to: what they still have when the program ends is
 * written then, however it ends. os.exit() collects no garbage, so there is a
 * list of them that exit(3) goes through. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct rl_stream *outputs;

/* Nobody is left to be told, so it is said where a person may see it; but not
 * that a reader had enough, as `| head` has. */
static void
flush_last(struct rl_stream *h)
{
    int rc = rn_flush(h->s);
    rn_error err;
    if (rc < 0 && rc != RN_E_RESET && rc != RN_E_CLOSED &&
        rn_error_of(h->s, &err) == rc)
        fprintf(stderr, "%s\n", err.message);
}

static void
flush_outputs(void)
{
    pthread_mutex_lock(&mutex);
    for (struct rl_stream *h = outputs; h != NULL; h = h->next)
        flush_last(h);
    outputs = NULL;
    pthread_mutex_unlock(&mutex);
}

static void
at_exit(void)
{
    atexit(flush_outputs);
}

void
rl_remember_output(struct rl_stream *h)
{
    pthread_once(&once, at_exit);
    pthread_mutex_lock(&mutex);
    h->next = outputs;
    outputs = h;
    pthread_mutex_unlock(&mutex);
}

void
rl_forget_output(struct rl_stream *h, bool flush)
{
    bool found = false;
    pthread_mutex_lock(&mutex);
    for (struct rl_stream **p = &outputs; *p != NULL; p = &(*p)->next)
        if (*p == h) {
            *p = h->next;
            found = true;
            break;
        }
    pthread_mutex_unlock(&mutex);
    if (found && flush)
        flush_last(h);
}
