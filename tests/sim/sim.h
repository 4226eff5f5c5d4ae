/* SPDX-License-Identifier: MIT */
/*
 * The simulation. The library runs on a kernel, a clock, a resolver and a peer
 * that are all made of memory, in one thread; a seed says what each of them
 * and the caller do. Time goes on only here. After every call of the library a
 * judge that shares no code with it says whether that was right.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chance.h"
#include "runnel.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define NEVER INT64_MAX

/* What a call of the library is allowed to wait for. */
enum sim_kind {
    SIM_QUICK, /* nothing */
    SIM_READING,
    SIM_WRITING,
    SIM_CLOSING,
    SIM_MAKING
};

/* What the caller has set for a direction. */
struct sim_limits {
    int64_t deadline; /* RN_NOW, RN_FOREVER or a time */
    int64_t timeout;  /* in milliseconds, or RN_NO_TIMEOUT */
};

/* The call of the library that is under way. */
struct sim_op {
    const char *name;
    enum sim_kind kind;
    int64_t began;
    int64_t until; /* RN_NOW: it may not wait at all */
    int64_t slack; /* for what it sends on the way, never waiting */
    const struct sim_limits *then; /* of the closing that follows the end */
    bool waited;      /* time went on while the kernel had nothing for it */
    int calls;        /* to the system */
    int moves;        /* that moved bytes, or were disturbed */
    int64_t moved_at; /* the last of them */
    int idle;         /* since the last of those, and since time went on */
    int sends;        /* that took bytes */
    int options;      /* that set one */
    bool no_files;    /* it was told that there is no descriptor left */
    bool disturbed;   /* an error or a short count came for no reason */
    bool starved;     /* an allocation failed */
};

/* How often the kernel disturbs: once in so many times, 0: never. */
struct sim_rates {
    int signal;  /* a call that waits is interrupted */
    int nothing; /* "ready" where it is not */
    int early;   /* a wait ends before its time */
    int brief;   /* fewer bytes than there could be */
    int buffers; /* ENOBUFS and the like, passing */
    int memory;  /* malloc */
    int files;   /* no descriptor */
};

struct sim {
    uint64_t seed;
    bool verbose;
    int64_t now;
    int64_t moment; /* that a call to the system takes */
    size_t gulp;    /* the most that one receive gives */
    bool nested;    /* an event is under way: it takes no time */
    struct sim_rates rate;
    struct sim_op op;
    /* the token of the caller: when it was set, or NEVER */
    rn_cancel *token;
    int64_t token_since;
    bool token_counts; /* for the call under way */
};

extern struct sim sim;

/* The figures of all seeds. */
struct sim_figures {
    uint64_t seeds;
    uint64_t ops;
    uint64_t calls;
    uint64_t bytes;
    double days;
};

extern struct sim_figures sim_figures;

/* ---- One seed (play.c) */

void sim_play(uint64_t seed);

/* ---- What is found (main.c). A finding ends the process. */

_Noreturn void sim_bad(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void sim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define sim_trace(...)                                                         \
    do {                                                                       \
        if (sim.verbose)                                                       \
            sim_say(__VA_ARGS__);                                              \
    } while (0)
#define sim_check(condition, ...)                                              \
    do {                                                                       \
        if (!(condition))                                                      \
            sim_bad(__VA_ARGS__);                                              \
    } while (0)

/* ---- Time (clock.c) */

/* Everyone who does something at a time of his own. */
enum sim_actor {
    SIM_FAR_ACTS,   /* the peer's script */
    SIM_FAR_READS,  /* the peer's program takes bytes */
    SIM_FAR_SAYS,   /* what its TLS has to say arrives */
    SIM_FAR_FLOODS, /* it sends rubbish to a library that is closing */
    SIM_NETWORK,    /* what the library sent arrives, or is confirmed */
    SIM_TOKEN,      /* the caller's token is set */
    SIM_ATTEMPT,    /* an attempt to connect has its outcome */
    SIM_ARRIVAL,    /* somebody connects to the server */
    SIM_LOOKUP,     /* a helper thread has its answer */
    SIM_ACTORS
};

void sim_clock_begin(void);

/* When he acts next, and what he does then; he sets his next time anew. */
void sim_at(enum sim_actor actor, int64_t at);
void sim_actor_is(enum sim_actor actor, void (*act)(void));

/* A call to the system: it takes a moment, and what is due happens. */
void sim_call(const char *name);

/* Time goes on until `ready` or `until`; false: not ready by then. */
bool sim_wait(bool (*ready)(const void *arg), const void *arg, int64_t until);

/* Time goes on, whatever happens. */
void sim_pass(int64_t ns);

/* ---- The call under way (clock.c) */

void sim_enter(const char *name, enum sim_kind kind, int64_t until);
void sim_leave(void);

/* Until when a call that begins now may wait. */
int64_t sim_until(const struct sim_limits *limits);

/* The library was told the end, or a failure: a call that closes goes on to do
 * that, with limits of its own. */
void sim_told_end(void);

/* Something moved, so the library does not spin. */
void sim_moved(void);
void sim_disturbed(void);

/* Whether a disturbance of that rate comes now. */
bool sim_disturbs(int rate);

/* ---- The caller (talk.c) */

void sim_talk(rn_stream *s, rn_buffering buffering, size_t buffer_size,
              size_t max_line);

#endif
