/* SPDX-License-Identifier: MIT */
/* The caller over TLS: reads and writes in any order, within limits that strike
 * at any time, and ends somehow. The judge knows what has come by the lengths
 * of the peer's records alone. */
#include <stdlib.h>
#include <string.h>

#include "../tls/far.h"
#include "book.h"
#include "runnel_tls.h"
#include "secret.h"

enum {
    EVERY = 8,   /* one seed of so many */
    MOST = 6000, /* bytes that the caller writes */
    CALLS = 25,
    RECORDS = 700 /* bytes that a handshake, or an answer, adds at a time */
};

static struct identity authority;
static struct identity both;
static rn_tls_config *shared;

static struct {
    rn_stream *s;
    struct sim_limits limits;
    bool has_token;
    size_t taken; /* of the peer's text, by the caller */
    bool owes_lf;
    size_t could; /* be read when the call began */
    bool agreed;  /* a call has gone through */
    int failed;   /* reading has, for good */
    int told;     /* or a flush for it */
    unsigned char wrote[MOST];
    size_t accepted;
    size_t tried;
    bool shut;
    bool parting; /* it was asked to shut down, and has not yet or cannot */
    int out_broken;
} me;

void
secret_set_up(void)
{
    far_chance(1);
    certificates_begin();
    certificate_make(&authority, "authority", NULL, NULL, 0, 0);
    certificate_make(&both, "both", "DNS:a.example", &authority, 0, 0);
    far_begin(&both, authority.cert_file);
    const rn_tls_options o = {.cert_file = both.cert_file,
                              .key_file = both.key_file};
    shared = rn_tls_config_new(&o, NULL);
    if (shared == NULL)
        abort();
}

void
secret_drop(void)
{
    rn_tls_config_free(shared);
    far_end();
    certificate_free(&authority);
    certificate_free(&both);
    certificates_end();
}

bool
secret_is(uint64_t seed)
{
    return seed % EVERY == EVERY / 2;
}

void
secret_begin(uint64_t seed)
{
    wire.secret = true;
    far_chance(seed);
    secret_far_begin();
}

/* ---- What holds of every call */

static void
enter(const char *name, enum sim_kind kind)
{
    sim_enter(name, kind, kind == SIM_QUICK ? RN_NOW : sim_until(&me.limits));
    sim_chance_of_kernel(false);
    if (kind != SIM_QUICK)
        peer_hurries();
    sim_chance_of_kernel(true);
    /* What a reader sends on the way goes out as far as there is room. */
    if (kind == SIM_READING)
        sim.op.slack = (rn_unsent(me.s) + RECORDS) * sim.moment;
    sim.token_counts = me.has_token;
    me.could = me.agreed ? secret_plain_at(wire.arrived) : 0;
}

static void
leave_with(ptrdiff_t code, bool flushed)
{
    sim_trace("                %s gives %s%td", sim.op.name,
              code < 0 ? rn_code_name((int)code) : "", code < 0 ? 0 : code);
    sim_leave();
    sim_check(secret.got_len <= me.accepted + me.tried &&
                  memcmp(secret.got, me.wrote, secret.got_len) == 0,
              "the peer read %zu bytes that were not written", secret.got_len);
    /* A write alone may only have filled the buffer. */
    if (code >= 0 && (sim.op.kind == SIM_READING || flushed))
        me.agreed = true;
    me.tried = 0;
}

static void
leave(ptrdiff_t code)
{
    leave_with(code, false);
}

/* The connection ended where TLS had not. */
static bool
was_cut(void)
{
    return wire.told_end && secret.goodbye > wire.taken;
}

/* `served`: what was asked for had come before the call began. */
static void
judge_failure(int code, bool served)
{
    const struct sim_op *op = &sim.op;
    const char *name = rn_code_name(code);
    bool waits = op->until != RN_NOW && op->until != NEVER;
    switch (code) {
    case RN_E_AGAIN:
        sim_check(op->until == RN_NOW, "AGAIN, and it may wait");
        sim_check(!served || op->disturbed, "AGAIN, and it had come");
        break;
    case RN_E_TIMEOUT:
        sim_check(waits && sim.now >= op->until, "TIMEOUT too early");
        sim_check(!served || op->disturbed || op->until < op->began + 2 * MS,
                  "TIMEOUT, and it had come");
        break;
    case RN_E_CANCELED:
        sim_check(me.has_token && sim.token_since <= sim.now,
                  "CANCELED, and nobody said so");
        break;
    case RN_E_RESET:
        sim_check(wire.told_error, "RESET, and there was none");
        break;
    case RN_E_TLS:
        sim_check(was_cut() || op->starved || me.failed == code ||
                      me.out_broken == code,
                  "TLS, and nothing was wrong");
        break;
    case RN_E_MEMORY:
        sim_check(op->disturbed, "MEMORY, and there was enough");
        break;
    case RN_E_IO:
        sim_check(op->starved || me.failed == code || me.told == code ||
                      me.out_broken == code,
                  "IO");
        break;
    default:
        sim_bad("%s gives %s", op->name, name);
    }
}

