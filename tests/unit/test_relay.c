/* SPDX-License-Identifier: MIT */
/* rn_relay and rn_relay_routes: in which order bytes are moved, and by which
 * routes. Between which kinds of stream is in test_relay_kinds.c, how a relay
 * ends in test_relay_ends.c. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/relaying.h"

enum {
    MUCH = 300000
};

/* ---- Order */

static void
what_is_buffered_goes_first(void **state)
{
    (void)state;
    int near, far;
    char got[64];
    rn_socket *a = socket_to_raw(&near, RN_BUFFERED);
    rn_socket *b = socket_to_raw(&far, RN_LINE_BUFFERED);
    assert_int_equal(write(near, "taken\nleft\nread ahead ", 22), 22);
    assert_line(a, "taken");
    assert_code(rn_write(b, "unsent ", 7), RN_OK);
    assert_int_equal(write(near, "and more", 8), 8);
    shutdown(near, SHUT_WR);
    rn_route route = {.from = a, .to = b};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
    assert_int_equal(route.bytes, 24);
    assert_int_equal(raw_read_all(far, got, sizeof got), 31);
    assert_string_equal(got, "unsent left\nread ahead and more");
    /* It is by lines as before. */
    rn_free(a);
    rn_free(b);
    close(near);
    close(far);
}

static void
a_line_feed_that_is_owed_is_not_relayed(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        int near, far;
        char got[64];
        rn_socket *a = socket_to_raw(&near, RN_BUFFERED);
        rn_socket *b = socket_to_raw(&far, RN_LINE_BUFFERED);
        if (strict)
            rn_set_newline(a, RN_NEWLINE_STRICT);
        const char *line = strict ? "one\r\n" : "one\r";
        assert_int_equal(write(near, line, strlen(line)), strlen(line));
        assert_line(a, "one");
        assert_int_equal(write(near, "\nbare\rtwo", 9), 9);
        shutdown(near, SHUT_WR);
        rn_route route = {.from = a, .to = b};
        assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
        assert_int_equal(raw_read_all(far, got, sizeof got), 8 + strict);
        assert_string_equal(got, strict ? "\nbare\rtwo" : "bare\rtwo");
        rn_free(a);
        rn_free(b);
        close(near);
        close(far);
    }
}

/* The question is still buffered on the stream whose answer is relayed. */
static void
the_question_is_sent_before_the_answer_is_waited_for(void **state)
{
    (void)state;
    char got[8] = "";
    int ends[2];
    rn_socket *a, *peer;
    tcp_pair(&a, &peer, RN_BUFFERED);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    rn_stream *out = rn_from_fd(ends[1], RN_UNBUFFERED, NULL);
    assert_code(rn_write(a, "question\n", 9), RN_OK);
    struct relaying r = {.count = 1,
                         .route = {{.from = a, .to = out}},
                         .options = {.timeout = 20000}};
    relay_start(&r);
    rn_set_timeout(peer, RN_BOTH, 20000);
    assert_line(peer, "question");
    assert_code(rn_write(peer, "answer", 6), RN_OK);
    assert_code(rn_close(peer), RN_OK);
    assert_code(relay_join(&r), RN_OK);
    assert_int_equal(read(ends[0], got, sizeof got), 6);
    assert_string_equal(got, "answer");
    rn_free(peer);
    rn_free(a);
    rn_free(out);
    close(ends[0]);
}

