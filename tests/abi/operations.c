/* SPDX-License-Identifier: MIT */
/* Every call of the library, in such a way that it makes each of its system
 * calls: what else is called here (threads apart) makes none. */
#include "operations.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "runnel.h"

static struct iovec
piece_of(const char *text, size_t len)
{
    return (struct iovec){(void *)(uintptr_t)text, len};
}

static struct iovec
piece(const char *text)
{
    return piece_of(text, strlen(text));
}

static int
writing(rn_stream *s)
{
    const struct iovec pieces[] = {piece("one "), piece("line\n")};
    MUST(rn_write(s, "bytes\n", 6) == RN_OK);
    MUST(rn_writev(s, pieces, 2) == RN_OK);
    MUST(rn_writeln(s, "a line", 6) == RN_OK);
    MUST(rn_printf(s, "line %d\n", 4) == RN_OK);
    MUST(rn_printf(s, "some\nlast\n") == RN_OK);
    MUST(rn_unsent(s) >= 0);
    MUST(rn_flush(s) == RN_OK);
    return 0;
}

static int
reading(rn_stream *s)
{
    char data[8];
    const char *line;
    const void *ahead;
    MUST(rn_eof(s) == 0);
    MUST(rn_read(s, data, 6) == 6);
    MUST(rn_readln(s, &line, NULL) == 1);
    MUST(rn_line_ending(s) == RN_ENDING_LF);
    MUST(rn_skip_line(s) == 1);
    MUST(rn_readln(s, &line, NULL) == 1);
    MUST(rn_read_some(s, data, 1) == 1);
    MUST(rn_peek(s, &ahead) >= 0);
    MUST(rn_pending(s) >= 0);
    return 0;
}

static int
settings(rn_socket *s, rn_cancel *token)
{
    rn_stats stats;
    rn_error err;
    MUST(rn_set_nodelay(s, 1) == RN_OK);
    MUST(rn_set_liveness(s, 60) == RN_OK);
    MUST(rn_set_max_line(s, 100) == RN_OK);
    MUST(rn_set_max_all(s, 100000) == RN_OK);
    MUST(rn_set_newline(s, RN_NEWLINE_LF) == RN_OK);
    MUST(rn_set_buffer_size(s, 4096) == RN_OK);
    MUST(rn_set_name(s, "peer") == RN_OK);
    MUST(strcmp(rn_name(s), "peer") == 0);
    MUST(rn_set_unlocked(s, 0) == RN_OK);
    MUST(rn_get_stats(s, &stats) == RN_OK);
    MUST(rn_wants(s) >= 0 && rn_fd(s) >= 0);
    MUST(rn_local_port(s) > 0 && rn_remote_port(s) > 0);
    MUST(rn_local_address(s)[0] != '\0' && rn_remote_address(s)[0] != '\0');
    MUST(rn_error_of(s, &err) == RN_OK);
    MUST(rn_set_deadline(s, RN_BOTH, rn_in(60000)) == RN_OK);
    MUST(rn_until(s, RN_READABLE) > rn_now());
    MUST(rn_set_deadline(s, RN_BOTH, RN_FOREVER) == RN_OK);
    MUST(rn_set_cancel(s, token) == RN_OK);
    MUST(rn_set_cancel(s, NULL) == RN_OK);
    return 0;
}

/* Both ends of a connection, used and ended in each way. */
static int
conversation(rn_socket *c, rn_socket *a)
{
    char data[8];
    char *all;
    rn_lines lines;
    MUST(writing(c) == 0);
    MUST(reading(a) == 0);
    MUST(rn_shutdown_write(c) == RN_OK);
    MUST(rn_read_lines(a, &lines) == RN_OK);
    MUST(lines.count == 2);
    rn_lines_free(&lines);
    MUST(rn_read_all(c, &all, NULL) == RN_OK);
    rn_release(all);
    MUST(rn_read(c, data, 1) == RN_E_CLOSED);
    rn_free(c);
    rn_free(a);
    return 0;
}

/* Waiting that ends by the clock and by a token, and rude endings. */
static int
waiting(rn_socket *c, rn_socket *a, rn_cancel *token)
{
    char data[8];
    MUST(rn_set_timeout(a, RN_READABLE, 1) == RN_OK);
    MUST(rn_read_some(a, data, 1) == RN_E_TIMEOUT);
    MUST(rn_set_timeout(a, RN_BOTH, RN_NO_TIMEOUT) == RN_OK);
    rn_cancel_set(token);
    MUST(rn_cancel_is_set(token));
    MUST(rn_set_cancel(a, token) == RN_OK);
    MUST(rn_read_some(a, data, 1) == RN_E_CANCELED);
    rn_cancel_reset(token);
    MUST(rn_set_cancel(a, NULL) == RN_OK);
    MUST(rn_write(c, "unread", 6) == RN_OK);
    MUST(rn_flush(c) == RN_OK);
    MUST(rn_eof(a) == 0);
    MUST(rn_abort(a) == RN_OK);
    MUST(rn_close(c) <= RN_OK);
    rn_free(a);
    rn_free(c);
    return 0;
}

