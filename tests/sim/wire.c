/* SPDX-License-Identifier: MIT */
/* The connection: what was sent, has arrived and is confirmed. */
#include "wire.h"

#include <errno.h>
#include <string.h>

struct wire wire;

static struct {
    int64_t delay; /* to the peer and back */
    size_t drip;   /* confirmed at a time; 0: all that there is room for */
    bool cut;
    bool under_way;
} net;

static void
mark(void)
{
    struct wire_mark *m =
        &wire.mark[wire.marks < WIRE_STEPS ? wire.marks : WIRE_STEPS - 1];
    *m = (struct wire_mark){.at = sim.now,
                            .arrived = wire.arrived,
                            .over = wire.ended || wire.broken};
    if (wire.marks < WIRE_STEPS)
        wire.marks++;
}

size_t
wire_waiting(void)
{
    return wire.arrived - wire.taken;
}

size_t
wire_free(void)
{
    size_t held = wire.sent - wire.confirmed;
    return held < wire.room ? wire.room - held : 0;
}

bool
wire_readable(void)
{
    return wire_waiting() > 0 || wire.ended || wire.broken || wire.error != 0 ||
        wire.junk > 0;
}

/* sock.h: sk_stream_is_writeable; send(2) itself takes less, too. */
bool
wire_writable(void)
{
    return wire.finished || wire.broken || wire.error != 0 ||
        (wire_free() > 0 && wire_free() * 2 >= wire.sent - wire.confirmed);
}

static void
stir(void)
{
    size_t far_held = wire.confirmed - wire.got;
    bool data = wire.sent > wire.confirmed && far_held < wire.far_room;
    bool finish =
        wire.finished && wire.sent == wire.confirmed && !wire.finish_confirmed;
    if (net.under_way || net.cut || wire.broken || !(data || finish))
        return;
    net.under_way = true;
    sim_at(SIM_NETWORK, sim.now + net.delay);
}

/* The network's turn: what was sent is confirmed, as far as there is room. */
static void
confirm(void)
{
    net.under_way = false;
    if (net.cut || wire.broken)
        return;
    size_t n = wire.sent - wire.confirmed;
    size_t room = wire.far_room - (wire.confirmed - wire.got);
    if (n == 0 && wire.finished)
        wire.finish_confirmed = true;
    if (wire.finished)
        peer_sees_finish();
    if (n > 0 && peer_is_gone()) {
        wire_break(wire.ended ? EPIPE : ECONNRESET);
        return;
    }
    n = n < room ? n : room;
    if (net.drip > 0 && n > net.drip)
        n = net.drip;
    wire.confirmed += n;
    if (n > 0)
        wire.confirmed_at = sim.now;
    sim_trace("        ... %zu of %zu bytes confirmed", wire.confirmed,
              wire.sent);
    peer_has_news();
    stir();
}

void
wire_begin(void)
{
    wire.fd = -1;
    wire.secret = false;
    wire.sent = wire.confirmed = wire.got = wire.seen_confirmed = 0;
    wire.finished = wire.finish_confirmed = false;
    wire.was_closed = wire.was_reset = wire.left_unread = false;
    wire.linger_at = wire.confirmed_at = wire.broken_at = 0;
    wire.text_len = wire.arrived = wire.taken = 0;
    wire.ended = wire.broken = false;
    wire.told_end = wire.told_reader = wire.told_error = false;
    wire.looked_dry = true;
    wire.error = 0;
    wire.junk = wire.junk_taken = 0;
    wire.junk_seen = SIZE_MAX;
    wire.marks = 0;
    wire.room = sim_one_in(3) ? 65536 : (size_t)sim_magnitude(2000);
    wire.far_room = sim_one_in(3) ? 65536 : (size_t)sim_magnitude(2000);
    net.delay = sim_span(sim_one_in(8) ? 3 * SECOND : 200 * MS);
    if (sim_one_in(6)) { /* a little room, mostly at once */
        wire.room = sim_size(1, 2);
        if (!sim_one_in(4))
            net.delay = sim_one_in(2) ? 100 : sim_span(4 * sim.moment);
    }
    net.drip = sim_one_in(6) ? (size_t)sim_magnitude(64) : 0;
    if (sim_one_in(16)) { /* slow, but never silent for long */
        net.delay = sim_between(100, 1990) * MS;
        net.drip = sim_size(1, 3);
    }
    net.cut = net.under_way = false;
    sim_actor_is(SIM_NETWORK, confirm);
    peer_begin();
}

void
wire_attach(int fd)
{
    wire.fd = fd;
    mark();
    peer_attach();
}

void
wire_break(int error)
{
    if (wire.broken)
        return;
    wire.broken = true;
    wire.broken_at = sim.now;
    wire.error = error;
    sim_trace("        ... broken: errno %d", error);
    sim_at(SIM_NETWORK, NEVER);
    mark();
}

void
wire_arrive(size_t n)
{
    wire.arrived += n;
    sim_trace("        ... %zu bytes have come", wire.arrived);
    mark();
    /* There is nobody any more: the kernel answers with a reset, and what was
     * not confirmed is lost. */
    if (wire.was_closed)
        wire_break(ECONNRESET);
}

void
wire_end(void)
{
    wire.ended = true;
    sim_trace("        ... the peer has ended its side");
    mark();
}

void
wire_got(size_t n)
{
    wire.got += n;
    stir();
}

void
wire_cut(void)
{
    net.cut = true;
    sim_trace("        ... nothing gets through any more");
}

bool
wire_is_cut(void)
{
    return net.cut;
}

size_t
wire_take(const unsigned char *data, size_t n)
{
    if (n > WIRE_MOST - wire.sent)
        sim_bad("the library sends more than it was ever given");
    memcpy(wire.out + wire.sent, data, n);
    wire.sent += n;
    sim_figures.bytes += n;
    stir();
    return n;
}

void
wire_finish(void)
{
    wire.finished = true;
    stir();
}

void
wire_close(bool reset)
{
    wire.was_closed = true;
    wire.left_unread = !wire.looked_dry;
    wire.was_reset = reset || wire_waiting() + wire.junk > 0;
    wire.fd = -1;
    if (wire.was_reset)
        wire_break(ECONNRESET);
    else
        wire_finish();
}
