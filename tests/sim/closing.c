/* SPDX-License-Identifier: MIT */
/* The calls that end a stream, each with its judgement. */
#include <string.h>

#include "book.h"

enum {
    SILENCE_MS = 2000, /* what runnel.h promises of rn_close */
    WHOLE_MS = 30000,
    NAP_MS = 33,    /* how rarely it may look */
    FLOOD = 1 << 20 /* how much it takes in, and no more */
};

static int64_t
later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whether this very call has waited for confirmation. */
static bool
lingered(void)
{
    return wire.linger_at >= sim.op.began;
}

/* The last sign that bytes get through. */
static int64_t
last_sign(void)
{
    return later(wire.linger_at, wire.confirmed_at);
}

void
judge_bound(void)
{
    sim_check(wire.junk_seen == SIZE_MAX ||
                  wire.junk_taken <= wire.junk_seen + FLOOD + 4096,
              "closing takes in %zu bytes of rubbish", wire.junk_taken);
    if (!lingered())
        return;
    int64_t whole = sim.now - wire.linger_at;
    int64_t silence = sim.now - last_sign();
    sim_check(whole <= WHOLE_MS * MS + MS, "closing took %lld ms",
              (long long)(whole / MS));
    sim_check(silence <= (SILENCE_MS + NAP_MS + 1) * MS,
              "closing waited %lld ms for a sign", (long long)(silence / MS));
    int64_t dead = sim.now - later(wire.linger_at, wire.broken_at);
    sim_check(!wire.broken || dead <= (NAP_MS + 1) * MS,
              "closing waited %lld ms for the dead", (long long)(dead / MS));
}

static void
judge_timeout(void)
{
    const struct sim_op *op = &sim.op;
    bool whole = lingered() && sim.now >= wire.linger_at + WHOLE_MS * MS;
    bool silent = lingered() && sim.now >= last_sign() + SILENCE_MS * MS;
    bool over = op->until != RN_NOW && sim.now >= op->until;
    sim_check(whole || silent || over,
              "TIMEOUT after %lld ms, %lld ms after the last sign",
              (long long)((sim.now - op->began) / MS),
              (long long)((sim.now - last_sign()) / MS));
    sim_check(wire.seen_confirmed < book.accepted,
              "TIMEOUT, and all had been confirmed");
}

/* The peer can read everything, says the library. */
static void
judge_delivered(void)
{
    sim_check(book.out_broken == 0 && wire.sent == book.accepted,
              "OK, and %zu of %zu bytes were sent", wire.sent, book.accepted);
    if (sim.op.until == RN_NOW || book.accepted == 0)
        return;
    sim_check(wire.confirmed == book.accepted,
              "OK, and %zu of %zu bytes were confirmed", wire.confirmed,
              book.accepted);
    sim_check(!wire.left_unread || wire.junk_taken + WIRE_MOST >= FLOOD ||
                  sim.op.disturbed,
              "OK, and input that nobody took in makes it a reset");
}

void
judge_close(int code, size_t unsent_before)
{
    sim_check(wire.was_closed && wire.fd < 0, "its descriptor is open");
    judge_bound();
    switch (code) {
    case RN_OK:
        judge_delivered();
        break;
    case RN_E_TIMEOUT:
        judge_timeout();
        break;
    case RN_E_RESET:
        sim_check(wire.broken, "RESET, and it is not");
        break;
    case RN_E_IO:
        sim_check(book.out_broken == RN_E_IO, "IO, and nothing was wrong");
        break;
    case RN_E_AGAIN:
        sim_check(sim.op.until == RN_NOW && unsent_before > 0 &&
                      wire.sent < book.accepted,
                  "AGAIN, and nothing is lost");
        break;
    default:
        judge_stopped(code, false, false);
    }
}

static void
check_closed(void)
{
    const char *line = NULL;
    book_enter("anything after closing", SIM_QUICK);
    sim_check(rn_close(book.s) == RN_OK, "closing again fails");
    sim_check(rn_abort(book.s) == RN_OK, "aborting after closing fails");
    sim_check(rn_fd(book.s) == RN_E_CLOSED &&
                  rn_readln(book.s, &line, NULL) == RN_E_CLOSED &&
                  rn_write(book.s, "x", 1) == RN_E_CLOSED &&
                  rn_flush(book.s) == RN_E_CLOSED,
              "a closed stream does not say CLOSED");
    sim_check(sim.op.calls == 0, "a closed stream asks the system");
    book_leave(RN_OK);
}

void
call_close(void)
{
    if (!book.closed) {
        size_t unsent = talk_unsent();
        book_enter("close", SIM_CLOSING);
        int rc = rn_close(book.s);
        judge_close(rc, unsent);
        book.closed = true;
        book_leave(rc);
    }
    check_closed();
}

void
call_abort(void)
{
    book_enter("abort", SIM_QUICK);
    size_t sent = wire.sent;
    int rc = rn_abort(book.s);
    sim_check(rc == RN_OK && wire.was_closed && wire.was_reset &&
                  wire.sent == sent,
              "abort gives %s, or the peer sees no reset", rn_code_name(rc));
    book.closed = true;
    book_leave(rc);
    check_closed();
}

void
call_free(void)
{
    bool closed = book.closed;
    book_enter("free", SIM_QUICK);
    book.closed = true;
    rn_free(book.s);
    book.s = NULL;
    sim_check(!closed || sim.op.calls == 0, "freeing a closed stream asks");
    sim_check(wire.was_closed, "the descriptor is not closed");
    book_leave(RN_OK);
}
