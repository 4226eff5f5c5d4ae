/* SPDX-License-Identifier: MIT */
/* Runs, in processes of their own. */
#ifndef SWEEP_RUNNER_H
#define SWEEP_RUNNER_H

#include <stdatomic.h>

#include "sweep.h"

struct sw_order {
    long every; /* only each so-manieth fault */
    long pairs; /* so many pairs of faults instead */
    long seed;  /* of the pairs */
    long jobs;  /* processes at once */
    long kinds; /* the least that there must be, else it has failed */
    long faults;
    const char *only; /* a scenario */
};

/* ---- Inside: what all processes see (runner.c), and the list (list.c) */

enum {
    SCENARIOS = 192,
    RUNS = 1 << 20,
    JOBS = 64
};

struct run {
    unsigned short scenario;
    unsigned short point;
    unsigned short fault;
    unsigned short mode;
    unsigned short point2;
    unsigned short pick2;
};

/* What all processes see. */
struct shared {
    atomic_long next;
    atomic_long done[JOBS]; /* the run that each is in */
    atomic_long faults;     /* that were met */
    atomic_long bad;
    atomic_long runs;
    atomic_long moved;
    long run_count;
    int points[SCENARIOS];
    unsigned char call_at[SCENARIOS][SW_POINTS];
    atomic_uchar met[SCENARIOS][SW_POINTS];
    struct run run[RUNS];
};
extern struct shared *all;

/* Put the runs into the list: every single fault, or pairs. */
void sw_list_single(const struct sw_order *order);
void sw_list_pairs(const struct sw_order *order);

/* Different names among the points that were met, and how many were not. */
int sw_count_kinds(long *points, long *missed);

/* ---- Outside */

/* The exit status: 0 where nothing is bad and nothing too little. */
int sw_sweep(const struct sw_order *order);

#endif
