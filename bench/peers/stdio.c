/* SPDX-License-Identifier: MIT */
/* The client with stdio: getline, fwrite_unlocked and putc_unlocked. */
#define _GNU_SOURCE
#include "raw.h"

#include <stdio_ext.h>

static FILE *
opened(const struct client *client, int port)
{
    FILE *file = fdopen(raw_connect(port), "r+");
    setvbuf(file, malloc(client->buffer), _IOFBF, client->buffer);
    __fsetlocking(file, FSETLOCKING_BYCALLER);
    return file;
}

static sum
readln(const struct client *client)
{
    FILE *file = opened(client, client->port);
    char *line = NULL;
    size_t room = 0;
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        ssize_t n = getline(&line, &room, file);
        if (n <= 0)
            err(1, "getline");
        size_t len = (size_t)n - 1;
        if (len > 0 && line[len - 1] == '\r')
            len--;
        total += line_sum(line, len);
    }
    return total;
}

static sum
writeln(const struct client *client)
{
    FILE *file = opened(client, client->port);
    char *line = new_line(client);
    for (long i = 0; i < client->count; i++)
        if (fwrite_unlocked(line, 1, client->size - 1, file) !=
                client->size - 1 ||
            putc_unlocked('\n', file) == EOF)
            err(1, "fwrite");
    if (fclose(file) != 0)
        err(1, "fclose");
    return (sum)client->count * client->size;
}

static sum
pingpong(const struct client *client)
{
    char *line = new_line(client);
    FILE **in = malloc((size_t)client->connections * sizeof(FILE *));
    FILE **out = malloc((size_t)client->connections * sizeof(FILE *));
    char *answer = malloc(client->size + 1);
    sum total = 0;
    heap_grown = -heap_used();
    for (long i = 0; i < client->connections; i++) {
        int fd = raw_connect(client->port);
        in[i] = fdopen(fd, "r");
        out[i] = fdopen(fd, "w");
    }
    heap_grown += heap_used();
    for (long i = 0; i < client->count; i++) {
        FILE *to = out[i % client->connections];
        FILE *from = in[i % client->connections];
        if (fwrite_unlocked(line, 1, client->size, to) != client->size ||
            fflush_unlocked(to) != 0 ||
            fgets_unlocked(answer, (int)client->size + 1, from) == NULL)
            err(1, "a round trip");
        total += strlen(answer);
    }
    return total;
}

int
main(int argc, char **argv)
{
    static const struct job jobs[] = {
        {"readln", readln},     {"writeln", writeln},
        {"pingpong", pingpong}, {"pingpong-timeout", pingpong},
        {NULL, NULL},
    };
    return client_main(argc, argv, jobs);
}
