/* SPDX-License-Identifier: MIT */
/* One route of a relay: its steps, none of which waits for more than it may. */
#ifndef RNI_ROUTE_H
#define RNI_ROUTE_H

#include <poll.h>

#include "splice.h"

struct rni_route {
    rn_route *told;
    struct rni_input *in;
    struct rni_output *out;
    struct rni_splice splice;
    int from_fd; /* below 0: none to wait for */
    int to_fd;
    bool from_disk; /* a file: using it blocks nobody */
    bool to_disk;
    bool drained; /* all of `from` is with `to` */
    bool ended;
    bool left;
    bool raised;       /* SIGPIPE */
    short from_events; /* what it waits for, after a step */
    short to_events;
    bool from_ready; /* poll(2) has said so, and nothing was moved since */
    bool to_ready;
    bool watches_to; /* for a failure, while there is nothing to send */
    bool to_is_down; /* and that has come */
    size_t limit;    /* of the output, to be put back */
};

/* Claim the streams' halves and prepare them. `alone`: the only route, so that
 * a stream without a descriptor may wait by itself. `bell` (or NULL) is rung
 * where another thread closes one of them. */
int rni_route_join(struct rni_route *t, rn_route *told, bool alone,
                   rn_cancel *bell);

/* One step, of which a stream without a descriptor may wait for `patience`: 1
 * something was done, 0 the route waits for its events, else the code of a
 * failure, which is in t->told. */
int rni_route_step(struct rni_route *t, const rn_wait *patience);

/* How many bytes have come and gone; more means progress. */
uint64_t rni_route_moved(const struct rni_route *t);

/* What to poll(2) for, at most 2, and what to make of the outcome. Both return
 * how many they are. */
int rni_route_watch(const struct rni_route *t, struct pollfd *fds);
int rni_route_heed(struct rni_route *t, const struct pollfd *fds);

/* Nothing more is to be had from `from` for now: a failure that `to` has
 * reported by itself, as a step does, or RN_OK. */
int rni_route_check(struct rni_route *t);

/* Give the streams back, once. RN_OK: nothing that was taken is lost; else a
 * failure as in a step. */
int rni_route_leave(struct rni_route *t);

#endif
