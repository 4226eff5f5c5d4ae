/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "waiter.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"

int
wait_in_read(struct waiter *w)
{
    char c;
    return (int)rn_read(w->s, &c, 1);
}

int
wait_in_readln(struct waiter *w)
{
    const char *line;
    return rn_readln(w->s, &line, NULL);
}

int
wait_in_write(struct waiter *w)
{
    static const char data[65536];
    int rc = RN_OK;
    while (rc == RN_OK)
        rc = rn_write(w->s, data, sizeof data);
    return rc;
}

int
wait_in_accept(struct waiter *w)
{
    rn_error err;
    rn_socket *s = rn_accept(w->server, RN_UNBUFFERED, &err);
    rn_free(s);
    return err.code;
}

static void *
run(void *arg)
{
    struct waiter *w = arg;
    atomic_store(&w->tid, (int)syscall(SYS_gettid));
    w->result = w->call(w);
    w->returned = rn_now();
    return NULL;
}

void
waiter_begin(struct waiter *w)
{
    char path[64];
    char state = '?';
    atomic_store(&w->tid, 0);
    assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
    while (atomic_load(&w->tid) == 0)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/stat",
             atomic_load(&w->tid));
    while (state != 'S') {
        FILE *f = fopen(path, "r");
        if (f == NULL || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
            fail_msg("the call returned before it was called back");
        fclose(f);
        sched_yield();
    }
}

double
waiter_end(struct waiter *w, int expected, rn_time start)
{
    pthread_join(w->thread, NULL);
    assert_code(w->result, expected);
    double ms = (double)(w->returned - start) / 1e6;
    assert_true(ms < late_ms(start));
    return ms;
}
