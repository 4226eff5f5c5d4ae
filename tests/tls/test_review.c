/* SPDX-License-Identifier: MIT */
/* Mistakes that were found by reading the code, each with its story. */
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "two.h"

static double
cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* Two ends that have not begun to agree. */
static void
open_silent_two(struct two *t, rn_buffering buffering)
{
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, buffering);
    t->client = rn_tls_start(a, &co, NULL);
    t->server = rn_tls_accept(b, &so, NULL);
    assert_non_null(t->client);
    assert_non_null(t->server);
    rn_set_deadline(t->client, RN_BOTH, RN_NOW);
    rn_set_deadline(t->server, RN_BOTH, RN_NOW);
}

/* A read with something in the buffer waited for room to write, which there
 * was, while the handshake needed input: it never came back, or not before its
 * time, and burnt the processor. */
static void
reading_in_the_handshake_waits_for_input_alone(void **state)
{
    (void)state;
    struct two t;
    open_silent_two(&t, RN_BUFFERED);
    assert_code(rn_write(t.client, "x", 1), RN_OK);
    assert_code(rn_eof(t.client), RN_E_AGAIN);
    assert_int_equal(rn_wants(t.client), RN_READABLE);
    rn_set_deadline(t.client, RN_BOTH, rn_in(150));
    double before = cpu_ms();
    assert_code(rn_eof(t.client), RN_E_TIMEOUT);
    assert_true(cpu_ms() - before < 75);
    rn_abort(t.client);
    free_two(&t);
}

/* A write was refused because of the handshake, which then ended in a read: a
 * loop was told to watch for input alone, and nobody repeated the write. */
static void
a_refused_write_is_wanted_after_the_handshake(void **state)
{
    (void)state;
    struct two t;
    open_silent_two(&t, RN_UNBUFFERED);
    assert_code(rn_write(t.client, "x", 1), RN_E_AGAIN);
    assert_int_equal(rn_wants(t.client), RN_READABLE);
    assert_code(rn_eof(t.server), RN_E_AGAIN);
    assert_code(rn_eof(t.client), RN_E_AGAIN);
    assert_int_equal(rn_wants(t.client), RN_BOTH);
    assert_code(rn_write(t.client, "x", 1), RN_OK);
    assert_read(t.server, 1, "x");
    free_two(&t);
}

/* What came together with the last word of the handshake was not counted, so a
 * loop waited on a descriptor that had nothing more to tell. */
static void
what_came_with_the_handshake_is_pending(void **state)
{
    (void)state;
    struct two t;
    open_silent_two(&t, RN_UNBUFFERED);
    assert_code(rn_flush(t.client), RN_E_AGAIN);
    assert_code(rn_flush(t.server), RN_E_AGAIN);
    assert_code(rn_flush(t.client), RN_OK);
    assert_code(rn_write(t.client, "early", 5), RN_OK);
    assert_int_equal(rn_pending(t.server), 0);
    assert_code(rn_flush(t.server), RN_OK);
    assert_true(rn_pending(t.server) > 0);
    assert_read(t.server, 5, "early");
    assert_int_equal(rn_pending(t.server), 0);
    free_two(&t);
}

/* And what had been read ahead from the stream below. */
static void
what_was_read_ahead_below_is_pending(void **state)
{
    (void)state;
    struct two t;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, RN_BUFFERED);
    t.client = rn_tls_start(a, &co, NULL);
    rn_set_deadline(t.client, RN_BOTH, RN_NOW);
    assert_code(rn_flush(t.client), RN_E_AGAIN);
    assert_int_equal(rn_eof(b), 0);
    t.server = rn_tls_accept(b, &so, NULL);
    assert_true(rn_pending(t.server) > 0);
    rn_abort(t.client);
    free_two(&t);
}

/* A handshake that could not go on counted as an unsent byte, for which closing
 * would wait as long as the peer was silent. */
static void
closing_in_the_handshake_waits_for_nothing(void **state)
{
    (void)state;
    struct two t;
    open_silent_two(&t, RN_BUFFERED);
    assert_code(rn_flush(t.client), RN_E_AGAIN);
    assert_int_equal(rn_unsent(t.client), 0);
    rn_set_deadline(t.client, RN_BOTH, RN_FOREVER);
    assert_code(rn_close(t.client), RN_OK);
    free_two(&t);
}

