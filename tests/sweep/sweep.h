/* SPDX-License-Identifier: MIT */
/*
 * The fault sweep. A scenario calls runnel with a peer that is played in the
 * same thread; every call that runnel makes to the system is a numbered point,
 * and a run makes one of them (or two) fail. Time is virtual: nothing waits.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"
#include "runnel.h"

/* ---- Faults (faults.c) */

enum sw_kind {
    SW_FAIL,  /* fails with errno `value` */
    SW_AFTER, /* does its work, and fails with errno `value` all the same */
    SW_TELL,  /* says `value`: what a connect came to, an EAI_ code, ... */
    SW_SHORT, /* one byte is taken or given */
    SW_HALF,  /* half of them */
    SW_END,   /* the end of the stream */
    SW_EARLY, /* a wait is over before its time, with nothing */
    SW_READY  /* a wait says that something is ready which is not */
};

/* What a fault comes to. */
enum {
    SW_ABSORBED = 0, /* the caller never hears of it */
    SW_STORM = 1     /* the same; "always" is a long storm that ends */
};

struct sw_fault {
    enum sw_call call;
    enum sw_kind kind;
    int value;
    int code;         /* SW_ABSORBED, SW_STORM, or the code that tells it */
    int other;        /* another one, where it hits a close; or 0 */
    const char *name; /* "ECONNRESET" */
};

extern const struct sw_fault sw_faults[];
extern const int sw_fault_count;

/* The faults of a call: their number, and the place of the first. */
int sw_faults_of(enum sw_call call, int *first);

/* What the table leaves out by name, with the reason. */
extern const char *const sw_left_out[][2];
extern const int sw_left_out_count;

/* ---- One run (inject.c) */

enum sw_mode {
    SW_CLEAN,
    SW_ONCE,
    SW_ALWAYS, /* from this point on, and nothing is tried again */
    SW_HEALED, /* from this point on until a call has told it */
    SW_PAIR    /* once, and another once later */
};

enum {
    SW_POINTS = 4000, /* of one run */
    SW_STORM_LENGTH = 40
};

struct sw_plan {
    enum sw_mode mode;
    int point;      /* the first that fails */
    int fault;      /* in sw_faults */
    int point2;     /* SW_PAIR */
    unsigned pick2; /* which fault of the call that is found there */
};

/* The state of the run at hand. */
struct sw_run {
    struct sw_plan plan;
    bool inside; /* a call of runnel's is under way */
    bool quiet;  /* one that only sets the scenario up: no points */
    int points;
    unsigned char call_at[SW_POINTS];
    const struct sw_fault *hit[2]; /* the faults that were met, */
    int met;                       /* so often in all */
    bool moved;                    /* the point had another call */
    bool warms_up;                 /* it is played for what is made only once */
    bool healed;
    int storm;
    bool bad;
};

extern struct sw_run sw;

/* A call to the system begins; the fault that it is to have, or NULL. */
const struct sw_fault *sw_point(enum sw_call call);

/* Whether the fault at hand holds for this call, which is no point. */
bool sw_lasts(enum sw_call call);

bool sw_is_allocation(enum sw_call call);

/* Whether one of the faults that were met is of this kind. */
bool sw_met(enum sw_kind kind);

/* Something is wrong: say it with the run it happened in. */
void sw_bad(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what makes going on senseless; ends the process. */
_Noreturn void sw_stuck(const char *where);

/* What a run is called in messages. */
const char *sw_run_name(char *buf, size_t cap);

/* ---- Time (clock.c) */

void sw_clock_reset(void);
void sw_clock_advance(int64_t ns);

/* A call would wait for `events`: the peer's turn. False: it has nothing. */
bool sw_turn(short events);

/* ---- What runnel holds (memory.c, descriptors.c) */

void sw_memory_begin(void);
void sw_memory_end(void);
void sw_descriptors_begin(void);
void sw_descriptors_end(void);

/* runnel has made this descriptor, or was given it: it is to close it. */
void sw_owns(int fd);
void sw_disowns(int fd);

/* Helper threads are run at once, or where `late` only by sw_names_end. */
void sw_names_begin(void);
void sw_names_late(bool late);
void sw_names_end(void);

/* What the resolver answers; the ports of the answers come later. */
void sw_answer(const char *const *addresses);

/* ---- Scenarios */

struct sw_scenario {
    const char *name;
    void (*play)(const struct sw_scenario *self);
    int way; /* enum sw_way, where it is of a stream; enum sw_tls */
    int buffering;
    bool (*talk)(rn_stream *s);
};

extern const struct sw_scenario sw_scenarios[];
extern const int sw_scenario_count;

#endif
