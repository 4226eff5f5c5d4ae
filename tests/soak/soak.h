/* SPDX-License-Identifier: MIT */
/*
 * Thousands of connections for as long as one likes, over a loopback interface
 * that loses packets, between processes some of which are killed all the time:
 * nothing may be lost or come twice, no memory or descriptor may be left, and
 * what is idle must cost no time.
 *
 * The conductor (main.c) starts the others and kills some of them. Clients
 * (client.c) own the connections: the first one most of them, and it lives
 * throughout; the others are killed. Far ends (far.c) answer: the first one
 * lives throughout. Connection n is with far end n % FARS. Everybody follows
 * the steps that are chalked on a board in shared memory.
 */
#ifndef SOAK_H
#define SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "runnel.h"

enum {
    FARS = 16,
    GUESTS = 4,       /* clients that are killed */
    GUEST_SHARE = 40, /* one of so many connections is a guest's */
    CLIENTS = 1 + GUESTS,
    SLOTS = FARS + CLIENTS,
    BASE_PORT = 7001,
    BUFFER = 4096,
    LIVENESS = 60,   /* seconds */
    TIMEOUT = 60000, /* milliseconds, of each call */
    COMPLAINT = 300
};

/* What is to be done. One after another; see main.c. */
enum step {
    STEP_AGE,  /* as STEP_RUN, with more ends and new connections: the holes in
                  the memory soon are those of a long time */
    STEP_RUN,  /* lines, half-closes, aborts, pauses, new connections */
    STEP_REST, /* finish all that, and one line of full length everywhere */
    STEP_LOOK, /* tell the memory in use */
    STEP_IDLE, /* do nothing; tell the time used at both ends of it */
    STEP_TELL, /* it does not go on: tell why */
    STEP_END   /* close everything, and tell the descriptors */
};

struct look {
    long heap;     /* bytes in use */
    long resident; /* bytes */
};

/* One process. It is shared, and what it counts survives its end. */
struct slot {
    atomic_int done;  /* the number of the last step that is through */
    atomic_int lives; /* how often it was started; grows before it is killed */
    atomic_int bad;
    atomic_long lines;
    atomic_long connections;
    atomic_long half_closes;
    atomic_long aborts;
    struct look look[2];
    int looks;
    long cpu; /* in the idle step: microseconds */
    int descriptors_before;
    int descriptors_after;
    char complaint[COMPLAINT]; /* the first one */
};

struct board {
    unsigned seed;
    int pairs;
    int tls; /* so many in a hundred of them are over TLS: see secret.h */
    atomic_int number; /* of the step, from 1 on */
    atomic_int step;
    struct slot slot[SLOTS]; /* the far ends, then the clients */
};

/* Both never return. `number` is that of the slot. */
_Noreturn void far_run(struct board *b, int number);
_Noreturn void client_run(struct board *b, int number);

/* ---- process.c: what both have in common */

/* Something that must not be. */
void bad(struct slot *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void look_at_memory(struct slot *s);
void look_at_time(struct slot *s, bool first);
void look_at_descriptors(struct slot *s, bool first);

/* From 0 to n - 1, n > 0. */
uint32_t draw(uint64_t *state, uint32_t n);

/* ---- line.c */

enum {
    LINE_SIZE = 3200
};

/* What a line says; its text follows from that. */
struct line {
    char kind;    /* see below */
    uint32_t id;  /* of the connection */
    uint32_t gen; /* how many it had before under this number */
    uint32_t seq;
    uint32_t pause; /* KIND_PAUSE: milliseconds */
};
enum {
    KIND_PLAIN = 'e',
    KIND_PAUSE = 'p', /* stop reading for a while */
    KIND_BYE = 'b',   /* answer, then close */
    KIND_FULL = 'f'   /* of full length */
};

/* Make the text (LINE_SIZE bytes suffice); its length. */
int line_make(const struct line *l, char *text);

/* Take a text apart; whether it is one that line_make makes. */
bool line_check(const char *text, size_t len, struct line *l);

#endif