static bool
is_for_good(ptrdiff_t code)
{
    return code == RN_E_RESET || code == RN_E_TLS || code == RN_E_IO;
}

/* ---- Reading */

static void
judge_taken(const void *data, size_t n)
{
    size_t can = secret_plain_at(wire.taken);
    if (me.owes_lf && n > 0 && me.taken < can && secret.text[me.taken] == '\n')
        me.taken++;
    if (n > 0)
        me.owes_lf = false;
    sim_check(n <= can - me.taken &&
                  memcmp(data, secret.text + me.taken, n) == 0,
              "%zu bytes at %zu are not those that were sent", n, me.taken);
    me.taken += n;
}

static void
judge_end(void)
{
    size_t rest = secret.said - me.taken;
    sim_check(secret.goodbye <= wire.taken, "the end, and it never came");
    sim_check(rest == 0 ||
                  (me.owes_lf && rest == 1 && secret.text[me.taken] == '\n'),
              "the end, and there are %zu bytes more", rest);
}

static void
could_not_read(ptrdiff_t rc, bool served)
{
    judge_failure((int)rc, served && me.failed == 0);
    sim_check(me.failed == 0 || rc == me.failed || rc == RN_E_MEMORY,
              "it failed for good with %s, and now gives %s",
              rn_code_name(me.failed), rn_code_name((int)rc));
    /* Where a flush was told it, reading goes on to what there still is. */
    if (rc == RN_E_TLS || (is_for_good(rc) && wire.told_reader))
        me.failed = (int)rc;
    else if (is_for_good(rc))
        me.told = (int)rc;
}

static void
call_some(size_t n)
{
    static unsigned char data[WIRE_MOST];
    enter("read_some", SIM_READING);
    bool served = me.could > me.taken + me.owes_lf;
    ptrdiff_t r = rn_read_some(me.s, data, n);
    if (r > 0)
        judge_taken(data, (size_t)r);
    else if (r == 0)
        judge_end();
    else
        could_not_read(r, served);
    leave(r);
}

/* Where the line that begins at `from` ends. */
static size_t
line_end(size_t from, size_t to)
{
    while (from < to && secret.text[from] != '\r' && secret.text[from] != '\n')
        from++;
    return from;
}

static void
judge_line(const char *line, size_t len)
{
    judge_taken(line, 0);
    size_t can = secret_plain_at(wire.taken);
    if (me.owes_lf && me.taken < can && secret.text[me.taken] == '\n')
        me.taken++;
    size_t end = line_end(me.taken, can);
    sim_check(end - me.taken == len &&
                  memcmp(line, secret.text + me.taken, len) == 0,
              "a line of %zu bytes at %zu, and it has %zu", len, me.taken,
              end - me.taken);
    sim_check(end < can || secret.goodbye <= wire.taken,
              "a line without an ending, and the end never came");
    me.owes_lf = end < can && secret.text[end] == '\r';
    me.taken = end + (end < can);
}

static void
call_line(void)
{
    const char *line = NULL;
    size_t len = 0;
    enter("readln", SIM_READING);
    size_t from = me.taken + me.owes_lf;
    bool served = from < me.could && line_end(from, me.could) < me.could;
    int rc = rn_readln(me.s, &line, &len);
    if (rc > 0)
        judge_line(line, len);
    else if (rc == 0)
        judge_end();
    else
        could_not_read(rc, served);
    leave(rc);
}

/* ---- Writing */

static void
could_not_write(int code)
{
    if (me.parting && code == RN_E_CLOSED)
        return;
    judge_failure(code, false);
    if (!is_for_good(code))
        return;
    me.out_broken = code;
    me.accepted += me.tried; /* some beginning of it may be out */
    me.tried = 0;
}

static void
call_bytes(size_t n)
{
    if (me.accepted + n > MOST)
        return;
    for (size_t i = 0; i < n; i++)
        me.wrote[me.accepted + i] =
            (unsigned char)('A' + (me.accepted + i) % 26);
    enter("write", SIM_WRITING);
    me.tried = n;
    int rc = rn_write(me.s, me.wrote + me.accepted, n);
    sim_check(rc < 0 || (!me.shut && me.out_broken == 0) || n == 0,
              "it writes, and may not");
    if (rc == RN_OK) {
        me.accepted += n;
        me.tried = 0;
    } else {
        could_not_write(rc);
    }
    leave(rc);
}

static void
call_flushing(void)
{
    enter("flush", SIM_WRITING);
    int rc = rn_flush(me.s);
    if (rc < 0)
        could_not_write(rc);
    else
        sim_check(rn_unsent(me.s) == 0, "flushed, and something is unsent");
    leave_with(rc, rc == RN_OK);
}

static void
call_shutting(void)
{
    enter("shutdown_write", SIM_WRITING);
    int rc = rn_shutdown_write(me.s);
    me.shut = me.shut || rc == RN_OK;
    me.parting = true;
    /* Where but the last word was lost, nothing was; closing tells. */
    if (rc == RN_E_RESET && wire.broken)
        wire.told_error = true;
    else if (rc < 0)
        could_not_write(rc);
    leave(rc);
}

/* ---- Limits */

