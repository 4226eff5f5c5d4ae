/* SPDX-License-Identifier: MIT */
/* Several pieces in one write call: how they reach the transport. */
#include <stdio.h>
#include <stdlib.h>

#include "../support/check.h"
#include "../support/scripted.h"

/* 400 bytes, no two tens alike. */
static char long_text[401];

static void
make_long_text(void)
{
    for (int i = 0; i < 40; i++)
        snprintf(long_text + 10 * i, 11, "%09d ", i);
}

static void
many_pieces_are_one_send_too(void **state)
{
    (void)state;
    struct script *p = script_new();
    struct iovec v[200];
    for (int i = 0; i < 200; i++)
        v[i] = (struct iovec)PIECE("ab");
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_writev(s, v, 200), RN_OK);
    assert_int_equal(p->writes, 1);
    assert_int_equal(p->out_len, 400);
    assert_int_equal(rn_unsent(s), 0);
    rn_free(s);
    /* A kind of stream that takes one piece at a time gets them gathered. */
    s = script_open_simple(p, RN_UNBUFFERED, 0);
    assert_code(rn_writev(s, v, 3), RN_OK);
    assert_code(rn_writev(s, v, 200), RN_OK);
    assert_code(rn_writeln(s, "line", 4), RN_OK);
    assert_int_equal(p->writes, 4);
    assert_int_equal(p->out_len, 400 + 6 + 400 + 5);
    rn_free(s);
    free(p);
}

/* Where a transport takes less than all of a few bytes, the rest follows. */
static void
a_few_bytes_are_sent_as_one_piece(void **state)
{
    (void)state;
    for (size_t len = 255; len <= 257; len++) {
        for (size_t step = 1; step <= 300; step += 299) {
            struct script *p = script_new();
            rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
            const struct iovec v[] = {
                {long_text, 1}, {NULL, 0}, {long_text + 1, len - 1}};
            p->write_step = step;
            assert_code(rn_writev(s, v, 3), RN_OK);
            assert_int_equal(p->out_len, len);
            assert_memory_equal(p->out, long_text, len);
            assert_int_equal(p->writevs > 0, len > 256);
            rn_free(s);
            free(p);
        }
    }
}

static void
the_rest_of_a_few_bytes_is_kept(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    const struct iovec v[] = {{long_text, 100}, {long_text + 100, 100}};
    p->write_end = RN_E_AGAIN;
    p->write_room = 0;
    assert_code(rn_writev(s, v, 2), RN_E_AGAIN);
    assert_int_equal(rn_unsent(s), 0);
    p->write_room = 130;
    assert_code(rn_writev(s, v, 2), RN_OK);
    assert_int_equal(rn_unsent(s), 70);
    p->write_room = SIZE_MAX;
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(p->out_len, 200);
    assert_memory_equal(p->out, long_text, 200);
    rn_free(s);
    free(p);
}

/* As many as fit into one call, and one more; and what is through is not given
 * to the transport again, however short its writes are. */
static void
pieces_go_out_once_whatever_their_number(void **state)
{
    (void)state;
    for (int count = 63; count <= 66; count++) {
        struct iovec v[66];
        for (int i = 0; i < count; i++)
            v[i] = (struct iovec)PIECE("abcdefgh");
        struct script *p = script_new();
        rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
        assert_code(rn_writev(s, v, count), RN_OK);
        assert_int_equal(p->writes, 1);
        assert_int_equal(p->writevs, count <= 64);
        assert_int_equal(p->out_len, 8 * count);
        rn_free(s);
        free(p);
    }
    struct script *p = script_new();
    const struct iovec two[] = {{long_text, 150}, {long_text + 150, 250}};
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    p->write_step = 150; /* the first piece and no more */
    assert_code(rn_writev(s, two, 2), RN_OK);
    assert_out(p, long_text);
    assert_int_equal(p->writes, 3);
    assert_int_equal(p->writevs, 1);
    rn_free(s);
    free(p);
}

static void
gathered_pieces_are_refused_whole_too(void **state)
{
    (void)state;
    for (size_t room = 0; room < 8; room++) {
        struct script *p = script_new();
        p->write_room = room;
        p->write_end = RN_E_AGAIN;
        rn_stream *s = script_open_simple(p, RN_UNBUFFERED, 0);
        struct iovec v[2] = {PIECE("abc"), PIECE("def")};
        int rc = rn_writev(s, v, 2);
        p->write_room = SIZE_MAX;
        if (room == 0) {
            assert_code(rc, RN_E_AGAIN);
            assert_int_equal(rn_unsent(s), 0);
            rc = rn_writev(s, v, 2);
        }
        assert_code(rc, RN_OK);
        assert_code(rn_flush(s), RN_OK);
        assert_out(p, "abcdef");
        rn_free(s);
        free(p);
    }
}

/* What is held and one large piece are two sends then, in their order. */
static void
a_kind_that_takes_one_piece_gets_them_one_by_one(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open_simple(p, RN_BUFFERED, 4);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_int_equal(p->writes, 0);
    assert_code(rn_write(s, "0123456789", 10), RN_OK);
    assert_out(p, "abc0123456789");
    assert_int_equal(p->writes, 2);
    assert_int_equal(p->write_sizes[0], 3);
    assert_int_equal(p->write_sizes[1], 10);
    rn_free(s);
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_pieces_are_one_send_too),
        cmocka_unit_test(a_few_bytes_are_sent_as_one_piece),
        cmocka_unit_test(the_rest_of_a_few_bytes_is_kept),
        cmocka_unit_test(pieces_go_out_once_whatever_their_number),
        cmocka_unit_test(gathered_pieces_are_refused_whole_too),
        cmocka_unit_test(a_kind_that_takes_one_piece_gets_them_one_by_one),
    };
    make_long_text();
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
