/* SPDX-License-Identifier: MIT */
/*
 * One run: the far end in a process of its own, the client in another, and both
 * their results compared with what the text gives. Processor time is wait4(2)'s
 * for the whole life of the client; whoever calls takes off that of a run of no
 * items.
 */
#define _GNU_SOURCE
#include "run.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "far.h"

char run_said[128];

static double
seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
pin(long processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    sched_setaffinity(0, sizeof set, &set);
}

void
run_first(void)
{
    sched_setscheduler(0, SCHED_RR, &(struct sched_param){1});
}

static int
is(const struct work *work, const char *job)
{
    return strcmp(work->job, job) == 0;
}

static pid_t
start_far(struct far *far, int feed[2], int report[2], int out[2])
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(0);
    /* What it kept open would not end for the others. */
    close(feed[0]);
    close(out[0]);
    close(out[1]);
    close(report[0]);
    far->feed = feed[1];
    far->report = report[1];
    far_run(far);
}

static int
port_for(const struct far *far, const struct work *work)
{
    if (is(work, "readln") || is(work, "readln-call") ||
        is(work, "readln-for") || is(work, "read"))
        return far->port[FAR_SOURCE];
    if (is(work, "writeln"))
        return far->port[FAR_SINK];
    if (is(work, "write"))
        return far->port[FAR_DRAIN];
    if (is(work, "accept"))
        return far->port[FAR_DIAL];
    if (is(work, "readall") || is(work, "relay"))
        return far->port[FAR_WHOLE];
    return far->port[FAR_ECHO];
}

static void
start_client(const struct far *far, const struct work *work,
             char *const client[], int in, int out, int limit)
{
    enum {
        MOST = 32
    };
    char numbers[6][24];
    char *argv[MOST];
    int argc = 0;
    while (client[argc] != NULL && argc < MOST - 8) {
        argv[argc] = client[argc];
        argc++;
    }
    long values[6] = {work->count,         (long)work->size,
                      (long)work->buffer,  work->connections,
                      port_for(far, work), far->port[FAR_DRAIN]};
    argv[argc++] = (char *)(size_t)work->job;
    for (int i = 0; i < 6; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%ld", values[i]);
        argv[argc++] = numbers[i];
    }
    argv[argc] = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(sysconf(_SC_NPROCESSORS_ONLN) - 1);
    /* A limit in processor time is no signal that a language's own run-time
     * might take; the parent's alarm is for one that hangs. */
    setrlimit(RLIMIT_CPU, &(struct rlimit){(rlim_t)limit, (rlim_t)limit});
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execvp(argv[0], argv);
    err(127, "%s", argv[0]);
}

/* What the client must have said. */
static unsigned long long
expected(const struct work *work)
{
    unsigned long long n = (unsigned long long)work->count;
    if (is(work, "readln")) {
        unsigned long long rest = n % 26;
        return n * (work->size - (work->crlf ? 2 : 1) + 'a') +
            n / 26 * (25 * 26 / 2) + rest * (rest - (rest > 0)) / 2;
    }
    if (is(work, "readln-call") || is(work, "readln-for"))
        return n * (work->size - 1);
    return n * work->size;
}

static int
sunk_well(const struct work *work, int report)
{
    struct far_report got;
    if (work->count == 0)
        return 1;
    if (read(report, &got, sizeof got) != sizeof got)
        return 0;
    unsigned long long n = (unsigned long long)work->count;
    if (!is(work, "writeln"))
        return got.bytes == n * work->size;
    return got.bytes == n * work->size && got.lines == n &&
        got.sum == n * ((work->size - 1) * 'x' + '\n');
}

static pid_t overdue;

static void
kill_it(int signal)
{
    (void)signal;
    kill(overdue, SIGKILL);
}

static int
finish(const struct work *work, pid_t client, int out, int report, int limit,
       struct cost *cost)
{
    char *said = run_said;
    size_t n = 0;
    ssize_t got;
    int status;
    struct rusage usage;
    double start = now();
    memset(said, 0, sizeof run_said);
    overdue = client;
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = kill_it}, NULL);
    alarm((unsigned)limit);
    while (n < sizeof run_said - 1 &&
           ((got = read(out, said + n, sizeof run_said - 1 - n)) > 0 ||
            (got < 0 && errno == EINTR)))
        n += got > 0 ? (size_t)got : 0;
    while (wait4(client, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    alarm(0);
    cost->wall = now() - start;
    cost->user = seconds(usage.ru_utime);
    cost->cpu = cost->user + seconds(usage.ru_stime);
    cost->rss = (double)usage.ru_maxrss * 1024;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
        return NOT_THIS;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        warnx("%s: the client ended with status %x", work->job,
              (unsigned)status);
        return FAILED;
    }
    char *rest;
    unsigned long long sum = strtoull(said, &rest, 10);
    cost->heap = strtod(rest, NULL);
    if (sum != expected(work)) {
        warnx("%s: the client says %llu, not %llu", work->job, sum,
              expected(work));
        return FAILED;
    }
    if (!is(work, "writeln") && !is(work, "write") && !is(work, "relay"))
        return RAN;
    if (sunk_well(work, report))
        return RAN;
    warnx("%s: what arrived is not what was to be written", work->job);
    return FAILED;
}

int
run(const struct work *work, char *const client[], int limit, struct cost *cost)
{
    struct far far;
    int feed[2];
    int report[2];
    int out[2];
    if (pipe2(feed, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0 ||
        pipe2(out, O_CLOEXEC) != 0)
        err(1, "pipe");
    fcntl(feed[1], F_SETFL, O_NONBLOCK);
    far_open(&far, work->size, work->crlf);
    pid_t server = start_far(&far, feed, report, out);
    pid_t pid = fork();
    if (pid == 0)
        start_client(&far, work, client, feed[0], out[1], limit);
    if (server < 0 || pid < 0)
        err(1, "fork");
    close(feed[0]);
    close(feed[1]);
    close(out[1]);
    close(report[1]);
    far_close(&far);
    int result = finish(work, pid, out[0], report[0], limit, cost);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    close(out[0]);
    close(report[0]);
    return result;
}
