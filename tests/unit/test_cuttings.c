/* SPDX-License-Identifier: MIT */
/*
 * Every text over {CR, LF, x, NUL} up to a length, in every cutting into
 * portions, in every buffering mode: read by lines; by a turn of three calls, a
 * different one for each case; and, of shorter texts, by every such turn. All
 * against a reference of a few lines.
 * usage: test_cuttings [LENGTH [LENGTH-BY-EVERY-TURN]]
 */
#include <stdbool.h>
#include <stdlib.h>

#include "../support/check.h"

enum {
    LONGEST = 16,
    SMALL = 3 /* a buffer that longer lines outgrow */
};

static size_t longest = 7;
static size_t longest_by_turns = 5;
static unsigned long long cases;

/* What a reader gets: a text, bit i of `cuts` set where a portion ends behind
 * byte i. Asking for more than the text is a failure, or its end. */
struct feed {
    char text[LONGEST + 4];
    size_t len;
    unsigned cuts;
    size_t at;
    size_t asked; /* where it was when it was asked last */
    bool ends;
};

static ptrdiff_t
feed_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct feed *f = ctx;
    (void)wait;
    if (f->at == f->len)
        return f->ends ? 0 : RN_E_IO;
    f->asked = f->at;
    size_t take = 1;
    while ((f->cuts >> (f->at + take - 1) & 1) == 0)
        take++;
    if (take > n)
        take = n;
    for (size_t i = 0; i < take; i++)
        ((char *)data)[i] = f->text[f->at + i];
    f->at += take;
    return (ptrdiff_t)take;
}

static const rn_stream_ops ops = {.read = feed_read};

/* ---- The reference: a place in a whole text */

struct place {
    size_t at;
    bool owed; /* a line ended with a CR: an LF here belongs to it */
    rn_ending ending;
};

static void
skip_owed(const struct feed *f, struct place *p)
{
    if (p->owed && p->at < f->len && f->text[p->at] == '\n')
        p->at++;
    p->owed = false;
}

/* The line's length; p->at is behind its first ending byte. */
static size_t
next_line(const struct feed *f, struct place *p)
{
    size_t start = p->at;
    while (p->at < f->len && f->text[p->at] != '\r' && f->text[p->at] != '\n')
        p->at++;
    size_t len = p->at - start;
    p->ending = RN_ENDING_NONE;
    if (p->at == f->len)
        return len;
    p->owed = f->text[p->at++] == '\r';
    p->ending = p->owed ? RN_ENDING_CR : RN_ENDING_LF;
    if (p->owed && p->at < f->len && f->text[p->at] == '\n')
        p->ending = RN_ENDING_CRLF;
    return len;
}

/* ---- The calls, each against the reference: false where they differ */

/* Bytes that come are asked for only where those there do not do. */
static bool
no_more_than_needed(const struct feed *f, const struct place *p)
{
    return f->at == 0 || f->asked < p->at;
}

static bool
by_line(rn_stream *s, const struct feed *f, struct place *p)
{
    const char *line;
    size_t len;
    int rc = rn_readln(s, &line, &len);
    skip_owed(f, p);
    if (p->at == f->len)
        return rc == 0 && rn_line_ending(s) == p->ending;
    const char *want = f->text + p->at;
    size_t want_len = next_line(f, p);
    if (rc != 1 || len != want_len || memcmp(line, want, len) != 0 ||
        line[len] != '\0' || !no_more_than_needed(f, p))
        return false;
    rn_ending ending = rn_line_ending(s);
    return ending == p->ending ||
        (ending == RN_ENDING_CR && p->ending == RN_ENDING_CRLF);
}

static bool
by_bytes(rn_stream *s, const struct feed *f, struct place *p, size_t n)
{
    char data[2];
    skip_owed(f, p);
    size_t want = f->len - p->at;
    if (want > n)
        want = n;
    else if (!f->ends)
        n = want; /* what comes next is the next case's */
    bool same = rn_read(s, data, n) == (ptrdiff_t)want &&
        memcmp(data, f->text + p->at, want) == 0;
    p->at += want;
    return same &&
        (want == 0 ||
         (rn_line_ending(s) == p->ending && no_more_than_needed(f, p)));
}

static bool
by_peek(rn_stream *s, const struct feed *f, const struct place *p)
{
    struct place next = *p;
    skip_owed(f, &next);
    const void *data;
    ptrdiff_t n = rn_peek(s, &data);
    return n >= 0 && (size_t)n <= f->len - next.at &&
        memcmp(data, f->text + next.at, (size_t)n) == 0;
}

static bool
by_eof(rn_stream *s, const struct feed *f, const struct place *p)
{
    struct place next = *p;
    skip_owed(f, &next);
    return rn_eof(s) == (next.at == f->len) && rn_line_ending(s) == p->ending;
}

/* ---- One case: a text in a cutting, read by a turn of calls */

enum {
    LINE,
    ONE,
    TWO,
    PEEK,
    END,
    CALLS
};

static bool
call(int which, rn_stream *s, const struct feed *f, struct place *p)
{
    switch (which) {
    case ONE:
    case TWO:
        return by_bytes(s, f, p, (size_t)which);
    case PEEK:
        return by_peek(s, f, p);
    case END:
        return by_eof(s, f, p);
    default:
        return by_line(s, f, p);
    }
}

static void
report(const struct feed *f, const char *turn, const struct place *p)
{
    print_error("wrong at byte %zu of", p->at);
    for (size_t i = 0; i < f->len; i++)
        print_error(" %02x%s", (unsigned)f->text[i],
                    f->cuts >> i & 1 ? " |" : "");
    print_error(", calls");
    for (int i = 0; i < 3; i++)
        print_error(" %s",
                    (const char *[]){"readln", "read 1", "read 2", "peek",
                                     "eof"}[(int)turn[i]]);
    print_error("\n");
    fail();
}