static void *
read_to_the_end(void *stream)
{
    char data[64];
    ptrdiff_t r;
    do
        r = rn_read_some(stream, data, sizeof data);
    while (r > 0 || r == RN_E_BUSY); /* somebody looks whether we are here */
    return (void *)(intptr_t)r;
}

/* To call a reader back the connection was shut down for writing, too: what was
 * in the buffer was lost, and the peer saw a cut. */
static void
closing_under_a_reader_sends_the_rest(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct two t;
        pthread_t reader;
        void *got;
        const void *seen;
        open_plain_two(&t, RN_BUFFERED);
        pthread_create(&reader, NULL, read_to_the_end, t.client);
        assert_code(rn_write(t.client, "the rest", 8), RN_OK);
        if (i % 2 == 0) /* the reader certainly is inside */
            while (rn_peek(t.client, &seen) != RN_E_BUSY)
                ;
        assert_code(rn_close(t.client), RN_OK);
        pthread_join(reader, &got);
        assert_code((intptr_t)got, RN_E_CLOSED);
        assert_read(t.server, 20, "the rest");
        assert_int_equal(rn_eof(t.server), 1);
        free_two(&t);
    }
}

static void *
ask_for_info(void *stream)
{
    rn_tls_info info;
    int rc;
    while ((rc = rn_tls_get_info(stream, &info)) == RN_OK)
        assert_string_equal(info.version, "TLSv1.3");
    return (void *)(intptr_t)rc;
}

/* Closing freed what a third thread was looking at. */
static void
info_can_be_asked_while_closing(void **state)
{
    (void)state;
    struct two t;
    pthread_t asking;
    void *got;
    open_plain_two(&t, RN_BUFFERED);
    pthread_create(&asking, NULL, ask_for_info, t.client);
    assert_code(rn_close(t.client), RN_OK);
    pthread_join(asking, &got);
    assert_code((intptr_t)got, RN_E_CLOSED);
    free_two(&t);
}

/* A peer that cut its own direction short still has a right to a clean end of
 * ours; closing said no goodbye. */
static void
goodbye_is_said_to_one_who_cut_it_short(void **state)
{
    (void)state;
    struct two t;
    open_plain_two(&t, RN_BUFFERED);
    shutdown(rn_fd(t.server), SHUT_WR);
    assert_code(rn_eof(t.client), RN_E_TLS);
    assert_code(rn_write(t.client, "answer", 6), RN_OK);
    assert_code(rn_close(t.client), RN_OK);
    assert_read(t.server, 20, "answer");
    assert_int_equal(rn_eof(t.server), 1);
    free_two(&t);
}

/* A deadline of the options took the place of an earlier one of the stream's
 * own. */
static void
of_two_deadlines_the_earlier_holds(void **state)
{
    (void)state;
    rn_error err;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_tls_options o = {.name = "a.example", .timeout = 20000};
    rn_time start = rn_now();
    assert_code(rn_set_deadline(s, RN_BOTH, start + 30000000), RN_OK);
    assert_true(rn_until(s, RN_READABLE) == start + 30000000);
    assert_code(rn_until(s, RN_BOTH), RN_E_VALUE);
    assert_code(rn_until(NULL, RN_READABLE), RN_E_VALUE);
    assert_null(rn_tls_start(s, &o, &err));
    assert_int_equal(err.code, RN_E_TIMEOUT);
    assert_true(ms_since(start) < 10000);
    rn_free(s);
    close(raw);
}

static int
outcome_with(const char *name, const char *names, struct two *t)
{
    struct identity id;
    certificate_make(&id, name, names, &authority, -1, 50);
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&id);
    int rc = open_two(t, &co, &so, RN_BUFFERED);
    free_two(t);
    certificate_free(&id);
    return rc;
}

/* The subject is no place for a host's name (RFC 9525, 2): it was taken for one
 * where there was no other. */
static void
the_subject_names_no_host(void **state)
{
    (void)state;
    struct two t;
    assert_code(outcome_with("a.example", NULL, &t), RN_E_TLS);
    assert_non_null(strstr(t.error.message, "is not valid for a.example"));
    assert_code(outcome_with("a.example", "email:p@a.example", &t), RN_E_TLS);
    assert_code(outcome_with("other", "DNS:a.example", &t), RN_OK);
}