/* c - a = b - d: what c writes is read from d, and the other way round. */
static int
relaying(rn_server *server, int port)
{
    static const char text[300] = "there"; /* few bytes would be sent as one */
    const struct iovec halves[] = {piece_of(text, 150),
                                   piece_of(text + 150, 150)};
    char *all;
    rn_socket *c = rn_connect("127.0.0.1", port, RN_UNBUFFERED, NULL);
    rn_socket *a = rn_accept(server, RN_BUFFERED, NULL);
    rn_socket *d = rn_connect("127.0.0.1", port, RN_UNBUFFERED, NULL);
    rn_socket *b = rn_accept(server, RN_BUFFERED, NULL);
    MUST(c != NULL && a != NULL && d != NULL && b != NULL);
    MUST(rn_writev(c, halves, 2) == RN_OK && rn_shutdown_write(c) == RN_OK);
    MUST(rn_shutdown_write(d) == RN_OK);
    rn_route there = {.from = a, .to = b, .flags = RN_ROUTE_KEEP_OPEN};
    MUST(rn_relay_routes(&there, 1, NULL) == RN_OK);
    MUST(rn_relay(a, b, NULL) == RN_OK);
    MUST(rn_read_all(d, &all, NULL) == RN_OK);
    MUST(strcmp(all, "there") == 0);
    rn_release(all);
    rn_free(a);
    rn_free(b);
    rn_free(c);
    rn_free(d);
    return 0;
}

/* A stream over another one that changes nothing. */
static ptrdiff_t
plain_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    return rn_wait_is_over(wait) ? RN_E_TIMEOUT
                                 : rn_below_read(ctx, data, n, wait);
}

static ptrdiff_t
plain_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    int rc = rn_below_write(ctx, data, n, wait);
    return rc < 0 ? rc : (ptrdiff_t)n;
}

static int
plain_flush(void *ctx, const rn_wait *wait)
{
    return rn_below_flush(ctx, wait);
}

static int
plain_close(void *ctx, const rn_wait *wait)
{
    return rn_below_farewell(ctx, "bye\n", 4, wait);
}

static int
over_another(rn_socket *c, rn_socket *a)
{
    static const rn_stream_ops ops = {.read = plain_read,
                                      .write = plain_write,
                                      .flush = plain_flush,
                                      .close = plain_close};
    char *all;
    rn_stream *s = rn_stream_over(&ops, c, c, NULL);
    MUST(s != NULL && rn_stream_ctx(s, &ops) == c);
    MUST(rn_stream_undo(s) == c);
    s = rn_stream_over(&ops, c, c, NULL);
    MUST(s != NULL);
    MUST(rn_explain(s, RN_BOTH, 0, RN_E_TLS, "none") == RN_OK);
    MUST(writing(s) == 0 && reading(a) == 0);
    MUST(rn_close(s) == RN_OK);
    MUST(rn_read_all(a, &all, NULL) == RN_OK);
    rn_release(all);
    rn_free(s);
    rn_free(a);
    return 0;
}

static int
tcp(rn_buffering mode, rn_cancel *token)
{
    rn_server *server = rn_listen(0, "127.0.0.1", NULL);
    int port = rn_server_port(server);
    MUST(port > 0 && rn_server_fd(server) >= 0);
    MUST(strcmp(rn_server_address(server), "127.0.0.1") == 0);
    rn_socket *c = rn_connect("127.0.0.1", port, mode, NULL);
    rn_socket *a = rn_accept(server, mode, NULL);
    MUST(c != NULL && a != NULL);
    MUST(settings(c, token) == 0);
    MUST(rn_set_timeout(a, RN_READABLE, 60000) == RN_OK);
    MUST(conversation(c, a) == 0);
    const rn_connect_options o = {.host = "127.0.0.1",
                                  .port = port,
                                  .buffering = mode,
                                  .timeout = 60000,
                                  .cancel = token,
                                  .source = "127.0.0.1",
                                  .liveness = 60};
    c = rn_connect_with(&o, NULL);
    a = rn_accept(server, mode, NULL);
    MUST(c != NULL && a != NULL);
    MUST(waiting(c, a, token) == 0);
    MUST(relaying(server, port) == 0);
    c = rn_connect("127.0.0.1", port, mode, NULL);
    a = rn_accept(server, mode, NULL);
    MUST(c != NULL && a != NULL);
    MUST(over_another(c, a) == 0);
    MUST(rn_server_set_timeout(server, 1) == RN_OK);
    MUST(rn_server_set_deadline(server, rn_now() + 1) == RN_OK);
    MUST(rn_server_set_cancel(server, token) == RN_OK);
    MUST(rn_accept(server, mode, NULL) == NULL);
    MUST(rn_server_close(server) == RN_OK);
    rn_server_free(server);
    MUST(rn_connect("127.0.0.1", port, mode, NULL) == NULL);
    return 0;
}

