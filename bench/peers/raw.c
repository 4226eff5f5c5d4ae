/* SPDX-License-Identifier: MIT */
/* The client with bare system calls, a buffer and memchr. */
#define _GNU_SOURCE
#include "raw.h"

#include <fcntl.h>

static sum
readln(const struct client *client)
{
    int fd = raw_connect(client->port);
    char *buffer = malloc(client->buffer);
    size_t from = 0;
    size_t to = 0;
    sum total = 0;
    for (long left = client->count; left > 0;) {
        char *lf = memchr(buffer + from, '\n', to - from);
        if (lf != NULL) {
            size_t len = (size_t)(lf - buffer) - from;
            size_t next = from + len + 1;
            if (len > 0 && lf[-1] == '\r')
                len--;
            total += line_sum(buffer + from, len);
            from = next;
            left--;
            continue;
        }
        memmove(buffer, buffer + from, to - from);
        to -= from;
        from = 0;
        ssize_t n = recv(fd, buffer + to, client->buffer - to, 0);
        if (n <= 0)
            err(1, "recv");
        to += (size_t)n;
    }
    close(fd);
    return total;
}

static sum
writeln(const struct client *client)
{
    int fd = raw_connect(client->port);
    char *line = new_line(client);
    char *buffer = malloc(client->buffer + client->size);
    size_t to = 0;
    for (long i = 0; i < client->count; i++) {
        memcpy(buffer + to, line, client->size - 1);
        to += client->size - 1;
        buffer[to++] = '\n';
        if (to >= client->buffer) {
            raw_send(fd, buffer, to);
            to = 0;
        }
    }
    raw_send(fd, buffer, to);
    close(fd);
    return (sum)client->count * client->size;
}

static sum
pingpong(const struct client *client)
{
    char *line = new_line(client);
    char *buffer = malloc(client->buffer);
    int *fds = malloc((size_t)client->connections * sizeof *fds);
    sum total = 0;
    heap_grown = -heap_used();
    for (long i = 0; i < client->connections; i++)
        fds[i] = raw_connect(client->port);
    heap_grown += heap_used();
    for (long i = 0; i < client->count; i++) {
        int fd = fds[i % client->connections];
        size_t to = 0;
        raw_send(fd, line, client->size);
        while (memchr(buffer, '\n', to) == NULL) {
            ssize_t n = recv(fd, buffer + to, client->buffer - to, 0);
            if (n <= 0)
                err(1, "recv");
            to += (size_t)n;
        }
        total += to;
    }
    return total;
}

static sum
bulk_read(const struct client *client)
{
    int fd = raw_connect(client->port);
    char *block = malloc(client->size);
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        raw_recv(fd, block, client->size);
        total += client->size;
    }
    close(fd);
    return total;
}

static sum
bulk_write(const struct client *client)
{
    int fd = raw_connect(client->port);
    char *block = new_line(client);
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        raw_send(fd, block, client->size);
        total += client->size;
    }
    close(fd);
    return total;
}

static sum
connects(const struct client *client)
{
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        close(raw_connect(client->port));
        total += client->size;
    }
    return total;
}

static sum
accepts(const struct client *client)
{
    struct sockaddr_in address = raw_address(0);
    socklen_t len = sizeof address;
    int one = 1;
    sum total = 0;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        err(1, "listening");
    int dialer = raw_connect(client->port);
    dprintf(dialer, "%d %ld\n", ntohs(address.sin_port), client->count);
    for (long i = 0; i < client->count; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 ||
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
            err(1, "accept");
        close(fd);
        total += client->size;
    }
    return total;
}

static sum
relay(const struct client *client)
{
    int source = raw_connect(client->port);
    int sink = raw_connect(client->sink);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        err(1, "pipe");
    dprintf(source, "%zu\n", (size_t)client->count * client->size);
    for (;;) {
        ssize_t n =
            splice(source, NULL, ends[1], NULL, client->buffer, SPLICE_F_MOVE);
        if (n < 0)
            err(1, "splice");
        if (n == 0)
            break;
        while (n > 0) {
            ssize_t out =
                splice(ends[0], NULL, sink, NULL, (size_t)n, SPLICE_F_MOVE);
            if (out <= 0)
                err(1, "splice");
            n -= out;
        }
    }
    return (sum)client->count * client->size;
}

static size_t
read_whole(const struct client *client)
{
    int fd = raw_connect(client->port);
    size_t room = client->buffer;
    size_t len = 0;
    char *data = malloc(room);
    dprintf(fd, "%zu\n", client->size);
    for (ssize_t n = 1; n > 0; len += (size_t)n) {
        if (len == room)
            data = realloc(data, room *= 2);
        n = recv(fd, data + len, room - len, 0);
        if (n < 0)
            err(1, "recv");
    }
    close(fd);
    free(data);
    return len;
}

static sum
readall(const struct client *client)
{
    sum total = 0;
    for (long i = 0; i < client->count; i++)
        total += read_whole(client);
    return total;
}

int
main(int argc, char **argv)
{
    static const struct job jobs[] = {
        {"readln", readln},     {"writeln", writeln},
        {"pingpong", pingpong}, {"read", bulk_read},
        {"write", bulk_write},  {"connect", connects},
        {"accept", accepts},    {"relay", relay},
        {"readall", readall},   {"pingpong-timeout", pingpong},
        {NULL, NULL},
    };
    return client_main(argc, argv, jobs);
}
