/* SPDX-License-Identifier: MIT */
/* A relay between every two kinds of stream: sockets, pipes, files, terminals,
 * and kinds of one's own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/relaying.h"
#include "../support/scripted.h"
#include "../support/terminal.h"

enum {
    MUCH = 300000
};

/* ---- Every kind into every kind */

enum kind {
    TCP,
    TCP_KEPT,
    UNIX,
    PIPE,
    DISK,
    SCRIPT,
    KINDS
};

static const char *const kind_names[] = {"tcp",  "kept tcp", "unix",
                                         "pipe", "file",     "script"};

struct end {
    rn_stream *s;
    int far; /* or -1 */
    int kept;
    struct script *script;
    struct far_end thread;
};

static char pattern[MUCH];

static int
disk_file(int flags)
{
    int fd = open("/tmp", O_TMPFILE | O_CLOEXEC | flags, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void
open_end(struct end *e, enum kind kind, bool from)
{
    int fds[2];
    *e = (struct end){.far = -1, .kept = -1};
    switch (kind) {
    case TCP:
        e->s = socket_to_raw(&e->far, RN_BUFFERED);
        return;
    case TCP_KEPT: {
        int port;
        int listener = raw_listen(&port);
        e->kept = raw_connect(port);
        e->far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        close(listener);
        e->s = rn_from_fd(e->kept, RN_BUFFERED | RN_KEEP_FD, NULL);
        return;
    }
    case UNIX:
        assert_int_equal(
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        e->far = fds[1];
        e->s = rn_from_fd(fds[0], RN_UNBUFFERED, NULL);
        return;
    case PIPE:
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        e->far = fds[from ? 1 : 0];
        e->s = rn_from_fd(fds[from ? 0 : 1], RN_LINE_BUFFERED, NULL);
        return;
    case DISK:
        e->kept = disk_file(from ? O_RDWR : O_RDWR | O_APPEND);
        if (from) {
            assert_int_equal(write(e->kept, pattern, MUCH), MUCH);
            assert_int_equal(lseek(e->kept, 0, SEEK_SET), 0);
        }
        e->s = rn_from_fd(e->kept, RN_BUFFERED | RN_KEEP_FD, NULL);
        return;
    default:
        e->script = script_new();
        script_input(e->script, pattern, MUCH);
        e->script->read_step = 1000;
        e->script->write_step = 3000;
        e->s = script_open(e->script, RN_BUFFERED, 0);
    }
}

static void
check_output(struct end *e, size_t len)
{
    if (e->script != NULL) {
        assert_int_equal(e->script->out_len, len);
        assert_memory_equal(e->script->out, pattern, len);
        return;
    }
    if (e->far >= 0) {
        far_join(&e->thread);
        assert_int_equal(e->thread.same, len);
        return;
    }
    static char data[MUCH + 1];
    assert_int_equal(pread(e->kept, data, sizeof data, 0), len);
    assert_memory_equal(data, pattern, len);
}

static void
close_end(struct end *e)
{
    rn_free(e->s);
    if (e->far >= 0)
        close(e->far);
    if (e->kept >= 0)
        close(e->kept);
    free(e->script);
}

static void
relay_kinds(enum kind from, enum kind to)
{
    struct end a, b;
    size_t len = to == SCRIPT ? SCRIPT_OUT : MUCH;
    open_end(&a, from, true);
    open_end(&b, to, false);
    if (a.script != NULL)
        a.script->input_len = len;
    if (from == DISK)
        assert_int_equal(ftruncate(a.kept, (off_t)len), 0);
    if (a.far >= 0)
        far_feed(&a.thread, a.far, len);
    if (b.far >= 0)
        far_read(&b.thread, b.far);
    struct relaying r = {.count = 1,
                         .route = {{.from = a.s, .to = b.s}},
                         .options = {.timeout = 20000}};
    assert_code(relay_here(&r), RN_OK);
    assert_int_equal(r.route[0].bytes, len);
    assert_code(r.route[0].code, RN_OK);
    assert_null(r.route[0].failed);
    rn_stats stats;
    assert_code(rn_get_stats(a.s, &stats), RN_OK);
    assert_int_equal(stats.bytes_read, len);
    assert_true(stats.first_byte >= 0);
    assert_code(rn_get_stats(b.s, &stats), RN_OK);
    assert_int_equal(stats.bytes_written, len);
    rn_error err;
    assert_code(rn_error_of(a.s, &err), RN_OK);
    assert_code(rn_error_of(b.s, &err), RN_OK);
    assert_int_equal(rn_wants(b.s), 0);
    assert_code(rn_close(b.s), RN_OK);
    if (a.far >= 0)
        far_join(&a.thread);
    check_output(&b, len);
    if (from == PIPE)
        a.far = -1; /* closed by who fed it */
    close_end(&a);
    close_end(&b);
}

static void
every_kind_goes_into_every_kind(void **state)
{
    (void)state;
    int before = open_descriptors();
    for (size_t i = 0; i < MUCH; i++)
        pattern[i] = far_byte(i);
    for (int from = 0; from < KINDS; from++)
        for (int to = 0; to < KINDS; to++) {
            print_message("%s into %s\n", kind_names[from], kind_names[to]);
            relay_kinds((enum kind)from, (enum kind)to);
        }
    assert_int_equal(open_descriptors(), before);
}

/* ---- Other kinds */

static void
a_terminal_is_copied_from_and_to(void **state)
{
    (void)state;
    int master, slave, far;
    char got[16] = "";
    terminal_open(&master, &slave);
    rn_socket *s = socket_to_raw(&far, RN_UNBUFFERED);
    rn_stream *terminal = rn_from_fd(slave, RN_UNBUFFERED, NULL);
    rn_route route[2] = {{.from = terminal, .to = s},
                         {.from = s, .to = terminal, .flags = RN_ROUTE_FINAL}};
    assert_int_equal(write(master, "typed", 5), 5);
    assert_int_equal(write(far, "shown", 5), 5);
    shutdown(far, SHUT_WR);
    assert_code(rn_relay_routes(route, 2, NULL), RN_OK);
    assert_int_equal(read(master, got, sizeof got), 5);
    assert_string_equal(got, "shown");
    assert_int_equal(read(far, got, sizeof got), 5);
    assert_string_equal(got, "typed");
    rn_free(terminal);
    rn_free(s);
    close(master);
    close(far);
}

/* A kind of stream that cannot wait says AGAIN, and nothing is lost. */
static void
one_that_cannot_wait_says_again(void **state)
{
    (void)state;
    struct script *in = script_new();
    struct script *out = script_new();
    script_text(in, "some bytes");
    in->read_step = 4;
    in->again_first = true;
    rn_stream *a = script_open(in, RN_BUFFERED, 0);
    rn_stream *b = script_open(out, RN_BUFFERED, 0);
    rn_route route = {.from = a, .to = b};
    int again = 0;
    int rc;
    while ((rc = rn_relay_routes(&route, 1, NULL)) == RN_E_AGAIN) {
        assert_ptr_equal(route.failed, a);
        assert_code(route.code, RN_E_AGAIN);
        again++;
    }
    assert_code(rc, RN_OK);
    assert_int_equal(again, 4);
    assert_int_equal(out->out_len, 10);
    assert_memory_equal(out->out, "some bytes", 10);
    assert_int_equal(out->shutdowns, 1);
    rn_free(a);
    rn_free(b);
    free(in);
    free(out);
}

/* A stream of the caller's own, whose context only looks like a descriptor's.
 */
struct decoy {
    int fd;
    const char *text;
};

static ptrdiff_t
decoy_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct decoy *d = ctx;
    size_t len = strlen(d->text) < n ? strlen(d->text) : n;
    (void)wait;
    memcpy(data, d->text, len);
    d->text += len;
    return (ptrdiff_t)len;
}

static void
a_context_is_no_descriptor(void **state)
{
    (void)state;
    static const rn_stream_ops ops = {.read = decoy_read};
    int ends[2], far;
    char got[16];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "wrong", 5), 5);
    close(ends[1]);
    struct decoy decoy = {.fd = ends[0], .text = "right"};
    rn_stream *from = rn_stream_new(&ops, &decoy, RN_BUFFERED, NULL);
    rn_socket *to = socket_to_raw(&far, RN_BUFFERED);
    rn_route route = {.from = from, .to = to};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
    assert_int_equal(raw_read_all(far, got, sizeof got), 5);
    assert_string_equal(got, "right");
    rn_free(from);
    rn_free(to);
    close(ends[0]);
    close(far);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_goes_into_every_kind),
        cmocka_unit_test(a_terminal_is_copied_from_and_to),
        cmocka_unit_test(one_that_cannot_wait_says_again),
        cmocka_unit_test(a_context_is_no_descriptor),
    };
    return cmocka_run_group_tests_name("relay_kinds", tests, NULL, NULL);
}
