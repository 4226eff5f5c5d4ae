/* SPDX-License-Identifier: MIT */
/* NULL, closed streams and absurd values, call by call: a code, and nothing
 * touched. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/scripted.h"

static void
no_server_is_value(void **state)
{
    (void)state;
    rn_error err;
    assert_null(rn_accept(NULL, RN_BUFFERED, &err));
    assert_ours(err, RN_E_VALUE);
    assert_code(rn_server_set_deadline(NULL, RN_NOW), RN_E_VALUE);
    assert_code(rn_server_set_timeout(NULL, 1), RN_E_VALUE);
    assert_code(rn_server_set_cancel(NULL, NULL), RN_E_VALUE);
    assert_code(rn_server_port(NULL), RN_E_VALUE);
    assert_code(rn_server_fd(NULL), RN_E_VALUE);
    assert_code(rn_server_close(NULL), RN_E_VALUE);
    assert_string_equal(rn_server_address(NULL), "");
    rn_server_free(NULL);
}

static void
a_closed_server_keeps_its_name_and_no_descriptor(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    int port = rn_server_port(server);
    assert_true(rn_server_fd(server) >= 0);
    assert_code(rn_server_set_timeout(server, -2), RN_E_VALUE);
    assert_code(rn_server_set_deadline(server, -1), RN_E_VALUE);
    assert_code(rn_server_close(server), RN_OK);
    assert_code(rn_server_close(server), RN_OK);
    assert_code(rn_server_fd(server), RN_E_CLOSED);
    assert_int_equal(rn_server_port(server), port);
    assert_string_equal(rn_server_address(server), "127.0.0.1");
    rn_server_free(server);
}

static void
a_line_that_nobody_takes_stays(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_int_equal(write(raw, "one\ntwo\nthree\n", 14), 14);
    assert_line(s, "one");
    assert_code(rn_readln(s, NULL, NULL), RN_E_VALUE);
    assert_line(s, "two");
    rn_free(s);
    close(raw);
}

static void
no_stream_is_value(void **state)
{
    (void)state;
    rn_stats stats;
    assert_code(rn_set_max_line(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_max_all(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_buffer_size(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_newline(NULL, RN_NEWLINE_LF), RN_E_VALUE);
    assert_code(rn_set_name(NULL, "a"), RN_E_VALUE);
    assert_code(rn_set_unlocked(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_liveness(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_nodelay(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_cancel(NULL, NULL), RN_E_VALUE);
    assert_code(rn_set_timeout(NULL, RN_BOTH, 1), RN_E_VALUE);
    assert_code(rn_set_deadline(NULL, RN_BOTH, 1), RN_E_VALUE);
    assert_code(rn_get_stats(NULL, &stats), RN_E_VALUE);
    assert_code(rn_unsent(NULL), RN_E_VALUE);
    assert_code(rn_pending(NULL), RN_E_VALUE);
    assert_code(rn_wants(NULL), RN_E_VALUE);
    assert_code(rn_fd(NULL), RN_E_VALUE);
    assert_int_equal(rn_line_ending(NULL), RN_ENDING_NONE);
    assert_code(rn_writeln(NULL, "a", 1), RN_E_VALUE);
    assert_code(rn_write(NULL, "a", 1), RN_E_VALUE);
    assert_code(rn_readln(NULL, NULL, NULL), RN_E_VALUE);
    rn_lines_free(NULL);
    rn_release(NULL);
    rn_cancel_free(NULL);
    rn_free(NULL);
}

/* A call on a closed stream says CLOSED, and rn_error_of the same. */
#define assert_closed(s, call)                                                 \
    do {                                                                       \
        rn_error of_;                                                          \
        assert_code(rn_set_max_line((s), 0), RN_E_CLOSED);                     \
        assert_code((call), RN_E_CLOSED);                                      \
        assert_code(rn_error_of((s), &of_), RN_E_CLOSED);                      \
        assert_int_equal(of_.code, RN_E_CLOSED);                               \
    } while (0)

static void
settings_of_a_closed_stream_are_closed(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    assert_code(rn_close(s), RN_OK);
    assert_closed(s, rn_set_max_all(s, 1));
    assert_closed(s, rn_set_newline(s, RN_NEWLINE_LF));
    assert_closed(s, rn_set_buffer_size(s, 1));
    assert_closed(s, rn_set_unlocked(s, 1));
    assert_closed(s, rn_set_timeout(s, RN_BOTH, 1));
    assert_closed(s, rn_set_deadline(s, RN_BOTH, 1));
    assert_closed(s, rn_set_cancel(s, NULL));
    assert_code(rn_unsent(s), RN_E_CLOSED);
    assert_code(rn_pending(s), RN_E_CLOSED);
    assert_code(rn_wants(s), RN_E_CLOSED);
    assert_code(rn_fd(s), RN_E_CLOSED);
    rn_free(s);
    free(p);
}

static void
absurd_settings_are_value_and_change_nothing(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    rn_error err;
    assert_code(rn_set_newline(s, RN_NEWLINE_CRLF), RN_OK);
    assert_code(rn_set_newline(s, (rn_newline)-1), RN_E_VALUE);
    assert_code(rn_set_newline(s, (rn_newline)3), RN_E_VALUE);
    assert_code(rn_error_of(s, &err), RN_E_VALUE);
    assert_non_null(strstr(err.message, "newline"));
    assert_code(rn_writeln(s, "a", 1), RN_OK);
    assert_string_equal(p->out, "a\r\n");
    assert_code(rn_set_name(s, NULL), RN_E_VALUE);
    assert_code(rn_set_timeout(s, 0, 1), RN_E_VALUE);
    assert_code(rn_set_timeout(s, 4, 1), RN_E_VALUE);
    assert_code(rn_set_timeout(s, RN_READABLE, -2), RN_E_VALUE);
    assert_code(rn_set_timeout(s, RN_WRITABLE, -2), RN_E_VALUE);
    assert_code(rn_error_of(s, &err), RN_E_VALUE);
    assert_non_null(strstr(err.message, "negative"));
    rn_free(s);
    free(p);
}

