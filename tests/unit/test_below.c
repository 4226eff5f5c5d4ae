/* SPDX-License-Identifier: MIT */
/* What a kind of stream over another asks of the one below it, and says of
 * itself: reading, writing and flushing there, a farewell, and why it fails. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/stream/stream.h"
#include "../support/check.h"
#include "../support/peer.h"
#include "../support/scripted.h"
#include "../support/turning.h"

static void
a_kind_explains_its_failures(void **state)
{
    (void)state;
    struct script *p = script_new();
    struct turner t;
    rn_error err;
    char data[1];
    rn_stream *s = turner_over(&t, script_open(p, RN_UNBUFFERED, 0));
    t.fails = RN_E_TLS;
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, RN_E_TLS, "a bad day"),
                RN_OK);
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, RN_E_TLS, "a worse"),
                RN_OK);
    assert_code(rn_read(s, data, 1), RN_E_TLS);
    assert_code(rn_error_of(s, &err), RN_E_TLS);
    assert_string_equal(err.message, "start TLS with the stream: a bad day");
    assert_int_equal(err.phase, RN_PHASE_TLS);
    assert_code(rn_explain(NULL, RN_READABLE, 0, 0, NULL), RN_E_VALUE);
    assert_code(rn_explain(t.below, 4, 0, 0, NULL), RN_E_VALUE);
    rn_free(s);
    /* Another code has the usual words. */
    s = turner_over(&t, script_open(p, RN_UNBUFFERED, 0));
    t.fails = RN_E_IO;
    assert_code(rn_explain(s, RN_READABLE, 0, RN_E_TLS, "a bad day"), RN_OK);
    assert_code(rn_read(s, data, 1), RN_E_IO);
    assert_code(rn_error_of(s, &err), RN_E_IO);
    assert_null(strstr(err.message, "a bad day"));
    rn_free(s);
    free(p);
    int raw;
    rn_socket *socket = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_explain(socket, RN_READABLE, 0, 0, NULL), RN_E_VALUE);
    rn_free(socket);
    close(raw);
}

/* The peer is gone when the last word is said: nothing that matters was lost.
 */
static void
a_farewell_that_does_not_arrive_is_no_loss(void **state)
{
    (void)state;
    int raw;
    struct turner t;
    char data[8];
    rn_stream *s = turner_over(&t, socket_to_raw(&raw, RN_UNBUFFERED));
    assert_code(rn_write(s, "ABC", 3), RN_OK);
    assert_int_equal(recv(raw, data, 3, MSG_WAITALL), 3);
    close(raw);
    assert_int_equal(rn_eof(s), 1);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

/* What follows a farewell that is missing would be taken for its place: an end
 * of a handshake was lost so, and the peer could not read what came then. */
static void
nothing_follows_a_farewell_that_is_lost(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *below = script_open(p, RN_UNBUFFERED, 0);
    p->write_room = 0;
    p->write_end = RN_E_RESET;
    assert_code(rn_below_farewell(below, "a", 1, NULL), RN_E_RESET);
    p->write_room = SIZE_MAX;
    assert_code(rn_below_farewell(below, "b", 1, NULL), RN_E_RESET);
    assert_code(rn_below_write(below, "c", 1, NULL), RN_E_RESET);
    assert_int_equal(p->out_len, 0);
    assert_code(rn_close(below), RN_E_RESET);
    rn_free(below);
    free(p);
}

static void
without_a_wait_nothing_is_waited_for(void **state)
{
    (void)state;
    int raw;
    char data[1];
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_int_equal(rn_wait_is_over(NULL), 0);
    assert_code(rn_below_read(s, data, 1, NULL), RN_E_AGAIN);
    assert_code(rn_below_write(s, "x", 1, NULL), RN_OK);
    assert_code(rn_below_flush(s, NULL), RN_OK);
    assert_int_equal(recv(raw, data, 1, MSG_WAITALL), 1);

    /* A time that is over still gives what is there. */
    const struct rn_wait past = {.until = 1};
    const struct rn_wait future = {.until = rn_in(100000)};
    assert_int_equal(rn_wait_is_over(&rni_no_wait), 0);
    assert_int_equal(rn_wait_is_over(&past), 1);
    assert_int_equal(rn_wait_is_over(&future), 0);
    assert_code(rn_below_read(s, data, 1, &past), RN_E_TIMEOUT);
    assert_int_equal(write(raw, "ab", 2), 2);
    assert_int_equal(rn_below_read(s, data, 1, &past), 1);
    assert_int_equal(rn_below_read(s, data, 1, &future), 1);
    assert_int_equal(data[0], 'b');
    rn_free(s);
    close(raw);
}

static void
what_broke_below_is_told_by_a_flush(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_error err;
    p->write_room = 0;
    p->write_end = RN_E_RESET;
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_below_write(s, "x", 1, NULL), RN_E_RESET);
    size_t writes = p->writes;
    p->write_room = SIZE_MAX;
    assert_code(rn_below_flush(s, NULL), RN_E_RESET);
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_int_equal(err.phase, RN_PHASE_WRITE);
    assert_int_equal(p->writes, writes);
    rn_free(s);
    free(p);
}

