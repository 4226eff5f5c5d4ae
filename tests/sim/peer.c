/* SPDX-License-Identifier: MIT */
/* The peer: a program that follows a script, mostly a hostile one. */
#include "wire.h"

#include <errno.h>
#include <string.h>

#include "secret.h"

enum step_kind {
    STEP_SEND,
    STEP_END,   /* half-close */
    STEP_CLOSE, /* what comes now is answered with a reset */
    STEP_BREAK,
    STEP_CUT,  /* vanish */
    STEP_STOP, /* stop reading */
    STEP_READ  /* read again */
};

struct step {
    int64_t after; /* the one before */
    enum step_kind kind;
    size_t n; /* bytes */
};

enum {
    STEPS = 24
};

static struct {
    struct step step[STEPS];
    int count;
    int next;
    bool reads;
    bool gone;
    bool floods;
    size_t gulp;
    int64_t pause; /* between two reads */
    bool under_way;
} peer;

/* ---- The script */

static int64_t
draw_pause(void)
{
    switch (sim_between(0, 5)) {
    case 0:
        return 0;
    case 1:
        return sim_span(40 * SECOND);
    case 2:
        return sim_span(3 * SECOND);
    default:
        return sim_span(100 * MS);
    }
}

static void
add(int64_t after, enum step_kind kind, size_t n)
{
    if (peer.count < STEPS)
        peer.step[peer.count++] =
            (struct step){.after = after, .kind = kind, .n = n};
}

/* Lines of all lengths and endings; the fewer other bytes, the nastier. */
static void
draw_text(void)
{
    size_t most = (size_t)sim_magnitude(sim_one_in(40) ? 20000 : 300);
    int dense = sim_between(1, 4);
    size_t n = 0;
    while (n < most) {
        size_t len = sim_one_in(dense + 1)
            ? 0
            : (size_t)sim_magnitude(dense == 1 ? 3 : 60);
        for (; len > 0 && n < most; len--)
            wire.text[n++] =
                (unsigned char)(sim_one_in(30) ? 0 : sim_between('a', 'z'));
        int ending = sim_between(0, 5);
        if (ending <= 3)
            wire.text[n++] = ending == 0 ? '\n' : '\r';
        if (ending == 2 || ending == 3)
            wire.text[n++] = '\n';
    }
    wire.text_len = n;
}

static void
draw_end(void)
{
    static const enum step_kind ends[] = {STEP_END,   STEP_END,   STEP_CLOSE,
                                          STEP_BREAK, STEP_BREAK, STEP_CUT};
    add(draw_pause(), ends[sim_between(0, 5)], 0);
    /* Nobody is to wait for ever: in the end it is broken. */
    if (sim_one_in(2))
        add(draw_pause(), STEP_READ, 0);
    int64_t long_after = (sim_one_in(2) ? 400 : 60) * SECOND;
    add(draw_pause() + long_after, STEP_BREAK, 0);
}

static void
draw_script(void)
{
    size_t left = wire.text_len;
    while (left > 0 && peer.count < STEPS - 5) {
        if (sim_one_in(6))
            add(draw_pause(), sim_one_in(2) ? STEP_STOP : STEP_READ, 0);
        size_t n = (size_t)sim_magnitude((int64_t)left);
        if (sim_one_in(3) || peer.count > STEPS - 8)
            n = left;
        add(draw_pause(), STEP_SEND, n);
        left -= n;
    }
    draw_end();
}

static void flood(void);

void
peer_begin(void)
{
    memset(&peer, 0, sizeof peer);
    draw_text();
    draw_script();
    peer.reads = !sim_one_in(4);
    peer.gulp = sim_one_in(2) ? WIRE_MOST : (size_t)sim_magnitude(200);
    peer.pause = sim_span(sim_one_in(5) ? 3 * SECOND : 20 * MS);
    peer.floods = !wire.secret && sim_one_in(50);
    if (peer.floods)
        sim.moment = 200; /* there is much to be taken in */
    sim_actor_is(SIM_FAR_ACTS, peer_acts);
    sim_actor_is(SIM_FAR_READS, peer_reads);
    sim_actor_is(SIM_FAR_FLOODS, flood);
}

/* ---- How it is played */

static void
arm(void)
{
    if (peer.next < peer.count)
        sim_at(SIM_FAR_ACTS, sim.now + peer.step[peer.next].after);
}

void
peer_hurries(void)
{
    bool breaks = sim.op.kind == SIM_CLOSING && sim_one_in(5);
    if (breaks)
        peer.next = peer.count - 1;
    if (peer.next < peer.count && (breaks || sim_one_in(8)))
        sim_at(SIM_FAR_ACTS, sim.now + sim_span(6 * sim.moment));
}

void
peer_attach(void)
{
    arm();
}

void
peer_has_news(void)
{
    if (!peer.reads || peer.under_way || wire.broken ||
        wire.confirmed == wire.got)
        return;
    peer.under_way = true;
    sim_at(SIM_FAR_READS, sim.now + peer.pause);
}

void
peer_reads(void)
{
    peer.under_way = false;
    if (!peer.reads)
        return;
    size_t n = wire.confirmed - wire.got;
    n = n < peer.gulp ? n : peer.gulp;
    if (wire.secret)
        secret_hears(n);
    wire_got(n);
    peer_has_news();
}

static int
draw_error(void)
{
    static const int errors[] = {ECONNRESET, ECONNRESET, ETIMEDOUT,
                                 EHOSTUNREACH};
    return wire.ended ? EPIPE : errors[sim_between(0, 3)];
}

void
peer_acts(void)
{
    const struct step *step = &peer.step[peer.next++];
    bool cut = wire_is_cut();
    switch (step->kind) {
    case STEP_SEND:
        if (wire.secret)
            secret_writes(step->n);
        else if (!cut && !wire.broken)
            wire_arrive(step->n);
        break;
    case STEP_CLOSE:
        peer.gone = true;
        /* fall through */
    case STEP_END:
        if (wire.secret)
            secret_ends();
        else if (!cut && !wire.broken)
            wire_end();
        break;
    case STEP_BREAK:
        wire_break(draw_error());
        break;
    case STEP_CUT:
        wire_cut();
        break;
    case STEP_STOP:
    case STEP_READ:
        peer.reads = step->kind == STEP_READ;
        sim_trace("        ... the peer %s reading",
                  peer.reads ? "goes on" : "stops");
        peer_has_news();
        break;
    }
    arm();
}

bool
peer_is_gone(void)
{
    return peer.gone;
}

/* Rubbish for as long as the connection lasts, faster than anybody needs. */
static void
flood(void)
{
    if (wire.broken || wire.ended || wire_is_cut() || wire.was_closed)
        return;
    wire.junk += sim_size(1, 9000);
    sim_at(SIM_FAR_FLOODS, sim.now + sim_span(20 * MS));
}

void
peer_sees_finish(void)
{
    if (!peer.floods || sim.op.kind != SIM_CLOSING ||
        wire.arrived < wire.text_len)
        return;
    peer.floods = false;
    wire.junk = (size_t)sim_magnitude(3000000);
    if (sim_one_in(2))
        wire.junk = 3000000;
    flood();
}
