/* SPDX-License-Identifier: MIT */
/* Deadlines, tokens and calls that never wait, over TLS. */
#include <pthread.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "../support/scripted.h"
#include "two.h"

static void
a_deadline_covers_the_handshake(void **state)
{
    (void)state;
    rn_error err;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    /* OpenSSL's own beginning takes long under a sanitizer: have it behind us.
     */
    rn_tls_config *config = rn_tls_config_new(NULL, &err);
    rn_tls_options o = {.name = "a.example", .timeout = 30, .config = config};
    rn_time start = rn_now();
    assert_null(rn_tls_start(s, &o, &err));
    assert_took(start, 30);
    assert_int_equal(err.code, RN_E_TIMEOUT);
    assert_int_equal(err.phase, RN_PHASE_TLS);
    assert_non_null(strstr(err.message, "start TLS with 127.0.0.1:"));
    assert_code(rn_close(s), RN_OK); /* still ours */
    rn_free(s);
    close(raw);
    s = socket_to_raw(&raw, RN_BUFFERED);
    start = rn_now();
    o.timeout = 20000;
    o.deadline = start + 30000000;
    assert_null(rn_tls_start(s, &o, &err));
    assert_took(start, 30);
    assert_int_equal(err.code, RN_E_TIMEOUT);
    rn_free(s);
    close(raw);
    rn_tls_config_free(config);
}

static void *
set_token(void *token)
{
    rn_cancel_set(token);
    return NULL;
}

static void
a_token_stops_the_handshake_and_a_read(void **state)
{
    (void)state;
    rn_error err;
    int raw;
    struct two t;
    pthread_t thread;
    rn_cancel *token = rn_cancel_new(NULL);
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_tls_options o = {.name = "a.example", .cancel = token};
    pthread_create(&thread, NULL, set_token, token);
    assert_null(rn_tls_start(s, &o, &err));
    assert_int_equal(err.code, RN_E_CANCELED);
    pthread_join(thread, NULL);
    rn_free(s);
    close(raw);
    open_plain_two(&t, RN_BUFFERED);
    rn_set_cancel(t.client, token);
    assert_code(rn_eof(t.client), RN_E_CANCELED);
    rn_cancel_reset(token);
    assert_code(rn_writeln(t.server, "x", 1), RN_OK);
    assert_code(rn_flush(t.server), RN_OK);
    assert_line(t.client, "x");
    free_two(&t);
    rn_cancel_free(token);
}

static void
a_timeout_loses_nothing(void **state)
{
    (void)state;
    struct two t;
    const char *line;
    open_plain_two(&t, RN_BUFFERED);
    rn_set_timeout(t.client, RN_READABLE, 10);
    assert_code(rn_write(t.server, "half a ", 7), RN_OK);
    assert_code(rn_flush(t.server), RN_OK);
    rn_time start = rn_now();
    assert_code(rn_readln(t.client, &line, NULL), RN_E_TIMEOUT);
    assert_took(start, 10);
    assert_code(rn_writeln(t.server, "line", 4), RN_OK);
    assert_code(rn_flush(t.server), RN_OK);
    rn_set_timeout(t.client, RN_READABLE, RN_NO_TIMEOUT);
    assert_line(t.client, "half a line");
    free_two(&t);
}

/* Nor does the token stay. */
static void
the_token_of_the_options_is_gone_after_it(void **state)
{
    (void)state;
    rn_error err;
    pthread_t thread;
    rn_socket *a;
    rn_socket *b;
    rn_cancel *token = rn_cancel_new(NULL);
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    co.later = 0;
    co.cancel = token;
    tcp_pair(&a, &b, RN_BUFFERED);
    struct two t;
    t.server = rn_tls_accept(b, &so, NULL);
    pthread_create(&thread, NULL, echo_lines, t.server);
    t.client = rn_tls_start(a, &co, &err);
    assert_non_null(t.client);
    rn_cancel_set(token);
    assert_code(rn_writeln(t.client, "x", 1), RN_OK);
    assert_line(t.client, "x");
    assert_code(rn_close(t.client), RN_OK);
    pthread_join(thread, NULL);
    free_two(&t);
    rn_cancel_free(token);
}

