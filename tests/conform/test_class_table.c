/* SPDX-License-Identifier: MIT */
/*
 * The class API, row by row, each through its C function. The name of each test
 * is the row.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

struct bench {
    rn_server *server;
    rn_socket *s;    /* Socket("localhost", port) */
    rn_socket *peer; /* what accept returned for it */
};

static int
set_up(void **state)
{
    static struct bench b;
    rn_error err;
    b.server = rn_listen(0, "127.0.0.1", &err);
    b.s =
        rn_connect("localhost", rn_server_port(b.server), RN_UNBUFFERED, &err);
    b.peer = rn_accept(b.server, RN_UNBUFFERED, &err);
    *state = &b;
    return b.s == NULL || b.peer == NULL;
}

static int
tear_down(void **state)
{
    struct bench *b = *state;
    rn_free(b->s);
    rn_free(b->peer);
    rn_server_free(b->server);
    return 0;
}

static void
say(struct bench *b, const char *text)
{
    assert_code(rn_write(b->peer, text, strlen(text)), RN_OK);
}

static void
say_last(struct bench *b, const char *text)
{
    say(b, text);
    assert_code(rn_shutdown_write(b->peer), RN_OK);
}

/* ---- module socket */

static void
socket_by_name_and_by_address(void **state)
{
    struct bench *b = *state;
    rn_error err;
    assert_string_equal(rn_remote_address(b->s), "127.0.0.1");
    rn_socket *s =
        rn_connect("127.0.0.1", rn_server_port(b->server), RN_BUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
}

static void
socket_buffering_defaults_to_unbuffered(void **state)
{
    struct bench *b = *state;
    rn_error err;
    rn_connect_options o = {.host = "localhost",
                            .port = rn_server_port(b->server)};
    rn_socket *s = rn_connect_with(&o, &err);
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_int_equal(rn_unsent(s), 0);
    rn_free(s);
    assert_int_equal(RN_UNBUFFERED, 0);
}

static void
socket_bad_buffering_is_value_error(void **state)
{
    struct bench *b = *state;
    rn_error err;
    assert_null(rn_connect("localhost", rn_server_port(b->server),
                           (rn_buffering)3, &err));
    assert_code(err.code, RN_E_VALUE);
}

static void
socket_is_a_stream_for_reading_and_writing(void **state)
{
    struct bench *b = *state;
    rn_stream *stream = b->s;
    say(b, "in\n");
    assert_code(rn_writeln(stream, "out", 3), RN_OK);
    assert_line(stream, "in");
    assert_line(b->peer, "out");
}

static void
socket_addresses_and_ports(void **state)
{
    struct bench *b = *state;
    assert_string_equal(rn_local_address(b->s), "127.0.0.1");
    assert_string_equal(rn_remote_address(b->s), "127.0.0.1");
    assert_int_equal(rn_remote_port(b->s), rn_server_port(b->server));
    assert_int_equal(rn_local_port(b->s), rn_remote_port(b->peer));
}

static void
get_host_by_name(void **state)
{
    char a[RN_ADDRESS_SIZE];
    (void)state;
    assert_code(rn_host_by_name("localhost", a, sizeof a, NULL), RN_OK);
    assert_string_equal(a, "127.0.0.1");
    assert_code(rn_host_by_name("100.50.200.5", a, sizeof a, NULL), RN_OK);
    assert_string_equal(a, "100.50.200.5");
}

static void
get_host_by_address(void **state)
{
    char name[RN_HOST_SIZE];
    (void)state;
    assert_code(rn_host_by_address("127.0.0.1", name, sizeof name, NULL),
                RN_OK);
    assert_string_equal(name, "localhost");
    assert_code(rn_host_by_address("localhost", name, sizeof name, NULL),
                RN_E_VALUE);
}

static void
get_host_name(void **state)
{
    char name[RN_HOST_SIZE];
    char want[RN_HOST_SIZE];
    (void)state;
    assert_int_equal(gethostname(want, sizeof want), 0);
    assert_code(rn_host_name(name, sizeof name, NULL), RN_OK);
    assert_string_equal(name, want);
}

static void
name_error_is_not_an_io_error(void **state)
{
    char a[RN_ADDRESS_SIZE];
    (void)state;
    assert_code(rn_host_by_name("nowhere.invalid", a, sizeof a, NULL),
                RN_E_NAME);
    assert_int_not_equal(RN_E_NAME, RN_E_IO);
}

/* ---- module serversocket */

static void
server_socket_on_all_interfaces(void **state)
{
    rn_error err;
    (void)state;
    rn_server *server = rn_listen(0, NULL, &err);
    rn_socket *s =
        rn_connect("127.0.0.2", rn_server_port(server), RN_UNBUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
    rn_server_free(server);
}

static void
server_socket_on_one_address(void **state)
{
    rn_error err;
    (void)state;
    rn_server *server = rn_listen(0, "127.0.0.2", &err);
    int port = rn_server_port(server);
    assert_null(rn_connect("127.0.0.1", port, RN_UNBUFFERED, &err));
    rn_socket *s = rn_connect("127.0.0.2", port, RN_UNBUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
    rn_server_free(server);
    assert_null(rn_listen(0, "localhost", &err));
    assert_code(err.code, RN_E_VALUE);
}

static void
server_socket_accept_gives_the_same_class(void **state)
{
    struct bench *b = *state;
    rn_error err;
    rn_socket *c =
        rn_connect("localhost", rn_server_port(b->server), RN_UNBUFFERED, &err);
    rn_socket *a = rn_accept(b->server, RN_BUFFERED, &err);
    assert_int_equal(rn_remote_port(a), rn_local_port(c));
    assert_code(rn_write(a, "held", 4), RN_OK);
    assert_int_equal(rn_unsent(a), 4);
    rn_free(a);
    rn_free(c);
}

static void
server_socket_close(void **state)
{
    struct bench *b = *state;
    rn_error err;
    assert_code(rn_server_close(b->server), RN_OK);
    assert_code(rn_server_close(b->server), RN_OK);
    assert_null(rn_accept(b->server, RN_UNBUFFERED, &err));
    assert_code(err.code, RN_E_CLOSED);
}

/* ---- class Stream */

static void
stream_write_any_number_of_values(void **state)
{
    struct bench *b = *state;
    struct iovec v[3] = {PIECE("a"), PIECE("b"), PIECE("c")};
    assert_code(rn_writev(b->s, v, 3), RN_OK);
    assert_code(rn_write(b->s, "d", 1), RN_OK);
    assert_read(b->peer, 4, "abcd");
}

static void
stream_write_ln_ends_with_lf_or_crlf(void **state)
{
    struct bench *b = *state;
    assert_code(rn_writeln(b->s, "a", 1), RN_OK);
    assert_code(rn_set_newline(b->s, RN_NEWLINE_CRLF), RN_OK);
    assert_code(rn_writeln(b->s, "b", 1), RN_OK);
    assert_read(b->peer, 5, "a\nb\r\n");
}

static void
stream_read_the_rest_then_closes(void **state)
{
    struct bench *b = *state;
    char *all;
    say_last(b, "all\nof it");
    assert_code(rn_read_all(b->s, &all, NULL), RN_OK);
    assert_string_equal(all, "all\nof it");
    rn_release(all);
    assert_code(rn_eof(b->s), RN_E_CLOSED);
}

static void
stream_read_n_bytes(void **state)
{
    struct bench *b = *state;
    say_last(b, "abcde");
    assert_read(b->s, 0, "");
    assert_read(b->s, 3, "abc");
    assert_read(b->s, 3, "de");
    assert_read(b->s, 3, "");
}

static void
stream_read_ln_and_its_end(void **state)
{
    struct bench *b = *state;
    const char *line;
    say_last(b, "a\nb");
    assert_line(b->s, "a");
    assert_line(b->s, "b");
    assert_int_equal(rn_readln(b->s, &line, NULL), 0);
}

static void
stream_read_lines_then_closes(void **state)
{
    struct bench *b = *state;
    rn_lines lines;
    say_last(b, "a\r\nb\rc");
    assert_code(rn_read_lines(b->s, &lines), RN_OK);
    assert_int_equal(lines.count, 3);
    assert_string_equal(lines.line[2].text, "c");
    rn_lines_free(&lines);
    assert_code(rn_eof(b->s), RN_E_CLOSED);
}

static void
stream_eof(void **state)
{
    struct bench *b = *state;
    say_last(b, "x");
    assert_int_equal(rn_eof(b->s), 0);
    assert_read(b->s, 1, "x");
    assert_int_equal(rn_eof(b->s), 1);
}

static void
stream_peek(void **state)
{
    struct bench *b = *state;
    const void *data;
    assert_int_equal(rn_peek(b->s, &data), 0);
    say(b, "x\nyz");
    assert_line(b->s, "x");
    ptrdiff_t n = rn_peek(b->s, &data);
    assert_memory_equal(data, "yz", (size_t)n);
}

static void
stream_flush(void **state)
{
    struct bench *b = *state;
    assert_code(rn_flush(b->s), RN_OK);
}

static void
stream_close_then_every_call_fails(void **state)
{
    struct bench *b = *state;
    assert_code(rn_close(b->s), RN_OK);
    assert_code(rn_close(b->s), RN_OK);
    assert_code(rn_flush(b->s), RN_E_CLOSED);
}

static void
stream_iterates_over_lines(void **state)
{
    struct bench *b = *state;
    const char *line;
    int count = 0;
    say_last(b, "1\n2\n3\n");
    while (rn_readln(b->s, &line, NULL) > 0)
        assert_int_equal(atoi(line), ++count);
    assert_int_equal(count, 3);
}

static void
stream_constants(void **state)
{
    (void)state;
    assert_int_not_equal(RN_BUFFERED, RN_LINE_BUFFERED);
    assert_int_not_equal(RN_LINE_BUFFERED, RN_UNBUFFERED);
}

static ptrdiff_t
give_once(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    const char **text = ctx;
    (void)wait;
    size_t len = strlen(*text);
    if (len > n)
        len = n;
    memcpy(data, *text, len);
    *text += len;
    return (ptrdiff_t)len;
}

static void
stream_can_be_subclassed(void **state)
{
    (void)state;
    static const rn_stream_ops memory = {.read = give_once};
    const char *text = "one\ntwo\n";
    rn_stream *s = rn_stream_new(&memory, &text, RN_BUFFERED, NULL);
    assert_line(s, "one");
    assert_line(s, "two");
    assert_int_equal(rn_eof(s), 1);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

#define ROW(row, f)                                                            \
    {                                                                          \
        row, f, set_up, tear_down, NULL                                        \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ROW("socket: Socket(destination, port)", socket_by_name_and_by_address),
        ROW("socket: Socket(..., buffering) defaults to Unbuffered",
            socket_buffering_defaults_to_unbuffered),
        ROW("socket: Socket(..., bad buffering) is a ValueError",
            socket_bad_buffering_is_value_error),
        ROW("socket: a Socket is a Stream",
            socket_is_a_stream_for_reading_and_writing),
        ROW("socket: localAddress() localPort() remoteAddress() remotePort()",
            socket_addresses_and_ports),
        ROW("socket: GetHostByName(name)", get_host_by_name),
        ROW("socket: GetHostByAddress(address)", get_host_by_address),
        ROW("socket: GetHostName()", get_host_name),
        ROW("socket: NameError", name_error_is_not_an_io_error),
        ROW("serversocket: ServerSocket(port)",
            server_socket_on_all_interfaces),
        ROW("serversocket: ServerSocket(port, address)",
            server_socket_on_one_address),
        ROW("serversocket: accept([buffering])",
            server_socket_accept_gives_the_same_class),
        ROW("serversocket: close()", server_socket_close),
        ROW("io: Stream.write(...)", stream_write_any_number_of_values),
        ROW("io: Stream.writeLn(...)", stream_write_ln_ends_with_lf_or_crlf),
        ROW("io: Stream.read()", stream_read_the_rest_then_closes),
        ROW("io: Stream.read(n)", stream_read_n_bytes),
        ROW("io: Stream.readLn()", stream_read_ln_and_its_end),
        ROW("io: Stream.readLines()", stream_read_lines_then_closes),
        ROW("io: Stream.eof()", stream_eof),
        ROW("io: Stream.peek()", stream_peek),
        ROW("io: Stream.flush()", stream_flush),
        ROW("io: Stream.close()", stream_close_then_every_call_fails),
        ROW("io: Stream.iterator()", stream_iterates_over_lines),
        ROW("io: Buffered, LineBuffered, Unbuffered", stream_constants),
        ROW("io: class Stream can be subclassed", stream_can_be_subclassed),
    };
    return cmocka_run_group_tests_name("class table", tests, NULL, NULL);
}
