/* SPDX-License-Identifier: MIT */
/* Both directions of a connection at once: two threads share a stream, and
 * peers that write much before they read are no deadlock. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

/* ---- Two threads: one reads while the other writes. */

enum {
    LINES = 20000
};

static void *
write_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        if (rn_printf(arg, "line %d\n", i) < 0)
            return NULL;
    return rn_shutdown_write(arg) == RN_OK ? arg : NULL;
}

static void *
echo(void *arg)
{
    const char *line;
    size_t len;
    while (rn_readln(arg, &line, &len) > 0)
        if (rn_writeln(arg, line, len) < 0)
            return NULL;
    return rn_close(arg) == RN_OK ? arg : NULL;
}

static void
a_reader_and_a_writer_share_a_stream(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    pthread_t writer;
    pthread_t echoer;
    void *result;
    tcp_pair(&a, &b, RN_BUFFERED);
    pthread_create(&writer, NULL, write_lines, a);
    pthread_create(&echoer, NULL, echo, b);
    for (int i = 0; i < LINES; i++) {
        char want[32];
        snprintf(want, sizeof want, "line %d", i);
        assert_line(a, want);
    }
    assert_int_equal(rn_eof(a), 1);
    pthread_join(writer, &result);
    assert_ptr_equal(result, a);
    pthread_join(echoer, &result);
    assert_ptr_equal(result, b);
    assert_code(rn_close(a), RN_OK);
    rn_free(a);
    rn_free(b);
}

/* Two that both write more than the system holds, and then read: each must read
 * while it flushes, or they wait for each other for ever. */
static void *
write_much_then_read(void *arg)
{
    enum {
        MUCH = 8 << 20
    };
    char *data = calloc(1, MUCH);
    rn_socket *s = arg;
    rn_set_buffer_size(s, MUCH * 2);
    int rc = rn_write(s, data, MUCH);
    ptrdiff_t n = rc < 0 ? rc : rn_read(s, data, MUCH);
    free(data);
    /* All may have come before all has gone. */
    return n == MUCH && rn_flush(s) == RN_OK ? s : NULL;
}

static void
both_sides_may_write_first(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    pthread_t thread;
    void *result;
    tcp_pair(&a, &b, RN_BUFFERED);
    pthread_create(&thread, NULL, write_much_then_read, b);
    assert_ptr_equal(write_much_then_read(a), a);
    pthread_join(thread, &result);
    assert_ptr_equal(result, b);
    rn_free(a);
    rn_free(b);
}

enum {
    FLOOD_LEN = 8 << 20
};

/* Writes all of it before it reads anything. */
static void *
write_first_then_read(void *arg)
{
    int raw = *(int *)arg;
    char *data = calloc(1, FLOOD_LEN);
    size_t at = 0;
    ssize_t n = 1;
    while (at < FLOOD_LEN && n > 0) {
        n = send(raw, data, FLOOD_LEN - at, MSG_NOSIGNAL);
        at += n > 0 ? (size_t)n : 0;
    }
    at = 0;
    while (n > 0 && at < FLOOD_LEN) {
        n = read(raw, data, FLOOD_LEN);
        at += n > 0 ? (size_t)n : 0;
    }
    free(data);
    return at == FLOOD_LEN ? arg : NULL;
}

/* Only a flush that reads meanwhile can serve such a peer. */
static void
a_peer_that_writes_first_is_no_deadlock(void **state)
{
    (void)state;
    int raw;
    pthread_t thread;
    void *result;
    char *data = calloc(1, FLOOD_LEN);
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_set_buffer_size(s, 2 * FLOOD_LEN);
    assert_code(rn_write(s, data, FLOOD_LEN), RN_OK);
    pthread_create(&thread, NULL, write_first_then_read, &raw);
    rn_set_timeout(s, RN_READABLE, 20000);
    assert_int_equal(rn_read(s, data, FLOOD_LEN), FLOOD_LEN);
    assert_code(rn_flush(s), RN_OK);
    pthread_join(thread, &result);
    assert_ptr_equal(result, &raw);
    rn_free(s);
    close(raw);
    free(data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_and_a_writer_share_a_stream),
        cmocka_unit_test(both_sides_may_write_first),
        cmocka_unit_test(a_peer_that_writes_first_is_no_deadlock),
    };
    return cmocka_run_group_tests_name("duplex", tests, nothing_was_left_open,
                                       nothing_was_left_open);
}