/* Only the handshake was limited, not the stream. */
static void
the_options_limits_end_with_the_handshake(void **state)
{
    (void)state;
    rn_error err;
    pthread_t thread;
    rn_server *listener = rn_listen(0, "127.0.0.1", NULL);
    rn_tls_options co = {.ca_file = authority.cert_file, .timeout = 20000};
    struct two t;
    rn_tls_options so = server_options(&good);
    rn_socket *a =
        rn_connect("127.0.0.1", rn_server_port(listener), RN_BUFFERED, NULL);
    t.server = rn_tls_accept(rn_accept(listener, RN_BUFFERED, NULL), &so, NULL);
    rn_set_timeout(a, RN_READABLE, 5);
    pthread_create(&thread, NULL, echo_lines, t.server);
    t.client = rn_tls_start(a, &co, &err);
    if (t.client == NULL)
        print_error("%s\n", err.message);
    assert_non_null(t.client);
    assert_code(rn_eof(t.client), RN_E_TIMEOUT); /* the stream's own 5 ms */
    rn_set_timeout(t.client, RN_READABLE, RN_NO_TIMEOUT);
    assert_code(rn_writeln(t.client, "x", 1), RN_OK);
    assert_line(t.client, "x");
    assert_code(rn_close(t.client), RN_OK);
    pthread_join(thread, NULL);
    free_two(&t);
    rn_server_free(listener);
}

/* What a call without waiting needs next is what a loop must watch. */
static void
a_loop_is_told_what_to_watch(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, RN_BUFFERED);
    rn_tls_options co = client_options();
    rn_stream *s = rn_tls_start(a, &co, NULL);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    assert_code(rn_flush(s), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_READABLE); /* the server's answer */
    assert_true(rn_fd(s) >= 0);
    rn_free(s);
    rn_free(b);
}

static void
connecting_is_one_call(void **state)
{
    (void)state;
    rn_error err;
    int holder;
    rn_connect_options c = {.host = "127.0.0.1", .port = closed_port(&holder)};
    assert_null(rn_tls_connect_with(&c, NULL, &err));
    assert_int_equal(err.code, RN_E_REFUSED);
    assert_null(rn_tls_connect("127.0.0.1", 0, RN_BUFFERED, NULL, &err));
    assert_int_equal(err.code, RN_E_VALUE);
    assert_null(rn_tls_connect_with(NULL, NULL, &err));
    assert_int_equal(err.code, RN_E_VALUE);
    close(holder);
}

/* A word of the handshake is missing, so nobody answers: a call that came after
 * the failing one, such as rn_close, waited for that for ever. */
static void
a_handshake_that_was_not_sent_is_not_waited_for(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_tls_options o = client_options();
    char data[8];
    rn_stream *s = rn_tls_start(script_open(p, RN_BUFFERED, 0), &o, NULL);
    assert_non_null(s);
    p->write_room = 0;
    p->write_end = RN_E_IO;
    p->read_end = RN_E_AGAIN;
    assert_code(rn_flush(s), RN_E_IO);
    p->write_room = SIZE_MAX;
    assert_code(rn_read_some(s, data, sizeof data), RN_E_IO);
    assert_int_equal(p->reads, 0);
    rn_close(s);
    rn_free(s);
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_that_was_not_sent_is_not_waited_for),
        cmocka_unit_test(a_deadline_covers_the_handshake),
        cmocka_unit_test(a_token_stops_the_handshake_and_a_read),
        cmocka_unit_test(a_timeout_loses_nothing),
        cmocka_unit_test(the_options_limits_end_with_the_handshake),
        cmocka_unit_test(a_loop_is_told_what_to_watch),
        cmocka_unit_test(the_token_of_the_options_is_gone_after_it),
        cmocka_unit_test(connecting_is_one_call),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_waiting", tests, make_all,
                                       drop_all);
}
