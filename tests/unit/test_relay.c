/* SPDX-License-Identifier: MIT */
/* rn_relay and rn_relay_routes: what is moved, between which streams, and in
 * which order. How a relay ends is in test_relay_ends.c. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/relaying.h"
#include "../support/scripted.h"

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

/* ---- Other kinds */

static void
a_terminal_is_copied_from_and_to(void **state)
{
    (void)state;
    struct termios t;
    int far;
    char got[16] = "";
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
        print_message("SKIPPED: no terminal can be had here (is /dev/pts "
                      "mounted?)\n");
        if (master >= 0)
            close(master);
        skip();
    }
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(slave >= 0 && tcgetattr(slave, &t) == 0);
    cfmakeraw(&t);
    assert_int_equal(tcsetattr(slave, TCSANOW, &t), 0);
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
        cmocka_unit_test(what_is_buffered_goes_first),
        cmocka_unit_test(a_line_feed_that_is_owed_is_not_relayed),
        cmocka_unit_test(the_question_is_sent_before_the_answer_is_waited_for),
        cmocka_unit_test(a_relay_that_is_stopped_loses_nothing),
        cmocka_unit_test(a_relay_goes_on_after_one_direction_has_ended),
        cmocka_unit_test(urgent_data_stops_nobody),
        cmocka_unit_test(both_ways_and_an_echo),
        cmocka_unit_test(a_final_route_ends_the_others),
        cmocka_unit_test(sixty_four_routes),
        cmocka_unit_test(a_terminal_is_copied_from_and_to),
        cmocka_unit_test(one_that_cannot_wait_says_again),
        cmocka_unit_test(a_context_is_no_descriptor),
    };
    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
