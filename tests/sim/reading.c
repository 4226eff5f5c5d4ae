/* SPDX-License-Identifier: MIT */
/* The reading calls, each with its judgement. */
#include <string.h>

#include "book.h"

/* What there was when the call began. */
static struct wire_mark first;

void
reading_begin(const char *name)
{
    book_enter(name, SIM_READING);
    first = (struct wire_mark){.arrived = wire.arrived,
                               .over = wire.ended || wire.broken};
}

/* How long it may take the library to take so much in, piece by piece. */
static int64_t
slowness(size_t arrived)
{
    return MS + (int64_t)arrived * 4 * sim.moment + sim.op.slack;
}

/* Whether there was enough well before the time was over. */
static bool
served_in_time(enum want want, size_t n)
{
    if (sim.op.until < sim.op.began + slowness(wire.arrived))
        return false;
    for (int i = wire.marks - 1; i >= 0; i--) {
        const struct wire_mark *m = &wire.mark[i];
        if (m->at < sim.op.until - slowness(m->arrived))
            return m->arrived >= book.taken &&
                book_served(want, n, m->arrived, m->over);
    }
    return false;
}

/* A call failed with a code that any reading call may give. */
void
reading_failed(int code, enum want want, size_t n)
{
    bool at_first = book_served(want, n, first.arrived, first.over);
    /* When the time is over the library need not ask for more than once. */
    bool one_look = want == WANT_BYTES && n == 1 && !book.owes_lf;
    if (code == RN_E_TIMEOUT && !one_look)
        at_first = false;
    if (code != RN_E_RESET) {
        judge_stopped(code, at_first, served_in_time(want, n));
        return;
    }
    sim_check(want == WANT_END || !book_served(want, n, first.arrived, false),
              "a reset hides what had come before");
}

/* Whether the library has seen an end. A failure that a send was told, the
 * kernel calls an end from then on; one that a receive was told sticks. */
bool
reading_came_to_end(void)
{
    return wire.told_end &&
        (wire.ended || (book.told_failure && !wire.told_reader));
}

/* The end was told: is it? */
static void
judge_end(void)
{
    book_settle();
    sim_check(reading_came_to_end(), "the end, and it never came");
    sim_check(book.taken == wire.arrived,
              "the end, and there are %zu bytes more",
              wire.arrived - book.taken);
    book.owes_lf = false;
}

/* These are the next bytes. */
static void
judge_bytes(const void *data, size_t n)
{
    size_t place = book_place(wire.taken);
    sim_check(n <= wire.taken - place &&
                  memcmp(data, wire.text + place, n) == 0,
              "%zu bytes at %zu are not those that were sent", n, place);
    if (n == 0)
        return;
    if (place > book.taken)
        book.ending = RN_ENDING_CRLF;
    book.owes_lf = false;
    book.taken = place + n;
}

/* ---- Lines */

static void
take_line(const struct line *line)
{
    book.ending = line->ending;
    book.taken = line->next;
    book.owes_lf = false;
    /* Of a CRLF the library may have seen the CR alone. */
    if (line->ending == RN_ENDING_CRLF && wire.taken + 1 == line->next) {
        book.ending = RN_ENDING_CR;
        book.taken--;
        book.owes_lf = true;
    }
    if (line->ending == RN_ENDING_CR)
        book.owes_lf = true;
}

static void
judge_line(const char *text, size_t len)
{
    size_t place = book_place(wire.arrived);
    struct line line = line_at(place, wire.arrived, wire.ended || wire.broken);
    sim_check(line.state == LINE_WHOLE && line.len == len &&
                  memcmp(text, wire.text + place, len) == 0,
              "a line of %zu bytes at %zu: it has %zu", len, place, line.len);
    sim_check(text[len] == '\0', "a line has no NUL behind it");
    sim_check(len <= book.max_line, "a line of %zu bytes is too long", len);
    sim_check(line.ending != RN_ENDING_NONE || reading_came_to_end(),
              "a line without an ending, and the end never came");
    take_line(&line);
}

