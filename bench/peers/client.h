/* SPDX-License-Identifier: MIT */
/*
 * What every client in C has in common. A client is started as
 *     CLIENT JOB COUNT SIZE BUFFER CONNECTIONS PORT SINK-PORT
 * connects to 127.0.0.1, does COUNT items, checks and prints one number; status
 * 3 says that it does not have the job, and may say why. The jobs, and the
 * number:
 *
 *     readln      take lines; for each its length and its first byte
 *     readln-call the same without the first byte, which in Lua is a call
 *     readln-for  likewise, in a for loop
 *     writeln     buffered lines of SIZE - 1 x and LF; the bytes
 *     pingpong    a line of SIZE there and back, on CONNECTIONS in turn; bytes
 *     read        blocks of SIZE; the bytes
 *     write       likewise
 *     connect     and close; COUNT * SIZE, as in all that follow
 *     accept      and close: tells PORT in a line where to connect, how often
 *     relay       blocks of SIZE from PORT to SINK-PORT
 *     readall     tell PORT how many bytes, in a line, and read it all
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client {
    const char *job;
    long count;
    size_t size;
    size_t buffer;
    long connections;
    int port;
    int sink;
};

typedef unsigned long long sum;

/* A client's jobs; ends with a NULL name. */
struct job {
    const char *name;
    sum (*run)(const struct client *client);
};

/* For the sum of readln; both ends of a line are touched. */
static inline sum
line_sum(const char *line, size_t len)
{
    return len + (len > 0 ? (unsigned char)line[0] : 0);
}

/* SIZE bytes to write, with a line feed at the end. */
static inline char *
new_line(const struct client *client)
{
    char *line = malloc(client->size + 1);
    memset(line, 'x', client->size);
    line[client->size - 1] = '\n';
    line[client->size] = '\0';
    return line;
}

/* The memory that the heap has handed out: noted once all CONNECTIONS are open
 * and unused. */
static double heap_grown;

static inline double
heap_used(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd);
}

static inline int
client_main(int argc, char **argv, const struct job *jobs)
{
    if (argc != 8)
        errx(2, "usage: %s JOB COUNT SIZE BUFFER CONNECTIONS PORT SINK-PORT",
             argv[0]);
    struct client client = {argv[1],
                            atol(argv[2]),
                            strtoul(argv[3], NULL, 10),
                            strtoul(argv[4], NULL, 10),
                            atol(argv[5]),
                            atoi(argv[6]),
                            atoi(argv[7])};
    for (const struct job *job = jobs; job->name != NULL; job++)
        if (strcmp(job->name, client.job) == 0) {
            sum result = job->run(&client);
            printf("%llu %.0f\n", result, heap_grown);
            return 0;
        }
    return 3;
}

#endif