/* Read all of it. A turn that only looks is given a line as its fourth call. */
static void
run(rn_stream *s, struct feed *f, const char *turn)
{
    bool looks = turn[0] >= PEEK && turn[1] >= PEEK && turn[2] >= PEEK;
    struct place p = {.ending = rn_line_ending(s)};
    f->at = f->asked = 0;
    cases++;
    for (int i = 0; p.at < f->len; i = i < 2 ? i + 1 : 0) {
        if (!call(turn[i], s, f, &p))
            report(f, turn, &p);
        if (looks && i == 2 && !call(LINE, s, f, &p))
            report(f, turn, &p);
    }
    if (f->ends && !(call(END, s, f, &p) && call(LINE, s, f, &p)))
        report(f, turn, &p);
}

/* ---- All cases */

enum {
    TURNS = CALLS * CALLS * CALLS
};

/* Turn number `n`, or the next of all of them where that is ANY. */
struct turns {
    int n;
    char calls[3];
};

enum {
    ANY = TURNS
};

static const char *
next_turn(struct turns *t)
{
    static int next;
    int n = t->n;
    if (n == ANY)
        n = next = (next + 1) % TURNS;
    t->calls[0] = (char)(n % CALLS);
    t->calls[1] = (char)(n / CALLS % CALLS);
    t->calls[2] = (char)(n / CALLS / CALLS);
    return t->calls;
}

static rn_stream *
new_stream(struct feed *f, rn_buffering buffering, size_t buffer_size)
{
    rn_stream *s = rn_stream_new(&ops, f, buffering, NULL);
    assert_non_null(s);
    if (buffer_size > 0)
        assert_code(rn_set_buffer_size(s, buffer_size), RN_OK);
    return s;
}

/* Text number `n` of a length, over four bytes. */
static void
spell(struct feed *f, unsigned n, size_t len)
{
    for (size_t i = 0; i < len; i++, n /= 4)
        f->text[i] = "\r\nx"[n % 4];
    f->len = len;
}

/*
 * Every cutting of the text, one after another in one stream, each with a line
 * behind it, so that nothing may be left of one for the next. It has two bytes,
 * as a read of two may begin with the last one of the text.
 */
static void
in_one_stream(rn_stream *s, struct feed *f, struct turns *turns)
{
    size_t len = f->len;
    memcpy(f->text + len, "yz\n", 3);
    f->len += 3;
    f->ends = false;
    for (unsigned cuts = 0; cuts < 1U << (len > 0 ? len - 1 : 0); cuts++) {
        f->cuts = cuts | (len > 0 ? 1U << (len - 1) : 0) | 1U << (len + 2);
        run(s, f, next_turn(turns));
    }
    f->len = len;
}

/* Every cutting, each in a stream of its own that ends behind it. */
static void
to_the_end(struct feed *f, rn_buffering buffering, struct turns *turns)
{
    f->ends = true;
    for (unsigned cuts = 0; cuts < 1U << (f->len > 0 ? f->len - 1 : 0);
         cuts++) {
        f->cuts = cuts | (f->len > 0 ? 1U << (f->len - 1) : 0);
        rn_stream *s = new_stream(f, buffering, SMALL);
        run(s, f, next_turn(turns));
        rn_free(s);
    }
}

/* Every text up to a length, in every mode; those that end up to another. */
static void
every_text(size_t most, size_t most_ending, size_t buffer_size,
           struct turns *turns)
{
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        struct feed f = {.at = 0};
        rn_stream *s = new_stream(&f, (rn_buffering)mode, buffer_size);
        for (size_t len = 0; len <= most; len++) {
            for (unsigned n = 0; n < 1U << 2 * len; n++) {
                spell(&f, n, len);
                in_one_stream(s, &f, turns);
                if (len <= most_ending)
                    to_the_end(&f, (rn_buffering)mode, turns);
            }
        }
        rn_free(s);
    }
}

static void
print_cases(void)
{
    print_message("%llu cases\n", cases);
    cases = 0;
}

static void
every_text_and_cutting_by_lines(void **state)
{
    (void)state;
    struct turns lines = {.n = LINE + CALLS * (LINE + CALLS * LINE)};
    every_text(longest, longest > 2 ? longest - 2 : 0, 0, &lines);
    print_cases();
}

static void
every_text_and_cutting_with_other_reads_mixed_in(void **state)
{
    (void)state;
    struct turns mixed = {.n = ANY};
    every_text(longest, longest > 2 ? longest - 2 : 0, SMALL, &mixed);
    print_cases();
}

static void
every_text_and_cutting_by_every_turn(void **state)
{
    (void)state;
    for (int t = 0; t < TURNS; t++) {
        struct turns turn = {.n = t};
        every_text(longest_by_turns,
                   longest_by_turns > 1 ? longest_by_turns - 1 : 0, SMALL,
                   &turn);
    }
    print_cases();
}

int
main(int argc, char **argv)
{
    if (argc > 1)
        longest = (size_t)atoi(argv[1]);
    if (argc > 2)
        longest_by_turns = (size_t)atoi(argv[2]);
    if (longest > LONGEST - 4 || longest_by_turns > LONGEST - 4)
        return fprintf(stderr, "at most %d\n", LONGEST - 4), 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_and_cutting_by_lines),
        cmocka_unit_test(every_text_and_cutting_with_other_reads_mixed_in),
        cmocka_unit_test(every_text_and_cutting_by_every_turn),
    };
    return cmocka_run_group_tests_name("cuttings", tests, NULL, NULL);
}
