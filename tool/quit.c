/* SPDX-License-Identifier: MIT */
/* nc -q: a stream over standard input, whose end starts a clock in a thread of
 * its own, that sets the token when the time is over. */
#include "quit.h"

#include <pthread.h>
#include <time.h>

#include "interrupt.h"

static bool has_quit;
static int64_t quit_after; /* seconds */
static pthread_t clock_thread;
static bool clock_runs;
static bool clock_stopped;
static pthread_mutex_t clock_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t clock_stop = PTHREAD_COND_INITIALIZER;

static void *
run_clock(void *unused)
{
    (void)unused;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += quit_after;
    pthread_mutex_lock(&clock_lock);
    int rc = 0;
    while (!clock_stopped && rc == 0)
        rc = pthread_cond_timedwait(&clock_stop, &clock_lock, &end);
    has_quit = !clock_stopped;
    pthread_mutex_unlock(&clock_lock);
    if (has_quit)
        rn_cancel_set(interrupt_token());
    return NULL;
}

void
quit_stop(void)
{
    if (!clock_runs)
        return;
    pthread_mutex_lock(&clock_lock);
    clock_stopped = true;
    pthread_cond_signal(&clock_stop);
    pthread_mutex_unlock(&clock_lock);
    pthread_join(clock_thread, NULL);
    clock_runs = clock_stopped = false;
}

/* Standard input, whose end starts the clock. */
static ptrdiff_t
read_to_quit(void *input, void *data, size_t n, const rn_wait *wait)
{
    (void)wait;
    ptrdiff_t got = rn_read_some(input, data, n);
    if (got == 0 && !clock_runs)
        clock_runs = pthread_create(&clock_thread, NULL, run_clock, NULL) == 0;
    return got;
}

static int
wait_to_quit(void *input, int directions, const rn_wait *wait)
{
    return rn_wait_fd(wait, rn_fd(input), directions);
}

static int
fd_to_quit(void *input)
{
    return rn_fd(input);
}

static int
close_to_quit(void *input, const rn_wait *wait)
{
    (void)wait;
    rn_free(input);
    return RN_OK;
}

static const rn_stream_ops quitting = {.read = read_to_quit,
                                       .wait = wait_to_quit,
                                       .fd = fd_to_quit,
                                       .close = close_to_quit};

bool
quit_watch(struct end *near, int64_t seconds)
{
    if (seconds <= 0 || near->in == NULL)
        return true;
    quit_after = seconds;
    rn_set_deadline(near->in, RN_READABLE, RN_NOW);
    rn_stream *s = rn_stream_new(&quitting, near->in, RN_UNBUFFERED, NULL);
    if (s != NULL)
        near->in = s;
    return s != NULL;
}

bool
quit_came(void)
{
    return has_quit;
}
