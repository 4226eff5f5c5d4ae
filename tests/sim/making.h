/* SPDX-License-Identifier: MIT */
/* How a connection is made, and of what kind its stream is to be. */
#ifndef SIM_MAKING_H
#define SIM_MAKING_H

#include "sim.h"

struct sim_plan {
    rn_buffering buffering;
    size_t buffer_size; /* 0: the default */
    size_t max_line;    /* likewise */
};

extern struct sim_plan sim_plan;

/* Each is judged; NULL where it failed, and rightly so. */
rn_socket *sim_connect(void);
rn_server *sim_listen(void);
rn_socket *sim_accept(rn_server *server);

/* When the next connection that lives arrives, or NEVER. */
int64_t sim_next_living(void);

#endif