/* Stopped with bytes on their way, and gone on with, again and again. */
static void
a_relay_that_is_stopped_loses_nothing(void **state)
{
    (void)state;
    int near, far;
    struct far_end feeder, reader;
    rn_socket *a = socket_to_raw(&near, RN_UNBUFFERED);
    rn_socket *b = socket_to_small(&far);
    far_feed(&feeder, near, 40 * MUCH);
    struct relaying r = {
        .count = 1, .route = {{.from = a, .to = b}}, .options = {.idle = 10}};
    uint64_t bytes = 0;
    /* Until the peer has let it fill up, however slow the machine is. */
    for (int i = 0; i < 3 || rn_unsent(b) == 0; i++) {
        assert_code(relay_here(&r), RN_E_TIMEOUT);
        assert_code(r.route[0].code, RN_OK);
        assert_null(r.route[0].failed);
        bytes += r.route[0].bytes;
        if (i == 1) /* in small pieces, too */
            assert_code(rn_set_buffer_size(b, 3), RN_OK);
    }
    rn_stats in, out;
    assert_code(rn_get_stats(a, &in), RN_OK);
    assert_code(rn_get_stats(b, &out), RN_OK);
    assert_int_equal(in.bytes_read, bytes);
    assert_int_equal(out.bytes_written + (uint64_t)rn_unsent(b), bytes);
    far_read(&reader, far);
    r.options = (rn_relay_options){.timeout = 30000};
    assert_code(relay_here(&r), RN_OK);
    assert_int_equal(bytes + r.route[0].bytes, 40 * MUCH);
    far_join(&feeder);
    far_join(&reader);
    assert_int_equal(reader.same, 40 * MUCH);
    /* It has ended: once more there is nothing to do. */
    assert_code(relay_here(&r), RN_OK);
    assert_int_equal(r.route[0].bytes, 0);
    assert_code(rn_close(b), RN_OK);
    rn_free(a);
    rn_free(b);
    close(near);
    close(far);
}

/* Where one direction has ended and both peers are gone, shutting down again
 * would fail. */
static void
a_relay_goes_on_after_one_direction_has_ended(void **state)
{
    (void)state;
    int near, far;
    char got[8];
    rn_socket *a = socket_to_raw(&near, RN_BUFFERED);
    rn_socket *b = socket_to_raw(&far, RN_BUFFERED);
    const rn_relay_options soon = {.idle = 20};
    shutdown(near, SHUT_WR);
    assert_code(rn_relay(a, b, &soon), RN_E_TIMEOUT);
    assert_int_equal(raw_read_all(far, got, sizeof got), 0);
    assert_int_equal(write(far, "late", 4), 4);
    close(far);
    assert_code(rn_relay(a, b, NULL), RN_OK);
    assert_code(rn_relay(a, b, NULL), RN_OK);
    assert_int_equal(raw_read_all(near, got, sizeof got), 4);
    close(near);
    rn_free(a);
    rn_free(b);
}

/* splice(2) does not step over TCP's urgent data. */
static void
urgent_data_stops_nobody(void **state)
{
    (void)state;
    for (int ends = 0; ends < 2; ends++) {
        int near, far;
        char got[64];
        rn_socket *a = socket_to_raw(&near, RN_BUFFERED);
        rn_socket *b = socket_to_raw(&far, RN_BUFFERED);
        assert_int_equal(write(near, "before ", 7), 7);
        assert_int_equal(send(near, "!", 1, MSG_OOB), 1);
        assert_int_equal(write(near, "behind", 6), 6);
        if (ends)
            shutdown(near, SHUT_WR);
        struct relaying r = {.count = 1,
                             .route = {{.from = a, .to = b}},
                             .options = {.idle = 200}};
        assert_code(relay_here(&r), ends ? RN_OK : RN_E_TIMEOUT);
        assert_true(r.cpu < 100); /* of 200 */
        assert_int_equal(r.route[0].bytes, 13);
        rn_free(b);
        assert_int_equal(raw_read_all(far, got, sizeof got), 13);
        assert_string_equal(got, "before behind");
        rn_free(a);
        close(near);
        close(far);
    }
}

/* ---- Routes */

