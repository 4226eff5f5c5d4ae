/* SPDX-License-Identifier: MIT */
/*
 * The conductor: starts the processes, says the steps, kills, and sums up.
 * usage: soak SECONDS PAIRS SEED TLS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "network.h"
#include "secret.h"

enum {
    TURN_MS = 10,
    HOME = FARS,     /* the slot of the client that is not killed */
    SPARE_FILES = 64 /* descriptors of other kinds */
};

struct conductor {
    struct board *b;
    pid_t pid[SLOTS];
    uint64_t random;
    rn_time give_up;
    long kills;
    int lost; /* processes that ended unasked */
};

static void
start(struct conductor *c, int number)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        perror("soak: fork");
        exit(1);
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        if (number < FARS)
            far_run(c->b, number);
        client_run(c->b, number);
    }
    c->pid[number] = pid;
}

static void
reap(struct conductor *c, int number)
{
    int status;
    waitpid(c->pid[number], &status, 0);
    c->pid[number] = 0;
}

/* Kill one of those that do not live throughout. Its connections are excused:
 * `lives` is another number then, and odd while it happens. */
static void
kill_one(struct conductor *c)
{
    int number = (int)draw(&c->random, SLOTS - 2) + 1;
    number += number >= HOME;
    struct slot *s = &c->b->slot[number];
    atomic_fetch_add(&s->lives, 1);
    kill(c->pid[number], SIGKILL);
    reap(c, number);
    atomic_fetch_add(&s->lives, 1);
    atomic_store(&s->done, 0);
    start(c, number);
    c->kills++;
}

static void
turn(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TURN_MS * 1000000L}, NULL);
}

