/* SPDX-License-Identifier: MIT */
/* The simulated kernel: its descriptors, whom there is to connect to, who
 * connects, and what a name means. */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include <netinet/in.h>
#include <poll.h>

#include "sim.h"

enum {
    SIM_DESCRIPTORS = 24,
    SIM_HOSTS = 4,
    SIM_ARRIVALS = 4
};

enum sim_state {
    SIM_CLOSED, /* no descriptor */
    SIM_EVENT,
    SIM_IDLE, /* a socket, and nothing done with it */
    SIM_LISTENS,
    SIM_CONNECTING,
    SIM_CONNECTED,
    SIM_FAILED
};

struct sim_descriptor {
    enum sim_state state;
    bool nonblock;
    bool linger_zero;
    uint64_t count;     /* of an eventfd */
    int64_t limit;      /* SO_RCVTIMEO, 0: none */
    int64_t outcome_at; /* of connecting */
    int outcome;        /* then: an errno value, or 0 */
    bool meets_itself;
    struct sockaddr_in remote;
    struct sockaddr_in local;
};

/* NULL with errno EBADF, and a finding, for what is not open. */
struct sim_descriptor *sim_descriptor(int fd);
int sim_descriptor_new(enum sim_state state, bool nonblock);
bool sim_is_wire(int fd);

/* What a call is waiting for, of the connection and else. */
struct sim_watch {
    short readable; /* it asked for that of the connection */
    short writable;
    const struct pollfd *fds;
    nfds_t count;
};

/* The library may not wait for one thing while it could do another that its
 * caller asked for. */
void sim_check_watch(const struct sim_watch *w);

/* Whether a signal cuts a wait short, and when. */
int64_t sim_signal_at(int64_t until);

void sim_kernel_begin(void);
void sim_kernel_end(void); /* nothing may be left */

/* ---- Whom there is to connect to (connecting.c). Host i is 192.0.2.(i + 1) */

struct sim_host {
    int64_t after; /* until its answer */
    int outcome;   /* errno, or 0: it accepts */
    bool at_once;  /* connect(2) itself says so */
    bool meets_itself;
};

struct sim_hosts {
    struct sim_host host[SIM_HOSTS];
    int count;
    int64_t lookup; /* how long the name takes */
    int gai;        /* its failure */
};

extern struct sim_hosts sim_hosts;
void sim_hosts_draw(void);

/* What the library has done so far. */
struct sim_attempts {
    int64_t first; /* when it began to connect */
    int64_t last;  /* ... its last attempt */
    int started;
    int told;       /* failures it has been told of */
    int told_since; /* ... since the last start */
};

extern struct sim_attempts sim_attempts;

/* ---- Who connects to the server (arriving.c) */

struct sim_arrivals {
    struct {
        int64_t at;
        int error; /* it died in the queue; 0: it lives */
    } one[SIM_ARRIVALS];
    int count;
    int next; /* the first that was not accepted */
};

extern struct sim_arrivals sim_arrivals;
void sim_arrivals_draw(void);
bool sim_arrived(void);

/* ---- Helper threads and names (names.c) */

void sim_names_begin(void);
void sim_names_end(void); /* the threads that were left behind end */

/* ---- Memory (memory.c) */

void sim_memory_begin(void);
void sim_memory_end(void);

#endif
