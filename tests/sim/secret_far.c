/* SPDX-License-Identifier: MIT */
/* The far end of TLS: what it hears, and what it says, cut in pieces that come
 * at times of their own. */
#include <string.h>

#include "../tls/far.h"
#include "secret.h"

struct secret secret;

static struct {
    size_t queued; /* ciphertext in wire.text, that is yet to come included */
    bool ends;     /* behind that */
    int64_t delay;
    size_t piece; /* the most that comes at a time */
    bool under_way;
} says;

size_t
secret_plain_at(size_t cipher)
{
    size_t plain = 0;
    for (int i = 0; i < secret.records; i++)
        if (secret.record[i].cipher <= cipher)
            plain = secret.record[i].plain;
    return plain;
}

/* ---- What it says */

static void
arm(void)
{
    bool more = wire.arrived < says.queued || (says.ends && !wire.ended);
    if (says.under_way || !more || wire.broken || wire_is_cut())
        return;
    says.under_way = true;
    sim_at(SIM_FAR_SAYS, sim.now + sim_span(says.delay));
}

static void
deliver(void)
{
    says.under_way = false;
    if (wire.broken || wire_is_cut())
        return;
    size_t n = says.queued - wire.arrived;
    if (n > says.piece)
        n = sim_size(1, says.piece);
    if (n > 0)
        wire_arrive(n);
    else if (says.ends && !wire.ended)
        wire_end();
    arm();
}

static void
queue(void)
{
    says.queued += far_says(wire.text + says.queued, WIRE_MOST - says.queued);
    arm();
}

/* Record by record, for only whole ones can be read. */
static void
write_what_is_due(void)
{
    while (secret.due > secret.said && secret.records <= WIRE_STEPS &&
           !says.ends) {
        size_t n = secret.due - secret.said;
        n = n < SSL3_RT_MAX_PLAIN_LENGTH ? n : SSL3_RT_MAX_PLAIN_LENGTH;
        if (!far_writes(secret.text + secret.said, n))
            return;
        secret.said += n;
        queue();
        secret.record[secret.records].cipher = says.queued;
        secret.record[secret.records++].plain = secret.said;
    }
}

void
secret_writes(size_t n)
{
    secret.due += n;
    write_what_is_due();
}

void
secret_ends(void)
{
    if (secret.notifies && far_agreed() && !says.ends) {
        far_says_goodbye();
        queue();
        secret.goodbye = says.queued;
    }
    says.ends = true;
    arm();
}

/* ---- What it hears */

void
secret_hears(size_t n)
{
    if (n == 0)
        return;
    sim_check(far_hears(wire.out + wire.got, n),
              "the peer cannot read what it got");
    size_t r;
    while ((r = far_reads(secret.got + secret.got_len,
                          WIRE_MOST - secret.got_len)) > 0)
        secret.got_len += r;
    queue();
    write_what_is_due();
}

void
secret_catches_up(void)
{
    size_t n = wire.confirmed - wire.got;
    secret_hears(n);
    wire.got += n;
}

void
secret_far_begin(void)
{
    secret.serves = sim_one_in(2);
    secret.notifies = !sim_one_in(4);
    secret.text_len = wire.text_len;
    memcpy(secret.text, wire.text, wire.text_len);
    wire.text_len = 0;
    secret.due = secret.said = secret.got_len = 0;
    secret.records = 0;
    secret.goodbye = SIZE_MAX;
    memset(&says, 0, sizeof says);
    says.delay = sim_one_in(4) ? 300 * MS : sim_span(20 * MS);
    says.piece = sim_one_in(2) ? WIRE_MOST : (size_t)sim_magnitude(800);
    far_open(secret.serves, sim_one_in(2) ? TLS1_3_VERSION : TLS1_2_VERSION);
    sim_actor_is(SIM_FAR_SAYS, deliver);
}

void
secret_far_speaks(void)
{
    queue();
}
