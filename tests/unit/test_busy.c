/* SPDX-License-Identifier: MIT */
/* Calls that meet on one stream: a second one in the same direction is BUSY,
 * from another thread or from inside, and one in the other direction is not
 * held up. */
#include <pthread.h>
#include <stdbool.h>

#include "../support/check.h"

/* ---- Two threads. A reader that is held inside the transport must make a
 * second reader BUSY, and leave a writer alone. */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool inside;
    bool open;
    size_t written;
};

static ptrdiff_t
gate_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct gate *g = ctx;
    (void)n;
    (void)wait;
    pthread_mutex_lock(&g->lock);
    g->inside = true;
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    memcpy(data, "x", 1);
    return 1;
}

static ptrdiff_t
gate_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct gate *g = ctx;
    (void)data;
    (void)wait;
    g->written += n;
    return (ptrdiff_t)n;
}

static void *
read_one(void *arg)
{
    char c;
    return rn_read(arg, &c, 1) == 1 ? arg : NULL;
}

static void
a_second_reader_is_busy_and_a_writer_is_not(void **state)
{
    (void)state;
    static const rn_stream_ops gated = {.read = gate_read, .write = gate_write};
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .changed = PTHREAD_COND_INITIALIZER};
    rn_stream *s = rn_stream_new(&gated, &g, RN_UNBUFFERED, NULL);
    pthread_t thread;
    void *result = NULL;
    char c;
    assert_int_equal(pthread_create(&thread, NULL, read_one, s), 0);
    pthread_mutex_lock(&g.lock);
    while (!g.inside)
        pthread_cond_wait(&g.changed, &g.lock);
    pthread_mutex_unlock(&g.lock);

    assert_code(rn_read(s, &c, 1), RN_E_BUSY);
    assert_code(rn_eof(s), RN_E_BUSY);
    assert_code(rn_close(s), RN_E_BUSY);
    assert_code(rn_abort(s), RN_E_BUSY);
    assert_code(rn_set_newline(s, RN_NEWLINE_CRLF), RN_E_BUSY);
    rn_error err;
    assert_null(rn_stream_over(&gated, &g, s, &err));
    assert_code(err.code, RN_E_BUSY);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_int_equal(g.written, 3);

    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    pthread_mutex_unlock(&g.lock);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, s);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

/* A stream whose functions call the stream itself. */
struct selfish {
    rn_stream *s;
    int read;
    int write;
    int close;
};

static ptrdiff_t
selfish_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct selfish *self = ctx;
    const char *line;
    (void)wait;
    (void)n;
    self->read = rn_readln(self->s, &line, NULL);
    self->close = rn_close(self->s);
    memcpy(data, "\n", 1);
    return 1;
}

static ptrdiff_t
selfish_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct selfish *self = ctx;
    (void)wait;
    self->write = rn_write(self->s, data, n);
    return (ptrdiff_t)n;
}

static void
a_call_from_inside_is_busy_with_and_without_locks(void **state)
{
    (void)state;
    static const rn_stream_ops ops = {.read = selfish_read,
                                      .write = selfish_write};
    for (int unlocked = 0; unlocked < 2; unlocked++) {
        struct selfish self = {0};
        self.s = rn_stream_new(&ops, &self, RN_UNBUFFERED, NULL);
        assert_code(rn_set_unlocked(self.s, unlocked), RN_OK);
        assert_line(self.s, "");
        assert_code(self.read, RN_E_BUSY);
        assert_code(self.close, RN_E_BUSY);
        assert_code(rn_write(self.s, "x", 1), RN_OK);
        assert_code(self.write, RN_E_BUSY);
        assert_code(rn_close(self.s), RN_OK);
        assert_code(rn_set_unlocked(self.s, 1), RN_E_CLOSED);
        rn_free(self.s);
    }
    assert_code(rn_set_unlocked(NULL, 1), RN_E_VALUE);
}

/* ---- A reader must not wait for a writer that is held inside the transport:
 * what is unsent is on its way already. */

static ptrdiff_t
held_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    char c;
    (void)data;
    (void)gate_read(ctx, &c, 1, wait);
    return (ptrdiff_t)n;
}

static ptrdiff_t
second_time_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct gate *g = ctx;
    (void)n;
    (void)wait;
    if (g->written++ == 0)
        return RN_E_AGAIN;
    memcpy(data, "x\n", 2);
    return 2;
}

static int
no_wait_needed(void *ctx, int directions, const rn_wait *wait)
{
    (void)ctx;
    (void)directions;
    (void)wait;
    return RN_OK;
}

static void *
flush_it(void *arg)
{
    return rn_flush(arg) == RN_OK ? arg : NULL;
}

static void
a_reader_passes_a_writer_that_is_held(void **state)
{
    (void)state;
    static const rn_stream_ops held = {
        .read = second_time_read, .write = held_write, .wait = no_wait_needed};
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .changed = PTHREAD_COND_INITIALIZER};
    rn_stream *s = rn_stream_new(&held, &g, RN_BUFFERED, NULL);
    pthread_t thread;
    void *result = NULL;
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_int_equal(pthread_create(&thread, NULL, flush_it, s), 0);
    pthread_mutex_lock(&g.lock);
    while (!g.inside)
        pthread_cond_wait(&g.changed, &g.lock);
    pthread_mutex_unlock(&g.lock);

    assert_line(s, "x"); /* the time limit of the test is the check */

    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    pthread_mutex_unlock(&g.lock);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, s);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_reader_is_busy_and_a_writer_is_not),
        cmocka_unit_test(a_call_from_inside_is_busy_with_and_without_locks),
        cmocka_unit_test(a_reader_passes_a_writer_that_is_held),
    };
    return cmocka_run_group_tests_name("busy", tests, NULL, NULL);
}
