/* SPDX-License-Identifier: MIT */
/* The book is kept, and what holds after every call is checked. */
#include "book.h"

#include <string.h>

struct book book;

void
book_begin(rn_stream *s, rn_buffering buffering, size_t buffer_size,
           size_t max_line)
{
    const struct sim_limits none = {.deadline = RN_FOREVER,
                                    .timeout = RN_NO_TIMEOUT};
    memset(&book, 0, offsetof(struct book, wrote));
    book.accepted = book.tried = book.compared = 0;
    book.shut = false;
    book.out_broken = 0;
    book.s = s;
    book.in = book.out = none;
    book.max_line = max_line;
    book.max_all = PTRDIFF_MAX;
    book.buffering = buffering;
    book.buffer_size = buffer_size;
}

size_t
talk_unsent(void)
{
    return wire.secret || book.out_broken < 0 || book.closed
        ? 0
        : book.accepted - wire.sent;
}

void
book_enter(const char *name, enum sim_kind kind)
{
    int64_t until = RN_NOW;
    if (kind == SIM_READING)
        until = sim_until(&book.in);
    else if (kind != SIM_QUICK)
        until = sim_until(&book.out);
    sim_enter(name, kind, until);
    sim_chance_of_kernel(false);
    if (kind != SIM_QUICK)
        peer_hurries();
    sim_chance_of_kernel(true);
    if (kind == SIM_READING)
        sim.op.slack = (int64_t)talk_unsent() * sim.moment;
    sim.token_counts = book.has_token;
}

void
book_settle(void)
{
    if (!book.owes_lf || wire.taken == book.taken)
        return;
    book.owes_lf = false;
    if (wire.text[book.taken] != '\n')
        return;
    book.taken++;
    book.ending = RN_ENDING_CRLF;
}

/* What went out is what was written, each byte once, in its order. */
static void
compare_output(void)
{
    sim_check(wire.sent <= book.accepted + book.tried,
              "%zu bytes were sent, and %zu written", wire.sent,
              book.accepted + book.tried);
    sim_check(memcmp(wire.out + book.compared, book.wrote + book.compared,
                     wire.sent - book.compared) == 0,
              "what was sent from byte %zu on is not what was written",
              book.compared);
    book.compared = wire.sent;
}

static void
check_open(ptrdiff_t code)
{
    ptrdiff_t unsent = rn_unsent(book.s);
    bool broke = code == RN_E_RESET || code == RN_E_IO;
    if (broke && unsent == 0 && talk_unsent() > 0)
        book.out_broken = (int)code;
    sim_check(unsent == (ptrdiff_t)talk_unsent(),
              "%zd bytes are unsent, it should be %zu", unsent, talk_unsent());
    size_t pending = (size_t)rn_pending(book.s);
    sim_check(
        book.taken + pending == wire.taken,
        "%zu bytes are pending, the caller has %zu, and %zu were received",
        pending, book.taken, wire.taken);
    sim_check((int)rn_line_ending(book.s) == book.ending,
              "the ending is said to be %d and was %d", rn_line_ending(book.s),
              book.ending);
}

/* What a failure tells of itself, and what an event loop is to watch. */
static void
check_story(int code)
{
    rn_error err;
    sim_check(rn_error_of(book.s, &err) == code && err.code == code &&
                  err.message[0] != '\0',
              "it gives %s, and says \"%s\"", rn_code_name(code), err.message);
    int wants = book.closed ? RN_BOTH : rn_wants(book.s);
    bool reads = sim.op.kind == SIM_READING && talk_unsent() == 0;
    sim_check(code != RN_E_AGAIN || wants & (reads ? RN_READABLE : RN_WRITABLE),
              "it cannot go on, and wants %d", wants);
}

void
book_leave(ptrdiff_t code)
{
    sim_trace("                %s gives %s%td", sim.op.name,
              code < 0 ? rn_code_name((int)code) : "", code < 0 ? 0 : code);
    sim_leave();
    book_settle();
    compare_output();
    book.tried = 0;
    if (code < 0 && book.s != NULL && sim_one_in(4))
        check_story((int)code);
    book.told_failure = book.told_failure || code == RN_E_RESET;
    if (code == RN_E_RESET)
        sim_check(wire.told_error || book.out_broken < 0,
                  "a reset is told, and there was none");
    if (!book.closed)
        check_open(code);
}

void
judge_stopped(int code, bool served_at_first, bool served_in_time)
{
    const struct sim_op *op = &sim.op;
    const char *name = rn_code_name(code);
    switch (code) {
    case RN_E_AGAIN:
        sim_check(op->until == RN_NOW, "%s, and it may wait", name);
        break;
    case RN_E_TIMEOUT:
        sim_check(op->until != RN_NOW && op->until != NEVER &&
                      sim.now >= op->until,
                  "%s %lld us too early", name,
                  (long long)((op->until - sim.now) / US));
        sim_check(!served_in_time, "%s, and it could have been done", name);
        break;
    case RN_E_CANCELED:
        sim_check(book.has_token && sim.token_since <= sim.now,
                  "%s, and nobody said so", name);
        break;
    case RN_E_MEMORY:
        sim_check(op->disturbed, "%s, and there was enough", name);
        return;
    default:
        sim_bad("%s gives %s", op->name, name);
    }
    sim_check(!served_at_first, "%s, and it could have been done at once",
              name);
}
