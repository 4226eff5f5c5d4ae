/* SPDX-License-Identifier: MIT */
/* The makers: connecting, listening and accepting, with their judgement. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "kernel.h"
#include "making.h"

/* For a maker: in half the cases a token that is set some time. */
static rn_cancel *
draw_token(void)
{
    if (sim.token == NULL || sim_one_in(2))
        return NULL;
    sim_at(SIM_TOKEN, sim.now + sim_span(20 * SECOND));
    return sim.token;
}

static void
calm_token(void)
{
    sim_at(SIM_TOKEN, NEVER);
    if (sim.token != NULL)
        rn_cancel_reset(sim.token);
    sim.token_since = NEVER;
}

/* What any maker's failure may be, but for its own reasons. */
static bool
is_stopped(int code, bool has_token, bool could)
{
    const struct sim_op *op = &sim.op;
    switch (code) {
    case RN_E_AGAIN:
        sim_check(op->until == RN_NOW && !could, "AGAIN, and it may wait");
        return true;
    case RN_E_TIMEOUT:
        if (op->until == NEVER || op->until == RN_NOW || sim.now < op->until)
            return false;
        sim_check(!could || op->disturbed, "TIMEOUT, and it could be done");
        return true;
    case RN_E_CANCELED:
        sim_check(has_token && sim.token_since <= sim.now,
                  "CANCELED, and nobody said so");
        return true;
    case RN_E_FILES:
    case RN_E_MEMORY:
        sim_check(op->disturbed, "%s, and there was enough",
                  rn_code_name(code));
        return true;
    default:
        return false;
    }
}

/* ---- Connecting */

static int
code_of(int outcome)
{
    switch (outcome) {
    case ECONNREFUSED:
        return RN_E_REFUSED;
    case ECONNRESET:
        return RN_E_RESET;
    case EACCES:
        return RN_E_DENIED;
    case ETIMEDOUT:
        return RN_E_TIMEOUT;
    default:
        return RN_E_UNREACHABLE;
    }
}

/* When somebody has accepted, at the latest: the attempts start 250 ms apart.
 * NEVER: nobody does. */
static int64_t
latest(void)
{
    int64_t best = NEVER;
    for (int i = 0; i < sim_hosts.count; i++) {
        const struct sim_host *h = &sim_hosts.host[i];
        int64_t at =
            sim_attempts.first + i * 250 * MS + (h->at_once ? 0 : h->after);
        if (h->outcome == 0 && at < best)
            best = at;
    }
    return best;
}

static void
judge_connected(rn_socket *s)
{
    struct in_addr a;
    sim_check(inet_pton(AF_INET, rn_remote_address(s), &a) == 1,
              "the remote address is %s", rn_remote_address(s));
    uint32_t i = (ntohl(a.s_addr) & 0xff) - 1;
    const struct sim_descriptor *d = sim_descriptor(rn_fd(s));
    sim_check(i < (uint32_t)sim_hosts.count && sim_hosts.host[i].outcome == 0,
              "connected to a host that does not accept");
    sim_check(d->remote.sin_addr.s_addr == a.s_addr,
              "the remote address is %s, and is not", rn_remote_address(s));
    sim_check(d->state == SIM_CONNECTED && !d->meets_itself && !d->nonblock,
              "a descriptor that is not connected, or does not block");
    sim_check(sim.now <= latest() + MS || sim.op.disturbed,
              "connected %lld us late", (long long)((sim.now - latest()) / US));
}

static bool
is_own_reason(int code)
{
    for (int i = 0; i < sim_hosts.count; i++) {
        const struct sim_host *h = &sim_hosts.host[i];
        if (h->outcome != 0 && code == code_of(h->outcome))
            return true;
        if (h->meets_itself && code == RN_E_REFUSED)
            return true;
    }
    return false;
}

