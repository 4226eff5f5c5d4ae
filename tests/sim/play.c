/* SPDX-License-Identifier: MIT */
/* One seed: what it draws, what is played, and that nothing is left in the end.
 */
#include <string.h>

#include "book.h"
#include "kernel.h"
#include "making.h"
#include "secret.h"

struct sim sim;
struct sim_figures sim_figures;

enum {
    DEFAULT_LINE = 1048576
};

struct sim_plan sim_plan;

/* ---- The token */

static void
set_token(void)
{
    rn_cancel_set(sim.token);
    if (sim.token_since > sim.now)
        sim.token_since = sim.now;
    sim_trace("        ... the token is set");
}

static void
make_token(void)
{
    rn_error err;
    sim.token = NULL;
    sim.token_since = NEVER;
    sim_actor_is(SIM_TOKEN, set_token);
    if (!sim_one_in(2))
        return;
    sim_enter("cancel_new", SIM_MAKING, NEVER);
    sim.token = rn_cancel_new(&err);
    sim_check(sim.token != NULL || sim.op.disturbed, "no token: %s",
              err.message);
    sim_leave();
}

/* ---- The seed */

static void
draw_rates(void)
{
    sim.moment = sim_one_in(4) ? 20 * US : 200;
    sim.gulp = sim_one_in(8) ? sim_size(1, 3) : SIZE_MAX;
    static const int often[] = {0, 0, 3, 10, 50};
    struct sim_rates *r = &sim.rate;
    bool calm = sim_one_in(3);
    int *each[] = {&r->signal, &r->nothing, &r->early, &r->brief};
    for (int i = 0; i < 4; i++)
        *each[i] = calm ? 0 : often[sim_between(0, 4)];
    r->buffers = sim_one_in(8) ? 20 : 0;
    r->memory = sim_one_in(8) ? sim_between(3, 20) : 0;
    r->files = sim_one_in(8) ? 4 : 0;
}

static size_t
size_of_buffer(void)
{
#ifdef RNI_BUFFER_SIZE
    size_t usual = RNI_BUFFER_SIZE;
#else
    size_t usual = 65536;
#endif
    return sim_plan.buffer_size > 0 ? sim_plan.buffer_size : usual;
}

static void
talk_on(rn_socket *s)
{
    wire_attach(rn_fd(s));
    if (wire.secret) {
        secret_talk(s);
        return;
    }
    sim_talk(s, sim_plan.buffering, size_of_buffer(),
             sim_plan.max_line > 0 ? sim_plan.max_line : DEFAULT_LINE);
}

static void
play_client(void)
{
    rn_socket *s = sim_connect();
    if (s != NULL)
        talk_on(s);
    sim_enter("the end", SIM_QUICK, RN_NOW);
    sim_names_end();
}

static void
play_server(void)
{
    rn_server *server = sim_listen();
    rn_socket *s = NULL;
    for (int i = 0; server != NULL && s == NULL && i < 6; i++)
        if (sim_next_living() != NEVER)
            s = sim_accept(server);
    if (s != NULL)
        talk_on(s);
    sim_enter("server_free", SIM_QUICK, RN_NOW);
    rn_server_free(server);
}

void
sim_play(uint64_t seed)
{
    bool verbose = sim.verbose;
    memset(&sim, 0, sizeof sim);
    sim.verbose = verbose;
    sim.seed = seed;
    sim_chance_begin(seed);
    sim_clock_begin();
    sim_kernel_begin();
    sim_memory_begin();
    draw_rates();
    wire_begin();
    if (secret_is(seed))
        secret_begin(seed);
    sim_plan.buffering = (rn_buffering)sim_between(0, 2);
    sim_plan.buffer_size = sim_one_in(3) ? 0 : (size_t)sim_magnitude(300);
    sim_plan.max_line = sim_one_in(4) ? (size_t)sim_magnitude(60) : 0;
    make_token();
    if (sim_one_in(4))
        play_server();
    else
        play_client();
    sim_at(SIM_TOKEN, NEVER);
    rn_cancel_free(sim.token);
    sim_kernel_end();
    sim_memory_end();
    sim_figures.seeds++;
    sim_figures.days += (double)(sim.now - 1000 * SECOND) / 86400e9;
}