static void
both_ways_and_an_echo(void **state)
{
    (void)state;
    int near, far;
    struct far_end one, two, three, four;
    rn_socket *a = socket_to_raw(&near, RN_BUFFERED);
    rn_socket *b = socket_to_raw(&far, RN_BUFFERED);
    far_feed(&one, near, 5 * MUCH);
    far_feed(&two, far, 3 * MUCH);
    far_read(&three, near);
    far_read(&four, far);
    assert_code(rn_relay(a, b, NULL), RN_OK);
    far_join(&one);
    far_join(&two);
    far_join(&three);
    far_join(&four);
    assert_int_equal(three.same, 3 * MUCH);
    assert_int_equal(four.same, 5 * MUCH);
    assert_code(rn_close(a), RN_OK);
    assert_code(rn_close(b), RN_OK);
    rn_free(a);
    rn_free(b);
    close(near);
    close(far);

    rn_socket *echo = socket_to_raw(&near, RN_BUFFERED);
    far_feed(&one, near, MUCH);
    far_read(&two, near);
    rn_route route = {.from = echo, .to = echo};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
    far_join(&one);
    far_join(&two);
    assert_int_equal(two.same, MUCH);
    rn_free(echo);
    close(near);
}

static void
a_final_route_ends_the_others(void **state)
{
    (void)state;
    int near, far, third;
    char got[8];
    rn_socket *a = socket_to_raw(&near, RN_BUFFERED);
    rn_socket *b = socket_to_raw(&far, RN_BUFFERED);
    rn_socket *c = socket_to_raw(&third, RN_BUFFERED);
    rn_route route[2] = {{.from = a, .to = b, .flags = RN_ROUTE_KEEP_OPEN},
                         {.from = c, .to = a, .flags = RN_ROUTE_FINAL}};
    assert_int_equal(write(near, "one", 3), 3);
    assert_int_equal(write(third, "two", 3), 3);
    shutdown(third, SHUT_WR);
    assert_code(rn_relay_routes(route, 2, NULL), RN_OK);
    assert_int_equal(route[0].ended, 0);
    assert_int_equal(route[1].ended, 1);
    assert_int_equal(raw_read_all(near, got, sizeof got), 3);
    assert_string_equal(got, "two");
    /* b was left open, and is a's no more. */
    assert_code(rn_write(b, "+", 1), RN_OK);
    assert_code(rn_close(b), RN_OK);
    assert_int_equal(raw_read_all(far, got, sizeof got), 4);
    assert_string_equal(got, "one+");
    rn_free(a);
    rn_free(b);
    rn_free(c);
    close(near);
    close(far);
    close(third);
}

static void
sixty_four_routes(void **state)
{
    (void)state;
    enum {
        MOST = 64
    };
    static rn_route route[MOST + 1];
    int near[MOST], far[MOST];
    int before = open_descriptors();
    for (int i = 0; i < MOST; i++) {
        route[i] = (rn_route){.from = socket_to_raw(&near[i], RN_BUFFERED),
                              .to = socket_to_raw(&far[i], RN_BUFFERED)};
        assert_int_equal(write(near[i], &"0123456789"[i % 10], 1), 1);
        shutdown(near[i], SHUT_WR);
    }
    route[MOST] = route[0];
    assert_code(rn_relay_routes(route, MOST + 1, NULL), RN_E_VALUE);
    assert_code(rn_relay_routes(route, MOST, NULL), RN_OK);
    for (int i = 0; i < MOST; i++) {
        char got[4];
        assert_int_equal(route[i].bytes, 1);
        assert_int_equal(raw_read_all(far[i], got, sizeof got), 1);
        assert_int_equal(got[0], "0123456789"[i % 10]);
        rn_free(route[i].from);
        rn_free(route[i].to);
        close(near[i]);
        close(far[i]);
    }
    assert_int_equal(open_descriptors(), before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_buffered_goes_first),
        cmocka_unit_test(a_line_feed_that_is_owed_is_not_relayed),
        cmocka_unit_test(the_question_is_sent_before_the_answer_is_waited_for),
        cmocka_unit_test(a_relay_that_is_stopped_loses_nothing),
        cmocka_unit_test(a_relay_goes_on_after_one_direction_has_ended),
        cmocka_unit_test(urgent_data_stops_nobody),
        cmocka_unit_test(both_ways_and_an_echo),
        cmocka_unit_test(a_final_route_ends_the_others),
        cmocka_unit_test(sixty_four_routes),
    };
    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
