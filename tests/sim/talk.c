/* SPDX-License-Identifier: MIT */
/* The caller: does anything in any order, and changes his mind. */
#include "book.h"

enum {
    MOST_CALLS = 40
};

/* ---- Settings */

static int
draw_directions(void)
{
    return sim_between(1, 3);
}

static void
set_both(int directions, struct sim_limits limits, bool timeout)
{
    struct sim_limits *each[] = {&book.in, &book.out};
    for (int i = 0; i < 2; i++) {
        if ((directions & (1 << i)) == 0)
            continue;
        if (timeout)
            each[i]->timeout = limits.timeout;
        else
            each[i]->deadline = limits.deadline;
    }
}

static void
set_timeout_to(int directions, int64_t ms)
{
    const struct sim_limits l = {.timeout = ms};
    book_enter("set_timeout", SIM_QUICK);
    int rc = rn_set_timeout(book.s, directions, l.timeout);
    sim_check(rc == RN_OK, "set_timeout fails");
    set_both(directions, l, true);
    book_leave(rc);
}

static void
set_timeout(void)
{
    int64_t ms = sim_magnitude(20000);
    if (sim_one_in(3))
        ms = sim_one_in(2) ? RN_NO_TIMEOUT : 0;
    set_timeout_to(draw_directions(), ms);
}

static void
set_deadline(void)
{
    int directions = draw_directions();
    struct sim_limits l = {.deadline = sim.now + sim_span(60 * SECOND)};
    switch (sim_between(0, 5)) {
    case 0:
        l.deadline = RN_NOW;
        break;
    case 1:
    case 2:
        l.deadline = RN_FOREVER;
        break;
    case 3:
        l.deadline = sim.now - sim_span(SECOND); /* over already */
        break;
    default:
        break;
    }
    book_enter("set_deadline", SIM_QUICK);
    int rc = rn_set_deadline(book.s, directions, l.deadline);
    sim_check(rc == RN_OK, "set_deadline fails");
    set_both(directions, l, false);
    book_leave(rc);
}

static void
set_cancel(void)
{
    if (sim.token == NULL)
        return;
    bool on = sim_one_in(2);
    book_enter("set_cancel", SIM_QUICK);
    int rc = rn_set_cancel(book.s, on ? sim.token : NULL);
    sim_check(rc == RN_OK, "set_cancel fails");
    book.has_token = on;
    book_leave(rc);
    if (sim.token_since <= sim.now) {
        rn_cancel_reset(sim.token);
        sim.token_since = NEVER;
    }
    if (on)
        sim_at(SIM_TOKEN, sim.now + sim_span(10 * SECOND));
}

static void
set_newline(void)
{
    rn_newline n = (rn_newline)sim_between(0, 2);
    book_enter("set_newline", SIM_QUICK);
    int rc = rn_set_newline(book.s, n);
    sim_check(rc == RN_OK, "set_newline fails");
    book.strict = n == RN_NEWLINE_STRICT;
    book.crlf = n != RN_NEWLINE_LF;
    book_leave(rc);
}

static void
set_max_all(size_t size)
{
    book.max_all = size;
    sim_check(rn_set_max_all(book.s, size) == RN_OK, "max_all");
}

static void
set_buffer(size_t size)
{
    book.buffer_size = size;
    sim_check(rn_set_buffer_size(book.s, size) == RN_OK, "buffer_size");
}

static void
set_sizes(void)
{
    book_enter("set_sizes", SIM_QUICK);
    if (sim_one_in(2)) {
        book.max_line = (size_t)sim_magnitude(100);
        sim_check(rn_set_max_line(book.s, book.max_line) == RN_OK, "max_line");
    } else if (sim_one_in(2)) {
        set_max_all((size_t)sim_magnitude(2000));
    } else {
        set_buffer((size_t)sim_magnitude(1000));
    }
    if (sim_one_in(4))
        sim_check(rn_set_unlocked(book.s, sim_between(0, 1)) == RN_OK,
                  "unlocked");
    book_leave(RN_OK);
}

static void
ask_figures(void)
{
    rn_stats stats;
    book_enter("get_stats", SIM_QUICK);
    int rc = rn_get_stats(book.s, &stats);
    sim_check(rc == RN_OK && stats.bytes_read == wire.taken &&
                  stats.bytes_written == wire.sent,
              "the figures are wrong");
    book_leave(rc);
}

/* ---- Calls */

static void
read_something(void)
{
    switch (sim_between(0, 9)) {
    case 0:
        call_read((size_t)sim_magnitude(500));
        break;
    case 1:
        call_read(sim_size(0, 4));
        break;
    case 2:
        call_read_some((size_t)sim_magnitude(500));
        break;
    case 3:
        call_eof();
        break;
    case 4:
        call_peek();
        break;
    case 5:
        call_skip_line();
        break;
    default:
        call_readln();
        break;
    }
}

static void
write_something(void)
{
    switch (sim_between(0, 7)) {
    case 0:
    case 1:
        call_flush();
        break;
    case 2:
        call_write((size_t)sim_magnitude(3000));
        break;
    default:
        call_write((size_t)sim_magnitude(100) - 1);
        break;
    }
}

static void
set_something(void)
{
    static void (*const set[])(void) = {
        set_timeout, set_timeout, set_timeout, set_deadline, set_deadline,
        set_cancel,  set_cancel,  set_newline, set_sizes,    ask_figures};
    set[sim_between(0, 9)]();
}

static void
call_something(int leaning)
{
    int what = sim_between(0, 9);
    if (what == 0)
        sim_pass(sim_span(5 * SECOND));
    else if (what <= 2)
        set_something();
    else if (what == 3 && sim_one_in(8))
        call_shutdown();
    else if (what < leaning)
        write_something();
    else
        read_something();
}

/* Much is unsent, and there is little time to read. */
static void
begin_in_a_hurry(void)
{
    set_timeout_to(RN_READABLE, sim_between(1, 30));
    set_buffer(4000);
    call_write(sim_size(200, 3000));
    call_readln();
}

static void
end_somehow(void)
{
    if (sim_one_in(8))
        set_max_all((size_t)sim_magnitude(50));
    if (sim_one_in(4))
        call_write(1); /* the last byte is the one that is lost most easily */
    switch (sim_between(0, 9)) {
    case 0:
        call_abort();
        break;
    case 1:
        break;
    case 2:
    case 3:
        call_read_all();
        break;
    case 4:
    case 5:
        call_read_lines();
        break;
    default:
        call_close();
        break;
    }
    if (book.closed || sim_one_in(2))
        call_close();
    call_free();
}

void
sim_talk(rn_stream *s, rn_buffering buffering, size_t buffer_size,
         size_t max_line)
{
    book_begin(s, buffering, buffer_size, max_line);
    int leaning = sim_between(3, 9);
    int calls = sim_between(1, MOST_CALLS);
    if (sim_one_in(4))
        begin_in_a_hurry();
    for (int i = 0; i < calls; i++)
        call_something(leaning);
    end_somehow();
}
