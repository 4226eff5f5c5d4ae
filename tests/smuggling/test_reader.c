/* SPDX-License-Identifier: MIT */
/*
 * A reader of SMTP's DATA takes no smuggled end for the end: by the strict
 * rule, and by the lenient one with a look at each ending. Every sequence of
 * the corpus and every text of CR, LF and dot up to six bytes, cut in two at
 * each place, byte by byte, and ending at each place. usage: test_reader
 * sequences.list
 */
#include <stdlib.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/scripted.h"
#include "mail.h"
#include "sequences.h"

/* Of the texts of CR, LF and dot. */
static size_t longest;

/* What mail_read must make of a text. */
struct expected {
    int code;
    size_t lines_end; /* of the lines before the one that decided */
    size_t end;       /* of that one, where it is the end of the message */
    struct text text;
};

/* The endings by the plainest code. */
static rn_ending
ending_at(const struct text *t, size_t at)
{
    if (at >= t->len)
        return RN_ENDING_NONE;
    if (t->data[at] == '\n')
        return RN_ENDING_LF;
    return at + 1 < t->len && t->data[at + 1] == '\n' ? RN_ENDING_CRLF
                                                      : RN_ENDING_CR;
}

static size_t
line_end(const struct text *t, size_t at)
{
    while (at < t->len && t->data[at] != '\r' && t->data[at] != '\n')
        at++;
    return at;
}

static int
code_of(rn_ending ending, bool strict, bool last)
{
    switch (ending) {
    case RN_ENDING_CRLF:
        return RN_OK;
    case RN_ENDING_NONE:
        return RN_E_EOF;
    case RN_ENDING_CR: /* strictly, an LF was still to come */
        return strict && last ? RN_E_EOF : RN_E_NEWLINE;
    default:
        return RN_E_NEWLINE;
    }
}

static void
expect(const struct text *t, bool strict, struct expected *e)
{
    memset(e, 0, sizeof *e);
    for (;;) {
        size_t at = e->lines_end;
        size_t end = line_end(t, at);
        e->code = code_of(ending_at(t, end), strict, end + 1 >= t->len);
        e->end = end + 2;
        if (e->code != RN_OK || (end == at + 1 && t->data[at] == '.'))
            return;
        size_t dot = end > at && t->data[at] == '.';
        text_add(&e->text, t->data + at + dot, end - at - dot);
        text_add(&e->text, "\n", 1);
        e->lines_end = e->end;
    }
}

/* What is left in s is the text from `at` on. */
static void
assert_rest(rn_stream *s, const struct text *t, size_t at)
{
    char *rest;
    size_t len;
    int rc;
    do
        rc = rn_read_all(s, &rest, &len);
    while (rc == RN_E_AGAIN);
    assert_int_equal(rc, RN_OK);
    assert_int_equal(len, t->len - at);
    assert_memory_equal(rest, t->data + at, len);
    rn_release(rest);
}

/* Read a stream that brings `t`, and check everything. */
static void
check_reading(rn_stream *s, const struct text *t, bool strict)
{
    struct expected e;
    struct mail m = {.len = 0};
    expect(t, strict, &e);
    rn_set_newline(s, strict ? RN_NEWLINE_STRICT : RN_NEWLINE_LF);
    int rc;
    do
        rc = mail_read(s, &m);
    while (rc == RN_E_AGAIN);
    if (rc != e.code) {
        print_error("%s, not %s, of (%s):", rn_code_name(rc),
                    rn_code_name(e.code), strict ? "strict" : "lenient");
        for (size_t i = 0; i < t->len; i++)
            print_error(" %02x", (unsigned char)t->data[i]);
        print_error("\n");
    }
    assert_int_equal(rc, e.code);
    if (strict || rc == RN_OK) { /* leniently the bad line is read already */
        assert_int_equal(m.len, e.text.len);
        assert_memory_equal(m.text, e.text.data, m.len);
        assert_rest(s, t, rc == RN_OK ? e.end : e.lines_end);
    }
}

/* Every line's ending, however the text arrives, is told as it is. */
static void
check_endings(rn_stream *s, const struct text *t, bool strict)
{
    (void)strict;
    size_t at = 0;
    const char *line;
    size_t len;
    int rc;
    while ((rc = rn_readln(s, &line, &len)) != 0) {
        if (rc == RN_E_AGAIN)
            continue;
        assert_int_equal(rc, 1);
        size_t end = line_end(t, at);
        assert_int_equal(len, end - at);
        assert_memory_equal(line, t->data + at, len);
        rn_ending told = rn_line_ending(s);
        while (told == RN_ENDING_CR && rn_eof(s) == RN_E_AGAIN)
            told = rn_line_ending(s);
        told = rn_line_ending(s);
        rn_ending real = ending_at(t, end);
        assert_int_equal(told, real);
        at = end + (real == RN_ENDING_CRLF) + (real != RN_ENDING_NONE);
    }
    assert_int_equal(at, t->len);
}

typedef void (*checker)(rn_stream *s, const struct text *t, bool strict);