/* A path that a dead server left behind is taken over, and removed. */
static int
local(const char *path)
{
    const rn_listen_options l = {.address = path};
    const rn_connect_options o = {.host = path};
    rn_server *server = rn_listen_with(&l, NULL);
    rn_socket *c = rn_connect_with(&o, NULL);
    rn_socket *a = rn_accept(server, RN_BUFFERED, NULL);
    MUST(server != NULL && c != NULL && a != NULL);
    MUST(conversation(c, a) == 0);
    rn_server_free(server);
    return 0;
}

/* A stream of the user's own that is in a call until it is called back. */
static atomic_bool inside;
static atomic_bool woken;

static ptrdiff_t
slow_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    (void)data, (void)n;
    atomic_store(&inside, true);
    while (!atomic_load(&woken))
        continue;
    return rn_wait_fd(wait, *(const int *)ctx, RN_WRITABLE);
}

static void
slow_wake(void *ctx, int direction)
{
    (void)ctx, (void)direction;
    atomic_store(&woken, true);
}

static void *
reader(void *stream)
{
    char data[1];
    rn_read(stream, data, 1);
    return NULL;
}

static int
closing_under_a_reader(int fd)
{
    static const rn_stream_ops ops = {.read = slow_read, .wake = slow_wake};
    pthread_t thread;
    rn_stream *s = rn_stream_new(&ops, &fd, RN_BUFFERED, NULL);
    MUST(s != NULL);
    MUST(pthread_create(&thread, NULL, reader, s) == 0);
    while (!atomic_load(&inside))
        continue;
    MUST(rn_close(s) == RN_OK);
    MUST(pthread_join(thread, NULL) == 0);
    rn_free(s);
    return 0;
}

static int
files(const struct surroundings *around)
{
    char data[16];
    rn_stream *in = rn_from_fd(around->pipe[0], RN_UNBUFFERED, NULL);
    rn_stream *out = rn_from_fd(around->pipe[1], RN_UNBUFFERED, NULL);
    rn_stream *file = rn_from_fd(around->file, RN_BUFFERED, NULL);
    rn_stream *broken = rn_from_fd(around->broken_pipe, RN_UNBUFFERED, NULL);
    MUST(in != NULL && out != NULL && file != NULL && broken != NULL);
    MUST(writing(out) == 0);
    MUST(rn_set_timeout(in, RN_READABLE, 60000) == RN_OK);
    MUST(reading(in) == 0);
    MUST(writing(file) == 0);
    MUST(rn_write(broken, "x", 1) == RN_E_RESET);
    MUST(rn_close(out) == RN_OK && rn_close(file) == RN_OK);
    MUST(rn_read(in, data, sizeof data) > 0);
    rn_free(in);
    rn_free(out);
    rn_free(file);
    rn_free(broken);
    rn_socket *a = rn_from_fd(around->pair[0], RN_BUFFERED | RN_KEEP_FD, NULL);
    rn_socket *c = rn_from_fd(around->pair[1], RN_BUFFERED, NULL);
    MUST(a != NULL && c != NULL);
    return conversation(a, c);
}

static int
numbers_and_names(void)
{
    char text[RN_HOST_SIZE];
    MUST(rn_host_name(text, sizeof text, NULL) == RN_OK);
    MUST(rn_host_by_name("127.0.0.1", text, sizeof text, NULL) == RN_OK);
    const rn_lookup_options any = {.family = RN_ANY, .timeout = 60000};
    MUST(rn_host_by_name_with("fe80::1%lo", &any, text, sizeof text, NULL) ==
         RN_OK);
    MUST(rn_code_name(RN_E_EOF)[0] == 'R' && rn_phase_name(RN_PHASE_READ));
    MUST(rn_errno_name(1)[0] == 'E' && rn_version()[0] != '\0');
    return 0;
}

static int
operations(const struct surroundings *around)
{
    rn_cancel *token = rn_cancel_new(NULL);
    MUST(token != NULL);
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++)
        MUST(tcp((rn_buffering)mode, token) == 0);
    rn_cancel_free(token);
    MUST(numbers_and_names() == 0);
    MUST(local(around->dead) == 0);
    MUST(local(around->abstract) == 0);
    MUST(closing_under_a_reader(around->pipe[1]) == 0);
    MUST(files(around) == 0);
    return 0;
}

static int
lookups(const struct surroundings *around)
{
    (void)around;
    char text[RN_HOST_SIZE];
    const rn_lookup_options o = {.family = RN_ANY, .timeout = 60000};
    MUST(rn_host_by_name("localhost", text, sizeof text, NULL) == RN_OK);
    MUST(rn_host_by_name_with("localhost", &o, text, sizeof text, NULL) ==
         RN_OK);
    MUST(rn_host_by_address("127.0.0.1", text, sizeof text, NULL) == RN_OK);
    MUST(rn_host_by_address_with("127.0.0.1", &o, text, sizeof text, NULL) ==
         RN_OK);
    return 0;
}

static const struct set all[] = {
    {"every call", PROCESS, operations},
    {"host names", LOOKUP, lookups},
};
const struct set *const sets = all;
const int set_count = sizeof all / sizeof *all;

bool
sets_begin(void)
{
    return true;
}

void
sets_end(void)
{
}