static void
judge_not_connected(const rn_connect_options *o, const rn_error *err)
{
    bool asked = sim_attempts.started > 0;
    bool could = asked && latest() < sim.op.until - MS;
    bool itself = false;
    for (int i = 0; i < sim_hosts.count; i++)
        itself = itself || sim_hosts.host[i].meets_itself;
    if (is_stopped(err->code, o->cancel != NULL, could && !itself))
        return;
    if (err->code == RN_E_NAME) {
        sim_check(sim_hosts.gai != 0 && !asked, "NAME: %s", err->message);
        return;
    }
    sim_check(is_own_reason(err->code), "not connected: %s", err->message);
    if (itself || sim.op.disturbed)
        return;
    sim_check(latest() == NEVER, "not connected, and somebody accepts: %s",
              err->message);
    sim_check(err->attempts == sim_hosts.count, "%d of %d hosts were tried",
              err->attempts, sim_hosts.count);
}

rn_socket *
sim_connect(void)
{
    rn_connect_options o = {.port = 80};
    rn_error err;
    sim_hosts_draw();
    sim_names_begin();
    bool numeric = sim_hosts.count == 1 && sim_one_in(2);
    o.host = numeric ? "192.0.2.1" : "host.example";
    o.buffering = sim_plan.buffering;
    o.buffer_size = sim_plan.buffer_size;
    o.max_line = sim_plan.max_line;
    o.timeout = sim_one_in(2) ? 0 : sim_magnitude(30000);
    o.deadline = sim_one_in(3) ? sim.now + sim_span(30 * SECOND) - MS : 0;
    o.cancel = draw_token();
    o.liveness = sim_one_in(10) ? 60 : 0;
    const struct sim_limits l = {
        .timeout = o.timeout > 0 ? o.timeout : RN_NO_TIMEOUT,
        .deadline = o.deadline > 0 ? o.deadline : RN_FOREVER};
    sim_enter("connect", SIM_MAKING, sim_until(&l));
    sim.token_counts = o.cancel != NULL;
    rn_socket *s = rn_connect_with(&o, &err);
    sim_trace("                gives %s",
              s == NULL ? err.message : rn_remote_address(s));
    if (s != NULL)
        judge_connected(s);
    else
        judge_not_connected(&o, &err);
    sim_leave();
    calm_token();
    return s;
}

/* ---- Accepting */

int64_t
sim_next_living(void)
{
    const struct sim_arrivals *a = &sim_arrivals;
    for (int i = a->next; i < a->count; i++)
        if (a->one[i].error == 0)
            return a->one[i].at;
    return NEVER;
}

rn_socket *
sim_accept(rn_server *server)
{
    rn_error err;
    rn_cancel *token = draw_token();
    struct sim_limits l = {.deadline = RN_FOREVER, .timeout = RN_NO_TIMEOUT};
    if (sim_one_in(2))
        l.timeout = sim_magnitude(8000) - 1;
    if (sim_one_in(4))
        l.deadline = sim.now + sim_span(8 * SECOND) - MS;
    rn_server_set_timeout(server, l.timeout);
    rn_server_set_deadline(server, l.deadline);
    rn_server_set_cancel(server, token);
    sim_enter("accept", SIM_MAKING, sim_until(&l));
    sim.token_counts = token != NULL;
    int64_t there = sim_next_living();
    int passed = sim_arrivals.next;
    rn_socket *s = rn_accept(server, sim_plan.buffering, &err);
    sim_trace("                gives %s", s == NULL ? err.message : "one");
    bool at_first = there <= sim.op.began;
    /* Passing over the dead takes no waiting, but ends with the time. */
    bool could = (at_first || there < sim.op.until - 100 * sim.moment) &&
        sim_arrivals.next == passed;
    if (s == NULL)
        sim_check(is_stopped(err.code, token != NULL, could),
                  "not accepted: %s", err.message);
    else
        sim_check(sim.now <= (at_first ? sim.op.began : there) + MS ||
                      sim.op.disturbed,
                  "accepted %lld us late", (long long)((sim.now - there) / US));
    sim_leave();
    calm_token();
    return s;
}

rn_server *
sim_listen(void)
{
    const rn_listen_options o = {.address = "127.0.0.1",
                                 .buffer_size = sim_plan.buffer_size,
                                 .max_line = sim_plan.max_line};
    rn_error err;
    sim_arrivals_draw();
    sim_enter("listen", SIM_MAKING, RN_NOW);
    rn_server *server = rn_listen_with(&o, &err);
    sim_check(server != NULL || sim.op.disturbed, "no server: %s", err.message);
    sim_leave();
    return server;
}
