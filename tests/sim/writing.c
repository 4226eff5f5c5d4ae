/* SPDX-License-Identifier: MIT */
/* The writing calls, each with its judgement. */
#include <string.h>

#include "book.h"

/* What there was when the call began. */
static struct {
    size_t unsent;
    size_t free;
} first;

static void
begin(const char *name)
{
    first.unsent = talk_unsent();
    first.free = wire.broken || wire.error != 0 ? 0 : wire_free();
    book_enter(name, SIM_WRITING);
}

/* After a failure; `enough`: free bytes that would have sufficed at once. */
static void
judge_failure(int code, size_t enough)
{
    const struct sim_op *op = &sim.op;
    if (code == RN_E_MEMORY && op->starved) {
        sim_check(op->calls == 0 || book.out_broken == 0, "MEMORY");
    } else if (book.out_broken < 0) {
        sim_check(code == book.out_broken && op->calls == 0,
                  "%s, and the output had failed before", rn_code_name(code));
    } else if (book.shut) {
        sim_check(code == RN_E_CLOSED, "%s after shutting down",
                  rn_code_name(code));
    } else if (code == RN_E_RESET || (code == RN_E_IO && op->starved)) {
        sim_check(wire.broken || code == RN_E_IO, "RESET, and it is not");
        book.out_broken = code;
        book.accepted += book.tried; /* some beginning of it may be out */
        book.tried = 0;
    } else {
        judge_stopped(code, first.free >= enough && !op->disturbed, false);
    }
}

/* ---- What is written */

static size_t
break_length(void)
{
    return book.crlf ? 2 : 1;
}

/* Letters that tell their place, with a line feed now and then. */
static const char *
draw_data(size_t n)
{
    unsigned char *to = book.wrote + book.accepted;
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)('A' + (book.accepted + i) % 26);
    if (n > 0 && sim_one_in(4))
        to[sim_size(0, n - 1)] = '\n';
    return (const char *)to;
}

/* Whether the last `n` bytes do. */
static bool
holds_line_feed(size_t n)
{
    return memchr(book.wrote + book.accepted - n, '\n', n) != NULL;
}

static int
write_pieces(const char *data, size_t n)
{
    enum {
        MOST = 66
    };
    struct iovec v[MOST];
    int count = sim_one_in(10) ? MOST : sim_between(0, 5);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        size_t len = i + 1 == count ? n - at : sim_size(0, (n - at) / 2);
        v[i] = (struct iovec){.iov_base = (void *)(uintptr_t)(data + at),
                              .iov_len = len};
        at += len;
    }
    book.tried = at;
    return rn_writev(book.s, v, count);
}

static int
write_line(const char *data, size_t n)
{
    memcpy(book.wrote + book.accepted + n, book.crlf ? "\r\n" : "\n",
           break_length());
    book.tried = n + break_length();
    return rn_writeln(book.s, data, n);
}

/* By what the buffering says, when does it go out? */
static void
judge_buffering(size_t n)
{
    const struct sim_op *op = &sim.op;
    size_t limit = book.buffering == RN_UNBUFFERED ? 0 : book.buffer_size;
    bool line = book.buffering == RN_LINE_BUFFERED && holds_line_feed(n);
    if (n == 0 || (first.unsent + n < limit && !line)) {
        sim_check(op->calls == 0, "%zu bytes fit, and the system is asked", n);
        return;
    }
    bool stopped = op->disturbed || op->until == RN_NOW ||
        (op->until != NEVER && sim.now >= op->until) ||
        (book.has_token && sim.token_since <= sim.now);
    sim_check(wire.sent == book.accepted || stopped, "%zu bytes stay unsent",
              book.accepted - wire.sent);
    if (first.unsent == 0 && first.free >= n && !op->disturbed)
        sim_check(op->sends == 1 && op->calls == 1 + op->options,
                  "one write is %d sends and %d calls", op->sends, op->calls);
}

void
call_write(size_t n)
{
    if (book.accepted + n + 2 > WIRE_MOST)
        return;
    const char *data = draw_data(n);
    int rc;
    int how = sim_between(0, 3);
    begin(how == 0 ? "writeln" : how == 1 ? "writev" : "write");
    book.tried = n;
    if (how == 0)
        rc = write_line(data, n);
    else if (how == 1)
        rc = write_pieces(data, n);
    else if (how == 2 && memchr(data, '%', n) == NULL)
        rc = rn_printf(book.s, "%.*s", (int)n, data);
    else
        rc = rn_write(book.s, data, n);
    if (rc == RN_OK) {
        sim_check(book.out_broken == 0 && !book.shut, "it writes, and may not");
        size_t len = book.tried;
        book.tried = 0;
        book.accepted += len;
        judge_buffering(len);
    } else {
        judge_failure(rc, first.unsent + 1);
    }
    book_leave(rc);
}

void
call_flush(void)
{
    begin("flush");
    int rc = rn_flush(book.s);
    if (rc == RN_OK)
        sim_check(book.out_broken == 0 && wire.sent == book.accepted,
                  "flushed, and %zu bytes are unsent", talk_unsent());
    else
        judge_failure(rc, first.unsent);
    book_leave(rc);
}

void
call_shutdown(void)
{
    begin("shutdown_write");
    int rc = rn_shutdown_write(book.s);
    if (rc == RN_OK) {
        sim_check(wire.sent == book.accepted && (wire.finished || wire.broken),
                  "shut down, and the peer is not told");
        book.shut = true;
    } else if (rc == RN_E_RESET && wire.broken) {
        /* What was written is gone, or there was nothing: no matter. */
        sim_check(book.out_broken == 0 || rc == book.out_broken, "RESET");
        if (talk_unsent() > 0)
            book.out_broken = rc;
        wire.told_error = true;
    } else {
        judge_failure(rc, first.unsent);
    }
    book_leave(rc);
}