static void
judge_refused_line(int code)
{
    size_t place = book_place(wire.arrived);
    bool over = wire.ended || wire.broken;
    struct line line = line_at(place, wire.arrived, over);
    switch (code) {
    case RN_E_LIMIT:
        sim_check(line.len > book.max_line, "LIMIT for a line of %zu bytes",
                  line.len);
        break;
    case RN_E_NEWLINE:
        sim_check(line.state == LINE_BARE && line.len <= book.max_line,
                  "NEWLINE, and there is no bare CR or LF");
        break;
    case RN_E_EOF:
        sim_check(book.strict && line.state == LINE_OPEN &&
                      place < wire.arrived && reading_came_to_end(),
                  "EOF, and the line is whole");
        break;
    default:
        reading_failed(code, WANT_LINE, 0);
    }
}

void
call_readln(void)
{
    const char *text = NULL;
    size_t len = 0;
    reading_begin("readln");
    int rc = rn_readln(book.s, &text, &len);
    if (rc > 0)
        judge_line(text, len);
    else if (rc == 0)
        judge_end();
    else
        judge_refused_line(rc);
    book_leave(rc);
}

/* Where the line that is being skipped ends; NULL state: it does not. */
static struct line
skipped_line(size_t place)
{
    for (;;) {
        struct line line = line_at(place, wire.arrived, false);
        if (line.state != LINE_BARE)
            return line;
        place = line.next;
    }
}

void
call_skip_line(void)
{
    reading_begin("skip_line");
    int rc = rn_skip_line(book.s);
    struct line line = skipped_line(book_place(wire.arrived));
    if (rc > 0) {
        sim_check(line.state == LINE_WHOLE, "no line was there to be skipped");
        take_line(&line);
    } else if (rc == 0) {
        sim_check(line.state != LINE_WHOLE, "the end, and there was a line");
        book_settle();
        book.taken = wire.arrived;
        judge_end();
    } else {
        /* What it had seen is dropped, but nothing of the next line. */
        reading_failed(rc, WANT_SKIP, 0);
        book_settle();
        size_t now = wire.taken - (size_t)rn_pending(book.s);
        sim_check(now >= book.taken && now <= line.next,
                  "more was skipped than the line");
        book.taken = now;
    }
    book_leave(rc);
}

/* ---- Bytes */

static unsigned char scratch[WIRE_MOST];

void
call_read(size_t n)
{
    reading_begin("read");
    size_t before = wire.taken;
    size_t pending = (size_t)rn_pending(book.s);
    bool owes = book.owes_lf;
    ptrdiff_t r = rn_read(book.s, scratch, n);
    if (book.buffering == RN_UNBUFFERED)
        sim_check(wire.taken - before <= (n > pending ? n - pending : 0) + owes,
                  "read(%zu) took %zu bytes from the system", n,
                  wire.taken - before);
    if (r < 0) {
        reading_failed((int)r, WANT_BYTES, n);
    } else {
        judge_bytes(scratch, (size_t)r);
        if ((size_t)r < n && !sim.op.starved)
            judge_end();
    }
    book_leave(r);
}

void
call_read_some(size_t n)
{
    reading_begin("read_some");
    ptrdiff_t r = rn_read_some(book.s, scratch, n);
    if (r < 0)
        reading_failed((int)r, WANT_BYTES, 1);
    else if (r > 0)
        judge_bytes(scratch, (size_t)r);
    else
        judge_end();
    sim_check(r <= (ptrdiff_t)n, "more than %zu bytes", n);
    book_leave(r);
}

void
call_eof(void)
{
    reading_begin("eof");
    int rc = rn_eof(book.s);
    if (rc == 1)
        judge_end();
    else if (rc == 0)
        sim_check(rn_pending(book.s) > 0, "no end, and no byte either");
    else
        reading_failed(rc, WANT_BYTES, 1);
    book_leave(rc);
}

void
call_peek(void)
{
    book_enter("peek", SIM_QUICK);
    const void *data = NULL;
    ptrdiff_t n = rn_peek(book.s, &data);
    sim_check(n == (ptrdiff_t)(wire.taken - book.taken), "peek gives %td", n);
    sim_check(memcmp(data, wire.text + book.taken, (size_t)n) == 0,
              "peek shows other bytes than were sent");
    sim_check(sim.op.calls == 0, "peek asks the system");
    book_leave(n);
}