static void
set_limits(void)
{
    const int64_t ms = sim_magnitude(3000);
    me.limits.timeout = sim_one_in(3) ? RN_NO_TIMEOUT : ms;
    me.limits.deadline = RN_FOREVER;
    if (sim_one_in(5))
        me.limits.deadline = RN_NOW;
    else if (sim_one_in(3))
        me.limits.deadline = sim.now + sim_span(20 * SECOND);
    enter("set limits", SIM_QUICK);
    sim_check(rn_set_timeout(me.s, RN_BOTH, me.limits.timeout) == RN_OK &&
                  rn_set_deadline(me.s, RN_BOTH, me.limits.deadline) == RN_OK,
              "limits cannot be set");
    leave(0);
}

static void
set_token(void)
{
    if (sim.token == NULL)
        return;
    me.has_token = sim_one_in(2);
    enter("set_cancel", SIM_QUICK);
    sim_check(rn_set_cancel(me.s, me.has_token ? sim.token : NULL) == RN_OK,
              "set_cancel fails");
    leave(0);
    if (sim.token_since <= sim.now) {
        rn_cancel_reset(sim.token);
        sim.token_since = NEVER;
    }
    if (me.has_token)
        sim_at(SIM_TOKEN, sim.now + sim_span(5 * SECOND));
}

/* ---- The end */

/* The peer has read everything, says the library, and it was told the end. */
static void
judge_closed_well(void)
{
    sim_check(me.out_broken == 0, "OK, and the output had failed");
    if (sim.op.until == RN_NOW)
        return;
    secret_catches_up();
    sim_check(secret.got_len == me.accepted,
              "OK, and the peer has %zu of %zu bytes (%zu sent, %zu confirmed)",
              secret.got_len, me.accepted, wire.sent, wire.confirmed);
    /* That the last word itself gets through is not waited for. */
    sim_check(!me.agreed || me.failed != 0 || wire.broken ||
                  wire.confirmed < wire.sent || far_heard_goodbye(),
              "OK, and the peer was not told the end");
}

static void
call_closing(void)
{
    enter("close", SIM_CLOSING);
    int rc = rn_close(me.s);
    sim_check(wire.was_closed && wire.fd < 0, "its descriptor is open");
    judge_bound();
    if (rc == RN_OK)
        judge_closed_well();
    else if (rc == RN_E_RESET)
        sim_check(wire.broken, "RESET, and it is not");
    else if (rc != RN_E_TIMEOUT)
        judge_failure(rc, false);
    leave(rc);
}

static void
end_somehow(void)
{
    if (sim_one_in(8)) {
        enter("abort", SIM_QUICK);
        int rc = rn_abort(me.s);
        sim_check(rc == RN_OK && wire.was_reset, "abort gives %s",
                  rn_code_name(rc));
        leave(rc);
    } else if (!sim_one_in(8)) {
        call_closing();
    }
    enter("free", SIM_QUICK);
    rn_free(me.s);
    sim_check(wire.was_closed, "the descriptor is not closed");
    leave(0);
}

/* ---- The beginning */

static rn_stream *
begin(rn_stream *below)
{
    rn_error err;
    rn_tls_options o = {.later = sim_one_in(2)};
    if (secret.serves) {
        o.name = "a.example";
        o.ca_file = authority.cert_file;
    } else {
        o.config = shared;
    }
    if (!o.later && sim_one_in(2))
        o.timeout = me.limits.timeout = sim_magnitude(5000);
    enter("tls_start", o.later ? SIM_QUICK : SIM_MAKING);
    rn_stream *s = secret.serves ? rn_tls_start(below, &o, &err)
                                 : rn_tls_accept(below, &o, &err);
    sim_trace("                gives %s", s == NULL ? err.message : "TLS");
    if (s == NULL) {
        judge_failure(err.code, false);
        me.failed = is_for_good(err.code) ? err.code : 0;
    }
    leave(s == NULL ? err.code : 0);
    me.limits.timeout = RN_NO_TIMEOUT;
    return s;
}

static void
call_something(void)
{
    switch (sim_between(0, 11)) {
    case 0:
        sim_pass(sim_span(2 * SECOND));
        break;
    case 1:
    case 2:
        set_limits();
        break;
    case 3:
        set_token();
        break;
    case 4:
        if (sim_one_in(6))
            call_shutting();
        break;
    case 5:
        call_flushing();
        break;
    case 6:
    case 7:
        call_bytes((size_t)sim_magnitude(sim_one_in(8) ? 3000 : 100));
        break;
    case 8:
        call_some((size_t)sim_magnitude(400));
        break;
    default:
        call_line();
        break;
    }
}

void
secret_talk(rn_stream *below)
{
    memset(&me, 0, sizeof me);
    me.limits =
        (struct sim_limits){.deadline = RN_FOREVER, .timeout = RN_NO_TIMEOUT};
    secret_far_speaks();
    me.s = begin(below);
    if (me.s == NULL) {
        me.s = below;
    } else {
        rn_set_max_line(me.s, WIRE_MOST);
        for (int calls = sim_between(1, CALLS); calls > 0; calls--)
            call_something();
    }
    end_somehow();
}
