/* SPDX-License-Identifier: MIT */
/* No memory at a chosen moment: this program's malloc and its kin take the
 * library's calls (see the build file). The sweep fails them all in turn; here
 * are the moments that need a certain state of the stream. */
#include <stdlib.h>

#include "../../src/stream/stream.h"
#include "../support/check.h"
#include "../support/scripted.h"

static int left = -1; /* so many allocations go well, then none; -1: all */

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

static bool
fails(void)
{
    if (left < 0)
        return false;
    return left == 0 || left-- == 0;
}

void *
__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t count, size_t n)
{
    return fails() ? NULL : __real_calloc(count, n);
}

void *
__wrap_realloc(void *old, size_t n)
{
    return fails() ? NULL : __real_realloc(old, n);
}

char *
__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* One call with no memory after `n` allocations. */
#define WITH_MEMORY(n, call)                                                   \
    do {                                                                       \
        left = (n);                                                            \
        call;                                                                  \
        left = -1;                                                             \
    } while (0)

static void
a_stream_is_not_made(void **state)
{
    (void)state;
    static const rn_stream_ops none = {0};
    rn_error err;
    rn_stream *s;
    rn_cancel *token;
    rn_server *server;
    WITH_MEMORY(0, s = rn_stream_new(&none, NULL, RN_BUFFERED, &err));
    assert_null(s);
    assert_code(err.code, RN_E_MEMORY);
    WITH_MEMORY(0, s = rn_from_fd(0, RN_BUFFERED | RN_KEEP_FD, &err));
    assert_null(s);
    assert_code(err.code, RN_E_MEMORY);
    WITH_MEMORY(0, token = rn_cancel_new(&err));
    assert_null(token);
    assert_code(err.code, RN_E_MEMORY);
    WITH_MEMORY(0, server = rn_listen(0, "127.0.0.1", &err));
    assert_null(server);
    assert_code(err.code, RN_E_MEMORY);
}

/* Larger than what a stream holds in itself. */
enum {
    MUCH = 1000
};

static char much[MUCH + 1];

static int
make_much(void **state)
{
    (void)state;
    for (int i = 0; i < MUCH; i++)
        much[i] = "abcdefghi\n"[i % 10];
    return 0;
}

static void
what_was_half_read_is_given(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, much);
    p->read_end = RN_E_AGAIN;
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    char data[MUCH + 10];
    ptrdiff_t r;
    /* Then AGAIN, and no memory to keep what had come. */
    WITH_MEMORY(0, r = rn_read(s, data, sizeof data));
    assert_int_equal(r, MUCH);
    assert_memory_equal(data, much, MUCH);
    WITH_MEMORY(0, r = rn_read(s, data, sizeof data));
    assert_int_equal(r, RN_E_AGAIN);
    p->read_end = 0;
    assert_int_equal(rn_read(s, data, sizeof data), 0);
    rn_free(s);
    free(p);
}

static void
a_name_that_cannot_be_kept_changes_nothing(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    rn_error err;
    int rc;
    assert_code(rn_set_name(s, "first"), RN_OK);
    WITH_MEMORY(0, rc = rn_set_name(s, "second"));
    assert_code(rc, RN_E_MEMORY);
    assert_code(rn_error_of(s, &err), RN_E_MEMORY);
    assert_string_equal(err.host, "first");
    rn_free(s);
    free(p);
}

/* A buffer makes it faster, and is no condition. */
static void
short_lines_need_no_buffer(void **state)
{
    (void)state;
    struct script *p = script_new();
    char text[MUCH - MUCH % 3];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "ab\n"[i % 3];
    script_input(p, text, sizeof text);
    rn_stream *s = script_open(p, RN_BUFFERED, 4096);
    const char *line;
    for (int i = 0; i < MUCH / 3; i++) {
        int rc;
        WITH_MEMORY(0, rc = rn_readln(s, &line, NULL));
        assert_int_equal(rc, 1);
        assert_string_equal(line, "ab");
    }
    assert_int_equal(rn_readln(s, &line, NULL), 0);
    rn_free(s);
    free(p);
}

/* However far the memory goes: all of the rest, or nothing is taken. */
static void
the_rest_stays_without_memory(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        struct script *p = script_new();
        script_text(p, much);
        rn_stream *s = script_open(p, RN_BUFFERED, 16);
        char *data = NULL;
        size_t len = 0;
        rn_lines lines;
        int rc = RN_E_MEMORY;
        for (int n = 0; rc != RN_OK; n++) {
            WITH_MEMORY(n,
                        rc = all ? rn_read_all(s, &data, &len)
                                 : rn_read_lines(s, &lines));
            if (rc == RN_OK)
                break;
            assert_code(rc, RN_E_MEMORY);
            assert_true(all ? data == NULL : lines.line == NULL);
            assert_int_equal(p->closes, 0);
        }
        assert_int_equal(p->closes, 1);
        if (all) {
            assert_int_equal(len, MUCH);
            assert_memory_equal(data, much, MUCH + 1);
            rn_release(data);
        } else {
            assert_int_equal(lines.count, MUCH / 10);
            assert_string_equal(lines.line[99].text, "abcdefghi");
            rn_lines_free(&lines);
        }
        rn_free(s);
        free(p);
    }
}

