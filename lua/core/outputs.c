/* SPDX-License-Identifier: MIT */
/* Files that are written to: what they still have when the program ends is
 * written then, however it ends. os.exit() collects no garbage, so there is a
 * list of them that exit(3) goes through. It holds nothing of Lua's: where a
 * finalizer cannot be called for want of memory, Lua frees what it was for all
 * the same, and never calls it again (LuaJIT alone needs no memory for it). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct rl_output *outputs;
static bool flushed; /* exit(3) went through them */

struct rl_output {
    rn_stream *s;
    struct rl_output *next;
};

/* Nobody is left to be told, so it is said where a person may see it; but not
 * that a reader had enough, as `| head` has. */
static void
flush_last(rn_stream *s)
{
    int rc = rn_flush(s);
    rn_error err;
    if (rc < 0 && rc != RN_E_RESET && rc != RN_E_CLOSED &&
        rn_error_of(s, &err) == rc)
        fprintf(stderr, "%s\n", err.message);
}

static void
flush_outputs(void)
{
    pthread_mutex_lock(&mutex);
    for (struct rl_output *o = outputs; o != NULL; o = o->next)
        flush_last(o->s);
    flushed = true;
    pthread_mutex_unlock(&mutex);
}

static void
at_exit(void)
{
    atexit(flush_outputs);
}

bool
rl_remember_output(struct rl_stream *h, rn_error *err)
{
    struct rl_output *o = malloc(sizeof *o);
    if (o == NULL) {
        *err = (rn_error){.code = RN_E_MEMORY, .message = "no memory"};
        rn_free(h->s);
        h->s = NULL;
        return false;
    }
    pthread_once(&once, at_exit);
    o->s = h->s;
    h->output = o;
    pthread_mutex_lock(&mutex);
    o->next = outputs;
    outputs = o;
    pthread_mutex_unlock(&mutex);
    return true;
}

void
rl_forget_output(struct rl_stream *h, bool flush)
{
    struct rl_output *o = h->output;
    if (o == NULL)
        return;
    pthread_mutex_lock(&mutex);
    for (struct rl_output **p = &outputs; *p != NULL; p = &(*p)->next)
        if (*p == o) {
            *p = o->next;
            break;
        }
    flush = flush && !flushed;
    pthread_mutex_unlock(&mutex);
    if (flush)
        flush_last(o->s);
    h->output = NULL;
    free(o);
}
