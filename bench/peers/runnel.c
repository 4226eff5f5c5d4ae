/* SPDX-License-Identifier: MIT */
/* The client with runnel; with UNLOCKED in the environment, rn_set_unlocked. */
#include "client.h"

#include <runnel.h>

static rn_socket *
connected(const struct client *client, int port, rn_buffering buffering)
{
    rn_error error;
    rn_socket *s =
        rn_connect_with(&(rn_connect_options){.host = "127.0.0.1",
                                              .port = port,
                                              .buffering = buffering,
                                              .buffer_size = client->buffer},
                        &error);
    if (s == NULL)
        errx(1, "%s", error.message);
    rn_set_unlocked(s, getenv("UNLOCKED") != NULL);
    return s;
}

static void
need(const rn_stream *s, int good)
{
    rn_error error;
    if (good)
        return;
    rn_error_of(s, &error);
    errx(1, "%s", error.message);
}

static void
finish(rn_stream *s)
{
    need(s, rn_close(s) == RN_OK);
    rn_free(s);
}

static sum
readln(const struct client *client)
{
    rn_socket *s = connected(client, client->port, RN_BUFFERED);
    const char *line;
    size_t len;
    sum total = 0;
    if (client->size > 1000000)
        rn_set_max_line(s, client->size);
    for (long i = 0; i < client->count; i++) {
        need(s, rn_readln(s, &line, &len) == 1);
        total += line_sum(line, len);
    }
    rn_abort(s);
    rn_free(s);
    return total;
}

static sum
writeln(const struct client *client)
{
    rn_socket *s = connected(client, client->port, RN_BUFFERED);
    char *line = new_line(client);
    for (long i = 0; i < client->count; i++)
        need(s, rn_writeln(s, line, client->size - 1) == RN_OK);
    finish(s);
    return (sum)client->count * client->size;
}

static sum
talk(const struct client *client, int64_t timeout)
{
    char *line = new_line(client);
    rn_socket **s = malloc((size_t)client->connections * sizeof(rn_socket *));
    sum total = 0;
    heap_grown = -heap_used();
    for (long i = 0; i < client->connections; i++) {
        s[i] = connected(client, client->port, RN_LINE_BUFFERED);
        rn_set_timeout(s[i], RN_BOTH, timeout);
    }
    heap_grown += heap_used();
    for (long i = 0; i < client->count; i++) {
        rn_socket *now = s[i % client->connections];
        const char *answer;
        size_t len;
        need(now,
             rn_writeln(now, line, client->size - 1) == RN_OK &&
                 rn_readln(now, &answer, &len) == 1);
        total += len + 1;
    }
    return total;
}

static sum
pingpong(const struct client *client)
{
    return talk(client, RN_NO_TIMEOUT);
}

static sum
pingpong_timeout(const struct client *client)
{
    return talk(client, 60000);
}

static sum
bulk_read(const struct client *client)
{
    rn_socket *s = connected(client, client->port, RN_BUFFERED);
    char *block = malloc(client->size);
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        need(s, rn_read(s, block, client->size) == (ptrdiff_t)client->size);
        total += client->size;
    }
    rn_abort(s);
    rn_free(s);
    return total;
}

static sum
bulk_write(const struct client *client)
{
    rn_socket *s = connected(client, client->port, RN_BUFFERED);
    char *block = new_line(client);
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        need(s, rn_write(s, block, client->size) == RN_OK);
        total += client->size;
    }
    finish(s);
    return total;
}

static sum
connects(const struct client *client)
{
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        rn_error error;
        rn_socket *s =
            rn_connect("127.0.0.1", client->port, RN_BUFFERED, &error);
        if (s == NULL)
            errx(1, "%s", error.message);
        finish(s);
        total += client->size;
    }
    return total;
}

static sum
accepts(const struct client *client)
{
    rn_error error;
    sum total = 0;
    rn_server *server = rn_listen(0, "127.0.0.1", &error);
    rn_socket *dialer = connected(client, client->port, RN_UNBUFFERED);
    rn_printf(dialer, "%d %ld\n", rn_server_port(server), client->count);
    for (long i = 0; i < client->count; i++) {
        rn_socket *s = rn_accept(server, RN_BUFFERED, &error);
        if (s == NULL)
            errx(1, "%s", error.message);
        finish(s);
        total += client->size;
    }
    rn_server_free(server);
    return total;
}

static sum
readall(const struct client *client)
{
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        rn_socket *s = connected(client, client->port, RN_BUFFERED);
        char *data;
        size_t len;
        rn_printf(s, "%zu\n", client->size);
        need(s, rn_read_all(s, &data, &len) == RN_OK);
        rn_release(data);
        rn_free(s);
        total += len;
    }
    return total;
}

static sum
relay(const struct client *client)
{
    rn_route route = {
        .from = connected(client, client->port, RN_UNBUFFERED),
        .to = connected(client, client->sink, RN_UNBUFFERED),
    };
    rn_printf(route.from, "%zu\n", (size_t)client->count * client->size);
    need(route.from, rn_relay_routes(&route, 1, NULL) == RN_OK);
    finish(route.from);
    finish(route.to);
    return route.bytes;
}

int
main(int argc, char **argv)
{
    static const struct job jobs[] = {
        {"readln", readln},     {"writeln", writeln},
        {"pingpong", pingpong}, {"pingpong-timeout", pingpong_timeout},
        {"read", bulk_read},    {"write", bulk_write},
        {"connect", connects},  {"accept", accepts},
        {"readall", readall},   {"relay", relay},
        {NULL, NULL},
    };
    return client_main(argc, argv, jobs);
}