static void
formats_that_cannot_be_carried_out_are_value(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    rn_error err;
    static const wchar_t no_such[] = {0x7fffffff, 0};
    assert_code(rn_printf(s, NULL), RN_E_VALUE);
    assert_code(rn_printf(s, "%ls", no_such), RN_E_VALUE);
    assert_code(rn_error_of(s, &err), RN_E_VALUE);
    assert_non_null(strstr(err.message, "format"));
    assert_int_equal(p->writes, 0);
    assert_code(rn_printf(s, "%s", ""), RN_OK);
    assert_int_equal(p->writes, 0);
    rn_free(s);
    free(p);
}

/* As many bytes as there can be are no mistake: there will not be so many. */
static void
the_largest_length_is_none_too_much(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "abcdef");
    p->read_step = 3;
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    char data[10] = "";
    assert_int_equal(rn_read_some(s, data, PTRDIFF_MAX), 3);
    assert_int_equal(rn_read(s, data + 3, PTRDIFF_MAX), 3);
    assert_string_equal(data, "abcdef");
    assert_code(rn_read(s, data, (size_t)PTRDIFF_MAX + 1), RN_E_VALUE);
    assert_code(rn_read_some(s, data, (size_t)PTRDIFF_MAX + 1), RN_E_VALUE);
    rn_free(s);
    free(p);
}

static void
nothing_from_nowhere_is_fine(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "abc");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    const struct iovec pieces[] = {{NULL, 0}, PIECE("a"), {NULL, 0}};
    assert_code(rn_write(s, NULL, 0), RN_OK);
    assert_code(rn_write(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_writeln(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_writev(s, pieces, 3), RN_OK);
    assert_code(rn_writev(s, NULL, 0), RN_OK);
    assert_int_equal(rn_unsent(s), 1);
    assert_code(rn_writeln(s, NULL, 0), RN_OK);
    assert_int_equal(rn_unsent(s), 2);
    assert_int_equal(rn_read(s, NULL, 0), 0);
    assert_int_equal(rn_read_some(s, NULL, 0), 0);
    assert_code(rn_read(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_read_some(s, NULL, 1), RN_E_VALUE);
    assert_read(s, 3, "abc");
    rn_free(s);
    free(p);
}

static void
waiting_for_nothing_is_value(void **state)
{
    (void)state;
    struct script *p = script_new();
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_code(rn_wait_fd(NULL, fds[0], RN_READABLE), RN_E_VALUE);
    free(p);
    close(fds[0]);
    close(fds[1]);
}

/* A maker that succeeds leaves nothing of an error that was there before. */
#define assert_clears(err, call)                                               \
    do {                                                                       \
        memset(&(err), 0xff, sizeof(err));                                     \
        (call);                                                                \
        assert_int_equal((err).code, RN_OK);                                   \
        assert_int_equal((err).attempts, 0);                                   \
        assert_string_equal((err).message, "");                                \
    } while (0)

static void
success_clears_the_error(void **state)
{
    (void)state;
    static const rn_stream_ops none = {0};
    rn_error err;
    rn_server *server = NULL;
    rn_socket *s = NULL;
    rn_socket *a = NULL;
    rn_cancel *token = NULL;
    char text[RN_HOST_SIZE];
    assert_clears(err, server = rn_listen(0, "127.0.0.1", &err));
    int port = rn_server_port(server);
    assert_clears(err, s = rn_connect("127.0.0.1", port, RN_BUFFERED, &err));
    assert_clears(err, a = rn_accept(server, RN_BUFFERED, &err));
    assert_clears(err, rn_error_of(s, &err));
    assert_clears(err, rn_host_by_name("127.0.0.1", text, sizeof text, &err));
    assert_clears(err, rn_host_name(text, sizeof text, &err));
    assert_clears(err, token = rn_cancel_new(&err));
    rn_free(s);
    rn_free(a);
    assert_clears(err, s = rn_stream_new(&none, NULL, RN_BUFFERED, &err));
    rn_free(s);
    assert_clears(err, s = rn_from_fd(0, RN_BUFFERED | RN_KEEP_FD, &err));
    rn_free(s);
    rn_server_free(server);
    rn_cancel_free(token);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_server_is_value),
        cmocka_unit_test(a_closed_server_keeps_its_name_and_no_descriptor),
        cmocka_unit_test(a_line_that_nobody_takes_stays),
        cmocka_unit_test(no_stream_is_value),
        cmocka_unit_test(settings_of_a_closed_stream_are_closed),
        cmocka_unit_test(absurd_settings_are_value_and_change_nothing),
        cmocka_unit_test(formats_that_cannot_be_carried_out_are_value),
        cmocka_unit_test(the_largest_length_is_none_too_much),
        cmocka_unit_test(nothing_from_nowhere_is_fine),
        cmocka_unit_test(waiting_for_nothing_is_value),
        cmocka_unit_test(success_clears_the_error),
    };
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