/* Whether all processes are there; at the end they go. */
static bool
all_live(struct conductor *c, bool may_end)
{
    for (int i = 0; i < SLOTS; i++) {
        int status;
        if (c->pid[i] == 0 || waitpid(c->pid[i], &status, WNOHANG) == 0)
            continue;
        c->pid[i] = 0;
        if (may_end && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        fprintf(stderr, "soak: process %d ended with status %#x: %s\n", i,
                (unsigned)status, c->b->slot[i].complaint);
        c->lost++;
    }
    return c->lost == 0;
}

static void
say(struct conductor *c, enum step step)
{
    atomic_store(&c->b->step, step);
    atomic_fetch_add(&c->b->number, 1);
}

static int
not_done(const struct board *b)
{
    int number = atomic_load(&b->number);
    for (int i = 0; i < SLOTS; i++)
        if (atomic_load(&b->slot[i].done) != number)
            return i;
    return -1;
}

/* A step until a time, with killing or without. */
static bool
go_on(struct conductor *c, enum step step, rn_time end, bool killing)
{
    rn_time next = 0;
    say(c, step);
    while (rn_now() < end) {
        turn();
        if (!all_live(c, false))
            return false;
        if (killing && rn_now() > next) {
            if (next > 0)
                kill_one(c);
            next = rn_in(50 + draw(&c->random, 300));
        }
    }
    return true;
}

/* A step to its end; false where it does not end, or somebody has. */
static bool
carry_out(struct conductor *c, enum step step, const char *name)
{
    int late;
    rn_time begin = rn_now();
    say(c, step);
    while ((late = not_done(c->b)) >= 0) {
        turn();
        if (!all_live(c, step == STEP_END))
            return false;
        if (rn_now() > c->give_up) {
            fprintf(stderr, "soak: %s does not end: process %d\n", name, late);
            go_on(c, STEP_TELL, rn_in(1000), false);
            return false;
        }
    }
    printf("soak: %s: %.1f s\n", name, (double)(rn_now() - begin) / 1e9);
    fflush(stdout);
    return true;
}

static rn_time
later(rn_time a, rn_time b)
{
    return a > b ? a : b;
}

static bool
soak(struct conductor *c, int64_t ms, double *idle)
{
    int64_t idle_ms = ms / 10 > 30000 ? 30000 : ms / 10;
    int64_t age_ms = ms / 4;
    rn_time idle_begin = rn_in(ms - idle_ms); /* or later, on a slow machine */
    for (int i = 0; i < SLOTS; i++)
        start(c, i);
    if (!carry_out(c, STEP_REST, "connecting") ||
        !go_on(c, STEP_AGE, rn_in(age_ms), true) ||
        !carry_out(c, STEP_REST, "the first rest") ||
        !carry_out(c, STEP_LOOK, "the first look") ||
        !go_on(c, STEP_RUN, later(idle_begin, rn_in(age_ms)), true) ||
        !carry_out(c, STEP_REST, "the second rest") ||
        !carry_out(c, STEP_LOOK, "the second look"))
        return false;
    rn_time begin = rn_now();
    if (!go_on(c, STEP_IDLE, rn_in(idle_ms), false) ||
        !carry_out(c, STEP_LOOK, "the end of idling"))
        return false;
    *idle = (double)(rn_now() - begin) / 1e3;
    return carry_out(c, STEP_END, "the end");
}

/* Clients first: they would complain of their far ends. */
static void
end_processes(struct conductor *c)
{
    for (int i = SLOTS - 1; i >= 0; i--) {
        if (c->pid[i] == 0)
            continue;
        kill(c->pid[i], SIGKILL);
        reap(c, i);
    }
}

static double
growth(long before, long after)
{
    return before > 0 ? 100.0 * (double)(after - before) / (double)before : 100;
}

/* Less would mean that memory was held at the first look which could have been
 * let go. */
static bool
is_flat(double growth)
{
    return growth <= 1 && growth >= -1;
}

/* The line of figures; whether all is as it should be. */
static bool
sum_up(const struct conductor *c, int seconds, double idle)
{
    const struct board *b = c->b;
    const struct slot *far = &b->slot[0];
    const struct slot *home = &b->slot[HOME];
    long lines = 0, connections = 0, ends = 0, aborts = 0, cpu = 0;
    int bad = 0, descriptors = 0;
    for (int i = 0; i < SLOTS; i++) {
        const struct slot *s = &b->slot[i];
        lines += i < FARS ? 0 : s->lines;
        connections += s->connections;
        ends += s->half_closes;
        aborts += s->aborts;
        cpu += s->cpu;
        bad += s->bad;
        descriptors += s->descriptors_after - s->descriptors_before;
        if (s->bad > 0)
            fprintf(stderr, "soak: process %d: %d bad: %s\n", i, s->bad,
                    s->complaint);
    }
    double heap = growth(home->look[0].heap + far->look[0].heap,
                         home->look[1].heap + far->look[1].heap);
    double resident = growth(home->look[0].resident + far->look[0].resident,
                             home->look[1].resident + far->look[1].resident);
    double load = 100.0 * (double)cpu / idle;
    printf("soak: %d s, %d pairs (%d %% over TLS), %.2f M lines there and "
           "back, %ld kills, "
           "%ld reconnects, %ld ends in order, %ld aborts, %d bad | memory "
           "%+.2f %% of %.1f MB (allocated %+.2f %%) | descriptors %d | idle "
           "CPU %.2f %%\n",
           seconds, b->pairs, b->tls, (double)lines / 1e6, c->kills,
           connections - b->pairs, ends, aborts, bad, resident,
           (double)(home->look[0].resident + far->look[0].resident) / 1e6, heap,
           descriptors, load);
    return bad == 0 && descriptors == 0 && is_flat(heap) && is_flat(resident) &&
        load < 2 && lines > 0 && c->kills > 0;
}

static const char *
prepare(int pairs)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < (rlim_t)pairs + SPARE_FILES)
        return "so many descriptors may not be open";
    return network_make();
}

int
main(int argc, char **argv)
{
    struct conductor c = {.lost = 0};
    int seconds = argc == 5 ? atoi(argv[1]) : 0;
    int pairs = argc == 5 ? atoi(argv[2]) : 0;
    if (seconds < 3 || pairs < GUEST_SHARE) {
        fprintf(stderr,
                "usage: soak SECONDS PAIRS SEED TLS (3 s, %d pairs at "
                "least; TLS: so many in a hundred of them)\n",
                GUEST_SHARE);
        return 2;
    }
    const char *why = prepare(pairs);
    if (why != NULL) {
        fprintf(stderr, "NOT RUN: soak: %s\n", why);
        return 1;
    }
    c.b = mmap(NULL, sizeof *c.b, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c.b == MAP_FAILED)
        return 1;
    c.b->pairs = pairs;
    c.b->tls = secret_begin() ? atoi(argv[4]) : 0;
    c.b->seed = (unsigned)strtoul(argv[3], NULL, 10);
    c.random = c.b->seed;
    c.give_up = rn_in((int64_t)seconds * 1000 + 50000);
    printf("soak: seed %u\n", c.b->seed);
    fflush(stdout);
    double idle = 1;
    bool through = soak(&c, (int64_t)seconds * 1000, &idle);
    end_processes(&c);
    secret_end();
    bool fine = sum_up(&c, seconds, idle) && through;
    if (!through)
        printf("soak: NOT THROUGH\n");
    return fine ? 0 : 1;
}
