/* SPDX-License-Identifier: MIT */
/*
 * One job done by several clients in turns, A B C A B C, for some rounds; a
 * line for each: its name, and medians for an item: processor nanoseconds, user
 * nanoseconds, wall nanoseconds; then bytes of heap and of resident memory for
 * a connection. A client without the job, or that failed, has "-" and why.
 * usage: measure JOB SIZE BUFFER CONNECTIONS lf|crlf ROUNDS SECONDS
 * NAME=CLIENT... (a client's words are separated by spaces)
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
    CLIENTS = 64,
    ROUNDS = 99,
    WORDS = 16,
    STARTS = 3
};

struct client {
    char *name;
    char *words[WORDS];
    long count;
    int result;
    char why[128];     /* it does not have the job */
    struct cost start; /* of a run of no items */
    struct cost cost[ROUNDS];
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
    double values[ROUNDS];
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
 * where that is a lot, or its noise would be larger than they are. */
static void
calibrate(struct client *client, const struct work *work, double seconds)
{
    struct cost starts[STARTS];
    for (int i = 0; i < STARTS && client->result == RAN; i++)
        one(client, work, 0, &starts[i]);
    if (client->result != RAN)
        return;
    client->start = (struct cost){
        .user = median(starts, STARTS, offsetof(struct cost, user)),
        .cpu = median(starts, STARTS, offsetof(struct cost, cpu)),
        .wall = median(starts, STARTS, offsetof(struct cost, wall)),
    };
    if (seconds < client->start.cpu)
        seconds = client->start.cpu;
    for (client->count = 256; client->result == RAN; client->count *= 8) {
        struct cost cost;
        one(client, work, client->count, &cost);
        double took = cost.cpu - client->start.cpu;
        if (took > seconds / 16) {
            double wanted = (double)client->count * seconds / took;
            client->count = (long)wanted + 1;
            return;
        }
    }
}

static void
print(struct client *client, const struct work *work, int rounds)
{
    if (client->result != RAN) {
        printf("%s - %s\n", client->name,
               client->result == FAILED     ? "FAILED"
                   : client->why[0] != '\0' ? strtok(client->why, "\n")
                                            : "has no such job");
        return;
    }
    const struct cost *cost = client->cost;
    size_t user = offsetof(struct cost, user);
    size_t cpu = offsetof(struct cost, cpu);
    double items = (double)client->count / 1e9;
    double cpu_each = (median(cost, rounds, cpu) - client->start.cpu) / items;
    /* The kernel splits the time by what it sees at its clock's ticks, too few
     * in one run for a median to mean something: the share of them all. */
    double all_user = sum(cost, rounds, user) - rounds * client->start.user;
    double all_cpu = sum(cost, rounds, cpu) - rounds * client->start.cpu;
    double share = all_user > 0 && all_cpu > 0 ? all_user / all_cpu : 0;
    double wall = median(cost, rounds, offsetof(struct cost, wall));
    printf("%s %.2f %.2f %.2f %.0f %.0f\n", client->name, cpu_each,
           cpu_each * share, (wall - client->start.wall) / items,
           cost[0].heap / (double)work->connections,
           cost[0].rss / (double)work->connections);
}

int
main(int argc, char **argv)
{
    if (argc < 9 || argc - 8 > CLIENTS)
        errx(2,
             "usage: measure JOB SIZE BUFFER CONNECTIONS lf|crlf ROUNDS "
             "SECONDS NAME=CLIENT...");
    struct work work = {
        .job = argv[1],
        .size = strtoul(argv[2], NULL, 10),
        .buffer = strtoul(argv[3], NULL, 10),
        .connections = atol(argv[4]),
        .crlf = strcmp(argv[5], "crlf") == 0,
    };
    int rounds = atoi(argv[6]);
    double seconds = strtod(argv[7], NULL);
    int n = argc - 8;
    run_first();
    if (rounds < 1 || rounds > ROUNDS)
        errx(2, "%d rounds", rounds);
    for (int i = 0; i < n; i++) {
        int words = 0;
        clients[i].name = strtok(argv[8 + i], "=");
        while (words < WORDS - 1 &&
               (clients[i].words[words] = strtok(NULL, " ")) != NULL)
            words++;
        calibrate(&clients[i], &work, seconds);
    }
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < n; i++)
            if (clients[i].result == RAN)
                one(&clients[i], &work, clients[i].count,
                    &clients[i].cost[round]);
    for (int i = 0; i < n; i++)
        print(&clients[i], &work, rounds);
    return 0;
}
