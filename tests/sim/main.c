/* SPDX-License-Identifier: MIT */
/*
 * The simulation's front: seeds that failed once, then a row of seeds; TAP, and
 * a line of figures. A finding is told with its seed, and played again aloud.
 * usage: sim [--list FILE] [--first N] [--seeds N] [--jobs N]
 *        sim SEED    one seed, aloud
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/wrapped.h"
#include "secret.h"
#include "sim.h"

enum {
    JOBS = 64,
    STUCK = 60 /* real seconds for some thousand seeds */
};

void
sim_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

_Noreturn void
sim_bad(const char *format, ...)
{
    va_list args;
    char seed[32];
    va_start(args, format);
    printf("# BAD seed %llu, %s: ", (unsigned long long)sim.seed,
           sim.op.name == NULL ? "at its start" : sim.op.name);
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    va_end(args);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)sim.seed);
    if (!sim.verbose && getenv("SIM_BRIEF") == NULL)
        execl("/proc/self/exe", "sim", seed, (char *)NULL);
    if (sim.verbose) /* else there are others, and a parent */
        secret_drop();
    _exit(1);
}

/* A crash, or a loop that makes no calls: at least the seed must be told. */
static void
die(int signal_number)
{
    char text[64];
    int n = snprintf(text, sizeof text, "# BAD seed %llu: signal %d\n",
                     (unsigned long long)sim.seed, signal_number);
    if (n > 0 && __real_write(STDOUT_FILENO, text, (size_t)n) >= 0)
        signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void
watch_for_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], die);
}

static void
play_row(uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (i % 4096 == 0)
            alarm(STUCK);
        sim_play(first + i);
    }
    alarm(0);
}

/* The seeds of a file, one at the start of each line. */
static int
play_list(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[512];
    int count = 0;
    if (f == NULL) {
        perror(path);
        exit(2);
    }
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] < '0' || line[0] > '9')
            continue;
        play_row(strtoull(line, NULL, 10), 1);
        count++;
    }
    fclose(f);
    return count;
}

static void
add(struct sim_figures *sum, const struct sim_figures *f)
{
    sum->seeds += f->seeds;
    sum->ops += f->ops;
    sum->calls += f->calls;
    sum->bytes += f->bytes;
    sum->days += f->days;
}

/* Parts of the row in processes of their own. False: one of them failed. */
static bool
play_parts(uint64_t first, uint64_t count, int jobs, struct sim_figures *sum)
{
    struct sim_figures *each =
        mmap(NULL, sizeof *each * JOBS, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (each == MAP_FAILED)
        exit(2);
    fflush(stdout);
    for (int i = 0; i < jobs; i++) {
        uint64_t from = count * (uint64_t)i / (uint64_t)jobs;
        uint64_t to = count * (uint64_t)(i + 1) / (uint64_t)jobs;
        if (fork() != 0)
            continue;
        memset(&sim_figures, 0, sizeof sim_figures);
        play_row(first + from, to - from);
        each[i] = sim_figures;
        _exit(0);
    }
    bool fine = true;
    for (int i = 0; i < jobs; i++) {
        int status = 1;
        fine = wait(&status) > 0 && status == 0 && fine;
    }
    for (int i = 0; i < jobs; i++)
        add(sum, &each[i]);
    return fine && sum->seeds == count;
}

static double
seconds(void)
{
    struct timespec t;
    __real_clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
    uint64_t first = 1;
    uint64_t count = 200000;
    int jobs = 1;
    int tests = 1;
    double began = seconds();
    watch_for_crashes();
    secret_set_up();
    atexit(secret_drop);
    if (argc == 2 && argv[1][0] >= '0' && argv[1][0] <= '9') {
        sim.verbose = true;
        setvbuf(stdout, NULL, _IOLBF, 0);
        play_row(strtoull(argv[1], NULL, 10), 1);
        printf("seed %s: nothing is wrong\n", argv[1]);
        return 0;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--list") == 0)
            printf("ok %d - %d seeds that failed once\n", tests++,
                   play_list(value));
        else if (strcmp(argv[i], "--first") == 0)
            first = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0)
            count = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--jobs") == 0)
            jobs = atoi(value);
    }
    jobs = jobs < 1 ? 1 : jobs > JOBS ? JOBS : jobs;
    struct sim_figures sum = {0};
    bool fine = play_parts(first, count, jobs, &sum);
    printf("%sok %d - %llu seeds from %llu on\n1..%d\n", fine ? "" : "not ",
           tests, (unsigned long long)count, (unsigned long long)first, tests);
    printf("# sim: %llu seeds, %.1f M calls of the library, %.1f M to the "
           "system, %.0f days of virtual time, %d bad, %.0f s\n",
           (unsigned long long)sum.seeds, (double)sum.ops / 1e6,
           (double)sum.calls / 1e6, sum.days, !fine, seconds() - began);
    return fine ? 0 : 1;
}
