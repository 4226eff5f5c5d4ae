/* SPDX-License-Identifier: MIT */
/*
 * The runner. One process plays every scenario without a fault and so finds the
 * points; others take run after run from a list that all share. One that dies,
 * or hangs (alarm(2)), is told with the run it was in, and replaced.
 */
#define _GNU_SOURCE
#include "runner.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"
#include "secrets.h"
#include "sweep.h"

enum {
    LIMIT = 20, /* seconds for one run */
    MOVED = 10  /* times that a run may find another call at its point */
};

struct shared *all;
static const struct sw_scenario *playing;

const char *
sw_run_name(char *buf, size_t cap)
{
    static const char *const modes[] = {"clean", "once", "always", "healed",
                                        "and another"};
    const struct sw_plan *p = &sw.plan;
    const struct sw_fault *fault = &sw_faults[p->fault];
    int n = snprintf(buf, cap, "%s, point %d: %s", playing->name, p->point,
                     modes[p->mode]);
    if (p->mode != SW_CLEAN && n > 0 && (size_t)n < cap)
        n += snprintf(buf + n, cap - (size_t)n, " %s %s",
                      sw_call_name(fault->call), fault->name);
    if (sw.hit[1] != NULL && n > 0 && (size_t)n < cap)
        snprintf(buf + n, cap - (size_t)n, ", then at %d: %s %s", p->point2,
                 sw_call_name(sw.hit[1]->call), sw.hit[1]->name);
    return buf;
}

static void
play(const struct sw_scenario *scenario, const struct sw_plan *plan)
{
    memset(&sw, 0, offsetof(struct sw_run, call_at));
    memset(sw.hit, 0, sizeof sw.hit);
    sw.moved = sw.healed = sw.bad = false;
    sw.storm = 0;
    sw.plan = *plan;
    playing = scenario;
    alarm(LIMIT);
    sw_clock_reset();
    sw_calls_begin();
    sw_peer_begin();
    sw_names_begin();
    sw_memory_begin();
    sw_descriptors_begin();
    scenario->play(scenario);
    sw_names_end();
    sw_descriptors_end();
    sw_memory_end();
    sw_check(sw.hit[0] != NULL || !sw_has_failed(),
             "a call failed without any fault");
    alarm(0);
}

static void
note_run(const struct run *r)
{
    atomic_fetch_add(&all->runs, 1);
    atomic_fetch_add(&all->faults, (sw.hit[0] != NULL) + (sw.hit[1] != NULL));
    if (sw.hit[0] != NULL)
        atomic_store(&all->met[r->scenario][r->point], 1);
    if (sw.bad)
        atomic_fetch_add(&all->bad, 1);
}

/* One run of the list. False: what it leaves behind may not be clean. */
static bool
play_run(const struct run *r)
{
    struct sw_plan plan = {.mode = (enum sw_mode)r->mode,
                           .point = r->point,
                           .fault = r->fault,
                           .point2 = r->point2,
                           .pick2 = r->pick2};
    const struct sw_scenario *scenario = &sw_scenarios[r->scenario];
    int tries = 0;
    do {
        play(scenario, &plan);
        atomic_fetch_add(&all->moved, sw.hit[0] == NULL);
    } while (!sw.bad && sw.hit[0] == NULL && ++tries < MOVED);
    sw_check(sw.hit[0] != NULL, "its point was never met");
    note_run(r);
    if (sw.bad || plan.mode != SW_ALWAYS || !sw_told_repeatable())
        return !sw.bad;
    plan.mode = SW_HEALED;
    play(scenario, &plan);
    note_run(r);
    return !sw.bad;
}

/* What OpenSSL makes once is no part of any run. */
static void
warm_up(int scenario)
{
    const struct sw_plan clean = {.mode = SW_CLEAN};
    sw.warms_up = true;
    if (strncmp(sw_scenarios[scenario].name, "tls ", 4) == 0)
        play(&sw_scenarios[scenario], &clean);
    sw.warms_up = false;
}

static _Noreturn void
work(int job)
{
    for (int i = 0; i < sw_scenario_count; i++)
        warm_up(i);
    for (;;) {
        long i = atomic_fetch_add(&all->next, 1);
        if (i >= all->run_count)
            _exit(0);
        atomic_store(&all->done[job], i);
        if (!play_run(&all->run[i]))
            _exit(1);
    }
}

/* Where the machine is slow a reader may have to ask once more than it mostly
 * has: what two runs in turn agree on counts. */