/* Even nothing at all is given in memory. */
static void
an_empty_rest_needs_memory_too(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    char *data;
    int rc;
    WITH_MEMORY(0, rc = rn_read_all(s, &data, NULL));
    assert_code(rc, RN_E_MEMORY);
    assert_null(data);
    assert_int_equal(p->closes, 0);
    assert_code(rn_read_all(s, &data, NULL), RN_OK);
    assert_string_equal(data, "");
    rn_release(data);
    rn_free(s);
    free(p);
}

static void
output_that_cannot_be_kept_is_refused_or_broken(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 4096);
    rn_error err;
    int rc;
    WITH_MEMORY(0, rc = rn_write(s, much, MUCH));
    assert_code(rc, RN_E_MEMORY);
    assert_int_equal(rn_unsent(s), 0);
    WITH_MEMORY(0, rc = rn_printf(s, "%1000d", 1));
    assert_code(rc, RN_E_MEMORY);
    assert_code(rn_error_of(s, &err), RN_E_MEMORY);
    assert_code(rn_write(s, much, MUCH), RN_OK);
    assert_int_equal(rn_unsent(s), MUCH);
    rn_free(s);

    s = script_open_simple(p, RN_UNBUFFERED, 0);
    const struct iovec two[] = {{much, MUCH}, {much, MUCH}};
    WITH_MEMORY(0, rc = rn_writev(s, two, 2));
    assert_code(rc, RN_E_MEMORY);
    assert_int_equal(rn_unsent(s), 0);
    rn_free(s);

    /* A part went out, and there is no memory for the rest: the peer has half
     * of it, so writing is over. */
    s = script_open_simple(p, RN_UNBUFFERED, 0);
    p->write_room = 2;
    p->write_end = RN_E_AGAIN;
    WITH_MEMORY(0, rc = rn_write(s, much, MUCH));
    assert_code(rc, RN_E_IO);
    assert_code(rn_error_of(s, &err), RN_E_IO);
    assert_non_null(strstr(err.message, "a part was sent"));
    assert_code(rn_write(s, "abc", 3), RN_E_IO);
    assert_int_equal(rn_unsent(s), 0);
    rn_free(s);
    free(p);
}

/* What a kind over this one says is to be sent is kept, or is lost for good. */
static void
what_a_kind_above_said_is_kept_or_broken(void **state)
{
    (void)state;
    struct script *p = script_new();
    p->write_room = 0;
    p->write_end = RN_E_AGAIN;
    for (int memory = 0; memory < 2; memory++) {
        rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
        int rc;
        WITH_MEMORY(memory, rc = rn_below_write(s, much, MUCH, NULL));
        assert_code(rc, memory > 0 ? RN_OK : RN_E_IO);
        assert_int_equal(rn_unsent(s), memory > 0 ? MUCH : 0);
        assert_code(rn_below_flush(s, NULL), memory > 0 ? RN_E_AGAIN : RN_E_IO);
        rn_free(s);
    }
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    int rc;
    WITH_MEMORY(0, rc = rn_explain(s, RN_BOTH, 0, RN_E_IO, "a reason"));
    assert_code(rc, RN_E_MEMORY);
    rn_free(s);
    free(p);
}

/* After all that came was taken, a read that finds nothing, or the end, leaves
 * no buffer. */
static void
who_waits_holds_no_buffer(void **state)
{
    (void)state;
    static char data[5000];
    for (int ends = 0; ends < 2; ends++) {
        struct script *p = script_new();
        script_text(p, much);
        p->read_end = ends ? 0 : RN_E_AGAIN;
        rn_stream *s = script_open(p, RN_BUFFERED, 4096);
        assert_int_equal(rn_read(s, data, MUCH), MUCH);
        assert_ptr_not_equal(s->in.win.base, s->in.own);
        assert_code(rn_eof(s), ends ? 1 : RN_E_AGAIN);
        assert_ptr_equal(s->in.win.base, s->in.own);
        rn_free(s);
        free(p);
    }
}

/* A relay asks for two pieces of memory for itself. */
static void
a_relay_is_not_begun(void **state)
{
    (void)state;
    struct script *from = script_new();
    struct script *to = script_new();
    int rc;
    script_text(from, "all of it");
    rn_route route = {.from = script_open(from, RN_BUFFERED, 0),
                      .to = script_open(to, RN_BUFFERED, 0)};
    for (int i = 0; i < 2; i++) {
        WITH_MEMORY(i, rc = rn_relay_routes(&route, 1, NULL));
        assert_code(rc, RN_E_MEMORY);
    }
    assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
    assert_out(to, "all of it");
    rn_free(route.from);
    rn_free(route.to);
    free(from);
    free(to);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_not_made),
        cmocka_unit_test(what_was_half_read_is_given),
        cmocka_unit_test(a_name_that_cannot_be_kept_changes_nothing),
        cmocka_unit_test(short_lines_need_no_buffer),
        cmocka_unit_test(the_rest_stays_without_memory),
        cmocka_unit_test(an_empty_rest_needs_memory_too),
        cmocka_unit_test(output_that_cannot_be_kept_is_refused_or_broken),
        cmocka_unit_test(what_a_kind_above_said_is_kept_or_broken),
        cmocka_unit_test(who_waits_holds_no_buffer),
        cmocka_unit_test(a_relay_is_not_begun),
    };
    return cmocka_run_group_tests_name("memory", tests, make_much, NULL);
}
