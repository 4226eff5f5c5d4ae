/* SPDX-License-Identifier: MIT */
/*
 * One job done by several clients in turns, A B C A B C, for some rounds; a
 * line for each: its name, and medians for an item: processor nanoseconds, user
 * nanoseconds, wall nanoseconds; then bytes of heap and of resident memory for
 * a connection. A client without the job, or that failed, has "-" and why. The
 * first two, which are raw and runnel where their costs are to be close to each
 * other, take so many TURNS in every round: A B A B C.
 * usage: measure JOB SIZE BUFFER CONNECTIONS lf|crlf ROUNDS TURNS SECONDS
 * NAME=CLIENT... (a client's words are separated by spaces)
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
    CLIENTS = 64,
    RUNS = 500,
    WORDS = 16,
    CLOSE = 2
};

struct client {
    char *name;
    char *words[WORDS];
    long count;
    int result;
    char why[128]; /* it does not have the job */
    int runs;
    struct cost cost[RUNS];
    struct cost start[RUNS]; /* of a run of no items, each right behind it */
};

static struct client clients[CLIENTS];

static int
less(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the field at `offset` in each of n costs. */
static double
median(const struct cost *cost, int n, size_t offset)
{
    double values[RUNS];
    for (int i = 0; i < n; i++)
        memcpy(&values[i], (const char *)&cost[i] + offset, sizeof values[i]);
    qsort(values, (size_t)n, sizeof values[0], less);
    return n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double
sum(const struct cost *cost, int n, size_t offset)
{
    double total = 0;
    for (int i = 0; i < n; i++) {
        double value;
        memcpy(&value, (const char *)&cost[i] + offset, sizeof value);
        total += value;
    }
    return total;
}

static void
one(struct client *client, const struct work *base, long count, struct cost *to)
{
    struct work work = *base;
    work.count = count;
    client->result = run(&work, client->words, 60, to);
    if (client->result == NOT_THIS)
        memcpy(client->why, run_said, sizeof client->why);
}

/* How many items take `seconds` of processor time; or as much as starting does,
 * where that is a lot, or its noise would be larger than they are. As many as
 * the first client's where that is about the same: the beginning of a run,
 * while TCP's windows grow, then is the same part of each. */
static void
calibrate(struct client *client, const struct work *work, double seconds)
{
    struct cost start;
    one(client, work, 0, &start); /* its files are in memory from now on */
    one(client, work, 0, &start);
    if (client->result != RAN)
        return;
    if (seconds < start.cpu)
        seconds = start.cpu;
    for (client->count = 256; client->result == RAN; client->count *= 4) {
        struct cost cost;
        one(client, work, client->count, &cost);
        double took = cost.cpu - start.cpu;
        if (took > seconds / 8) {
            long wanted = (long)((double)client->count * seconds / took) + 1;
            long first = clients[0].count;
            bool is_like_it =
                client != clients && wanted > first / 2 && wanted < first * 2;
            client->count = is_like_it ? first : wanted;
            return;
        }
    }
}

/* One more turn. */
static void
again(struct client *client, const struct work *work)
{
    if (client->result == RAN)
        one(client, work, client->count, &client->cost[client->runs]);
    if (client->result == RAN)
        one(client, work, 0, &client->start[client->runs++]);
}

static void
print(struct client *client, const struct work *work)
{
    if (client->result != RAN) {
        printf("%s - %s\n", client->name,
               client->result == FAILED     ? "FAILED"
                   : client->why[0] != '\0' ? strtok(client->why, "\n")
                                            : "has no such job");
        return;
    }
    const struct cost *cost = client->cost;
    const struct cost *start = client->start;
    int runs = client->runs;
    size_t user = offsetof(struct cost, user);
    size_t cpu = offsetof(struct cost, cpu);
    size_t wall = offsetof(struct cost, wall);
    double items = (double)client->count / 1e9;
    double cpu_each = median(cost, runs, cpu) - median(start, runs, cpu);
    double wall_each = median(cost, runs, wall) - median(start, runs, wall);
    /* The kernel splits the time by what it sees at its clock's ticks, too few
     * in one run for a median to mean something: the share of them all. */
    double all_user = sum(cost, runs, user) - sum(start, runs, user);
    double all_cpu = sum(cost, runs, cpu) - sum(start, runs, cpu);
    double share = all_user > 0 && all_cpu > 0 ? all_user / all_cpu : 0;
    printf("%s %.2f %.2f %.2f %.0f %.0f\n", client->name, cpu_each / items,
           cpu_each / items * share, wall_each / items,
           cost[0].heap / (double)work->connections,
           cost[0].rss / (double)work->connections);
}

int
main(int argc, char **argv)
{
    if (argc < 10 || argc - 9 > CLIENTS)
        errx(2,
             "usage: measure JOB SIZE BUFFER CONNECTIONS lf|crlf ROUNDS TURNS "
             "SECONDS NAME=CLIENT...");
    struct work work = {
        .job = argv[1],
        .size = strtoul(argv[2], NULL, 10),
        .buffer = strtoul(argv[3], NULL, 10),
        .connections = atol(argv[4]),
        .crlf = strcmp(argv[5], "crlf") == 0,
    };
    int rounds = atoi(argv[6]);
    int turns = atoi(argv[7]);
    double seconds = strtod(argv[8], NULL);
    int n = argc - 9;
    int close = n < CLOSE ? n : CLOSE;
    run_first();
    if (rounds < 1 || turns < 1 || rounds > RUNS / turns)
        errx(2, "%d rounds of %d turns: %d runs are the most", rounds, turns,
             RUNS);
    for (int i = 0; i < n; i++) {
        int words = 0;
        clients[i].name = strtok(argv[9 + i], "=");
        while (words < WORDS - 1 &&
               (clients[i].words[words] = strtok(NULL, " ")) != NULL)
            words++;
        calibrate(&clients[i], &work, seconds);
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < turns * close; i++)
            again(&clients[i % close], &work);
        for (int i = close; i < n; i++)
            again(&clients[i], &work);
    }
    for (int i = 0; i < n; i++)
        print(&clients[i], &work);
    return 0;
}