static void
find_points(int scenario)
{
    const struct sw_plan clean = {.mode = SW_CLEAN};
    bool agreed = false;
    warm_up(scenario);
    for (int i = 0; i < MOVED && !agreed; i++) {
        play(&sw_scenarios[scenario], &clean);
        if (sw.points > SW_POINTS)
            sw_bad("%d points are too many", sw.points);
        if (sw.bad)
            _exit(1);
        size_t n = (size_t)sw.points;
        agreed = all->points[scenario] == sw.points &&
            memcmp(all->call_at[scenario], sw.call_at, n) == 0;
        all->points[scenario] = sw.points;
        memcpy(all->call_at[scenario], sw.call_at, n);
    }
    _exit(0);
}

static bool
find_all_points(const char *only)
{
    bool fine = true;
    for (int i = 0; i < sw_scenario_count; i++) {
        if (only != NULL && strcmp(only, sw_scenarios[i].name) != 0)
            continue;
        int status = 0;
        pid_t pid = fork();
        if (pid == 0)
            find_points(i);
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
            fprintf(stderr, "BAD %s, without any fault\n",
                    sw_scenarios[i].name);
            fine = false;
        }
    }
    return fine;
}

/* A process has ended: with a run that was bad, or was its death. */
static void
bury(int job, int status)
{
    if (!WIFSIGNALED(status) && WEXITSTATUS(status) <= 1)
        return;
    const struct run *r = &all->run[atomic_load(&all->done[job])];
    char name[256];
    sw.plan = (struct sw_plan){.mode = (enum sw_mode)r->mode,
                               .point = r->point,
                               .fault = r->fault,
                               .point2 = r->point2};
    playing = &sw_scenarios[r->scenario];
    if (WIFSIGNALED(status))
        fprintf(stderr, "BAD %s\n    ended by signal %d (%s)\n",
                sw_run_name(name, sizeof name), WTERMSIG(status),
                WTERMSIG(status) == SIGALRM ? "it hung" : "it crashed");
    else if (WEXITSTATUS(status) != 3)
        fprintf(stderr, "BAD %s\n    ended with %d\n",
                sw_run_name(name, sizeof name), WEXITSTATUS(status));
    atomic_fetch_add(&all->bad, 1);
    atomic_fetch_add(&all->runs, 1);
}

static pid_t
hire(int job)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody goes on alone */
        work(job);
    }
    if (pid < 0) {
        perror("fork");
        exit(2);
    }
    return pid;
}

static void
run_all(long jobs)
{
    pid_t pids[JOBS] = {0};
    for (int i = 0; i < jobs; i++)
        pids[i] = hire(i);
    int left = (int)jobs;
    while (left > 0) {
        int status;
        pid_t pid = wait(&status);
        int job = 0;
        while (job < jobs && pids[job] != pid)
            job++;
        if (job == jobs)
            continue;
        bury(job, status);
        if (status != 0 && atomic_load(&all->next) < all->run_count)
            pids[job] = hire(job);
        else
            left--;
    }
}

static double
seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
report(const struct sw_order *order, double began)
{
    long points = 0;
    long missed = 0;
    int kinds = sw_count_kinds(&points, &missed);
    long faults = atomic_load(&all->faults);
    long bad = atomic_load(&all->bad);
    bool sample = order->every > 1 || order->pairs > 0;
    printf("sweep%s: %d scenarios, %d kinds of call, %ld points%s, %ld runs, "
           "%ld faults, %d left out by name, %ld bad, %.1f s\n",
           order->pairs > 0 ? "-pairs" : "", sw_scenario_count, kinds, points,
           sample           ? " (a sample)"
               : missed > 0 ? " (not all met)"
                            : " (all met)",
           atomic_load(&all->runs), faults, sw_left_out_count, bad,
           seconds() - began);
    if (order->pairs > 0)
        printf("the seed was %ld\n", order->seed);
    bool enough = kinds >= order->kinds && faults >= order->faults &&
        (sample || missed == 0);
    if (!enough)
        printf("too little: %ld kinds, %ld faults and every point are asked "
               "for; %ld points were missed\n",
               order->kinds, order->faults, missed);
    return bad == 0 && enough ? 0 : 1;
}

int
sw_sweep(const struct sw_order *order)
{
    double began = seconds();
    all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || order->jobs < 1 || order->jobs > JOBS ||
        order->every < 1) {
        perror("sweep");
        return 2;
    }
    sw_path_make();
    sw_tls_begin();
    bool fine = find_all_points(order->only);
    if (fine && order->pairs > 0)
        sw_list_pairs(order);
    else if (fine)
        sw_list_single(order);
    fflush(NULL);
    if (fine)
        run_all(order->jobs);
    sw_tls_end();
    sw_path_remove();
    int status = report(order, began);
    return fine ? status : 1;
}