/* A name went to the terminal as the peer had written it. */
static void
names_that_move_the_cursor_are_shown_without(void **state)
{
    (void)state;
    struct two t;
    assert_code(outcome_with("evil", "DNS:b.example\033[2J\r\nok", &t),
                RN_E_TLS);
    assert_non_null(strstr(t.error.message, "for b.example?[2J??ok is not"));
}

/* Who resumes a session is not checked again: not what a config that was read
 * anew, to believe somebody no longer, should do. */
static void
a_reloaded_config_resumes_nothing_of_before(void **state)
{
    (void)state;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    rn_tls_config *cc = rn_tls_config_new(&co, NULL);
    rn_tls_config *sc = rn_tls_config_new(&so, NULL);
    rn_tls_info info;
    co.config = cc;
    so.config = sc;
    rn_server *listener = rn_listen(0, "127.0.0.1", NULL);
    for (int i = 0; i < 3; i++) {
        struct two t;
        rn_socket *a = rn_connect("127.0.0.1", rn_server_port(listener),
                                  RN_BUFFERED, NULL);
        rn_socket *b = rn_accept(listener, RN_BUFFERED, NULL);
        t.client = rn_tls_start(a, &co, NULL);
        t.server = rn_tls_accept(b, &so, NULL);
        assert_code(shake(&t), RN_OK);
        assert_code(rn_writeln(t.server, "x", 1), RN_OK);
        assert_code(rn_flush(t.server), RN_OK);
        assert_line(t.client, "x"); /* and the tickets before it */
        assert_code(rn_tls_get_info(t.client, &info), RN_OK);
        assert_int_equal(info.resumed, i == 1);
        free_two(&t);
        if (i == 1)
            assert_code(rn_tls_config_reload(cc, NULL), RN_OK);
    }
    rn_server_free(listener);
    rn_tls_config_free(cc);
    rn_tls_config_free(sc);
}

/* Two relayed ends, of which one is still agreeing: the relay watched for room,
 * which there was, and so ran in circles. */
static void *
relay_both(void *arg)
{
    rn_stream **ends = arg;
    rn_relay(ends[0], ends[1], NULL);
    return NULL;
}

static void
a_relay_agrees_while_it_moves(void **state)
{
    (void)state;
    struct two t;
    rn_socket *near;
    rn_socket *far;
    open_silent_two(&t, RN_BUFFERED);
    tcp_pair(&near, &far, RN_BUFFERED);
    rn_stream *ends[] = {t.client, far};
    rn_relay_options brief = {.timeout = 150};
    assert_code(rn_writeln(near, "through", 7), RN_OK);
    assert_code(rn_flush(near), RN_OK);
    double before = cpu_ms();
    assert_code(rn_relay(ends[0], ends[1], &brief), RN_E_TIMEOUT);
    assert_true(cpu_ms() - before < 75);
    pthread_t thread;
    pthread_create(&thread, NULL, relay_both, ends);
    rn_set_deadline(t.server, RN_BOTH, RN_FOREVER);
    assert_line(t.server, "through");
    assert_code(rn_writeln(t.server, "back", 4), RN_OK);
    assert_code(rn_close(t.server), RN_OK);
    assert_line(near, "back");
    assert_int_equal(rn_eof(near), 1);
    assert_code(rn_close(near), RN_OK);
    pthread_join(thread, NULL);
    rn_free(near);
    rn_free(far);
    free_two(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_in_the_handshake_waits_for_input_alone),
        cmocka_unit_test(a_refused_write_is_wanted_after_the_handshake),
        cmocka_unit_test(what_came_with_the_handshake_is_pending),
        cmocka_unit_test(what_was_read_ahead_below_is_pending),
        cmocka_unit_test(closing_in_the_handshake_waits_for_nothing),
        cmocka_unit_test(closing_under_a_reader_sends_the_rest),
        cmocka_unit_test(info_can_be_asked_while_closing),
        cmocka_unit_test(goodbye_is_said_to_one_who_cut_it_short),
        cmocka_unit_test(of_two_deadlines_the_earlier_holds),
        cmocka_unit_test(the_subject_names_no_host),
        cmocka_unit_test(names_that_move_the_cursor_are_shown_without),
        cmocka_unit_test(a_reloaded_config_resumes_nothing_of_before),
        cmocka_unit_test(a_relay_agrees_while_it_moves),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_review", tests, make_all, drop_all);
}