/* As a flush, it says what is not on its way yet; that is kept, and sent. */
static void
a_farewell_that_has_to_wait_is_again(void **state)
{
    (void)state;
    static char much[1 << 16];
    int raw;
    rn_stream *below = socket_to_small(&raw);
    while (rn_unsent(below) == 0)
        assert_code(rn_below_write(below, much, sizeof much, NULL), RN_OK);
    ptrdiff_t unsent = rn_unsent(below);
    assert_code(rn_below_farewell(below, "bye", 3, NULL), RN_E_AGAIN);
    assert_int_equal(rn_unsent(below), unsent + 3);
    /* It is not lost, so more may follow. */
    assert_code(rn_below_write(below, "more", 4, NULL), RN_OK);
    assert_int_equal(rn_unsent(below), unsent + 7);
    rn_abort(below);
    rn_free(below);
    close(raw);
}

static ptrdiff_t
busy_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    (void)ctx;
    (void)data;
    (void)n;
    (void)wait;
    return RN_E_BUSY;
}

/* It is kept, so BUSY would have it given a second time. */
static void
a_farewell_by_who_is_busy_is_again(void **state)
{
    (void)state;
    static const rn_stream_ops ops = {.write = busy_write};
    rn_stream *below = rn_stream_new(&ops, NULL, RN_BUFFERED, NULL);
    assert_code(rn_below_farewell(below, "bye", 3, NULL), RN_E_AGAIN);
    assert_int_equal(rn_unsent(below), 3);
    rn_free(below);
}

/* Whether there is something is a question, and no answer to it is a failure,
 * even where what is unsent cannot go out. */
static void
a_look_amid_unsent_bytes_is_no_failure(void **state)
{
    (void)state;
    static char much[1 << 16];
    int raw;
    char data[1];
    rn_stream *below = socket_to_small(&raw);
    while (rn_unsent(below) == 0)
        assert_code(rn_below_write(below, much, sizeof much, NULL), RN_OK);
    assert_code(rn_below_read(below, data, 1, NULL), RN_E_AGAIN);
    assert_code(rn_error_of(below, NULL), RN_OK);
    rn_abort(below);
    rn_free(below);
    close(raw);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_explains_its_failures),
        cmocka_unit_test(a_farewell_that_does_not_arrive_is_no_loss),
        cmocka_unit_test(a_farewell_that_has_to_wait_is_again),
        cmocka_unit_test(a_farewell_by_who_is_busy_is_again),
        cmocka_unit_test(a_look_amid_unsent_bytes_is_no_failure),
        cmocka_unit_test(without_a_wait_nothing_is_waited_for),
        cmocka_unit_test(what_broke_below_is_told_by_a_flush),
        cmocka_unit_test(nothing_follows_a_farewell_that_is_lost),
    };
    return cmocka_run_group_tests_name("below", tests, NULL, NULL);
}