/* Byte by byte, and in two portions that are divided from `from` to `to`. */
static void
check_in_every_cutting(checker check, struct script *p, const struct text *t,
                       size_t from, size_t to)
{
    for (size_t at = from; at <= to; at++) {
        size_t cut = at == from ? 0 : at;
        const size_t steps[2] = {cut, 0};
        for (int how = 0; how < 4; how++) {
            script_input(p, t->data, t->len);
            p->steps = steps;
            p->step_count = 2;
            p->read_step = cut == 0 ? 1 : 0;
            p->again_first = how >= 2;
            rn_stream *s = script_open(p, RN_BUFFERED, 0);
            check(s, t, how % 2 == 0);
            rn_free(s);
        }
    }
}

/* A message around the sequence, its end, and a command behind it: whole, and
 * breaking off at each place from the sequence on. */
static void
check_sequence(checker check, struct script *p, const struct text *sequence)
{
    struct text t;
    message_around(sequence, &t);
    size_t body = sizeof MESSAGE_BEGINNING - 1;
    text_add_string(&t, "\r\n.\r\nNEXT");
    check_in_every_cutting(check, p, &t, body - 1, body + sequence->len + 1);
    check_in_every_cutting(check, p, &t, t.len - 10, t.len);
    for (size_t len = body; len <= body + sequence->len; len++) {
        struct text cut = t;
        cut.len = len;
        check_in_every_cutting(check, p, &cut, body - 1, len);
    }
}

static void
check_corpus(checker check)
{
    struct script *p = script_new();
    for (int i = 0; i < sequence_count; i++)
        check_sequence(check, p, &sequences[i].bytes);
    free(p);
}

/* Every text of CR, LF and dot. */
static void
check_all_sequences(checker check)
{
    struct script *p = script_new();
    int texts = 1;
    for (size_t len = 0; len <= longest; len++, texts *= 3) {
        for (int n = 0; n < texts; n++) {
            struct text t = {.len = len};
            int rest = n;
            for (size_t i = 0; i < len; i++, rest /= 3)
                t.data[i] = "\r\n."[rest % 3];
            check_sequence(check, p, &t);
        }
    }
    free(p);
}

static void
no_sequence_of_the_corpus_ends_a_message(void **state)
{
    (void)state;
    check_corpus(check_reading);
}

static void
only_crlf_dot_crlf_ends_a_message(void **state)
{
    (void)state;
    check_all_sequences(check_reading);
}

static void
every_ending_of_the_corpus_is_told(void **state)
{
    (void)state;
    check_corpus(check_endings);
}

static void
every_ending_is_told(void **state)
{
    (void)state;
    check_all_sequences(check_endings);
}

/* As a server: the message comes over a connection, in one send or in two. */
static void
over_a_connection_too(void **state)
{
    (void)state;
    for (int i = 0; i < sequence_count; i++) {
        struct text t;
        message_around(&sequences[i].bytes, &t);
        text_add_string(&t, "\r\n.\r\nNEXT");
        for (int how = 0; how < 4; how++) {
            rn_socket *client;
            rn_socket *server;
            size_t half = how < 2 ? t.len : t.len / 2;
            tcp_pair(&client, &server, RN_UNBUFFERED);
            assert_code(rn_write(client, t.data, half), RN_OK);
            assert_code(rn_write(client, t.data + half, t.len - half), RN_OK);
            assert_code(rn_shutdown_write(client), RN_OK);
            check_reading(server, &t, how % 2 == 0);
            rn_free(client);
            rn_free(server);
        }
    }
}

/* What is sent cannot be mistaken by the dullest reader: each break is a CRLF,
 * and a dot at the start of a line has another one behind it. */
static void
what_is_written_is_safe(void **state)
{
    (void)state;
    for (int i = 0; i < sequence_count; i++) {
        struct text t;
        struct script *p = script_new();
        message_around(&sequences[i].bytes, &t);
        rn_stream *s = script_open(p, RN_BUFFERED, 0);
        assert_code(mail_write(s, t.data, t.len), RN_OK);
        assert_code(rn_close(s), RN_OK);
        rn_free(s);
        struct text sent = {.len = 0};
        text_add(&sent, p->out, p->out_len);
        assert_memory_equal(sent.data + sent.len - 5, "\r\n.\r\n", 5);
        for (size_t at = 0; at < sent.len - 3;) {
            size_t end = line_end(&sent, at);
            assert_int_equal(ending_at(&sent, end), RN_ENDING_CRLF);
            if (sent.data[at] == '.')
                assert_int_equal(sent.data[at + 1], '.');
            at = end + 2;
        }
        free(p);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    sequences_read(argv[1]);
    longest = strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_sequence_of_the_corpus_ends_a_message),
        cmocka_unit_test(only_crlf_dot_crlf_ends_a_message),
        cmocka_unit_test(every_ending_of_the_corpus_is_told),
        cmocka_unit_test(every_ending_is_told),
        cmocka_unit_test(over_a_connection_too),
        cmocka_unit_test(what_is_written_is_safe),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
