/* SPDX-License-Identifier: MIT */
/* The client with GIO's sockets and data streams. */
#include "client.h"

#include <gio/gio.h>

static GError *error;

static void
need(gboolean good)
{
    if (!good)
        errx(1, "%s", error != NULL ? error->message : "failed");
}

static GSocketConnection *
connected(int port)
{
    GSocketClient *client = g_socket_client_new();
    GSocketConnection *s = g_socket_client_connect_to_host(
        client, "127.0.0.1", (guint16)port, NULL, &error);
    need(s != NULL);
    g_object_unref(client);
    g_socket_set_option(g_socket_connection_get_socket(s), 6, 1, 1, NULL);
    return s;
}

static GDataInputStream *
lines_of(GSocketConnection *s, size_t buffer)
{
    GDataInputStream *in =
        g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(s)));
    g_data_input_stream_set_newline_type(in, G_DATA_STREAM_NEWLINE_TYPE_ANY);
    g_buffered_input_stream_set_buffer_size(G_BUFFERED_INPUT_STREAM(in),
                                            buffer);
    return in;
}

static sum
readln(const struct client *client)
{
    GDataInputStream *in = lines_of(connected(client->port), client->buffer);
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        gsize len;
        char *line = g_data_input_stream_read_line(in, &len, NULL, &error);
        need(line != NULL);
        total += line_sum(line, len);
        g_free(line);
    }
    return total;
}

static sum
writeln(const struct client *client)
{
    GSocketConnection *s = connected(client->port);
    GOutputStream *out = g_buffered_output_stream_new_sized(
        g_io_stream_get_output_stream(G_IO_STREAM(s)), client->buffer);
    char *line = new_line(client);
    for (long i = 0; i < client->count; i++)
        need(g_output_stream_write_all(out, line, client->size, NULL, NULL,
                                       &error));
    need(g_output_stream_close(out, NULL, &error));
    need(g_io_stream_close(G_IO_STREAM(s), NULL, &error));
    return (sum)client->count * client->size;
}

static sum
pingpong(const struct client *client)
{
    size_t n = (size_t)client->connections;
    GSocketConnection **s = malloc(n * sizeof(GSocketConnection *));
    GDataInputStream **in = malloc(n * sizeof(GDataInputStream *));
    char *line = new_line(client);
    sum total = 0;
    heap_grown = -heap_used();
    for (size_t i = 0; i < n; i++) {
        s[i] = connected(client->port);
        in[i] = lines_of(s[i], 4096);
    }
    heap_grown += heap_used();
    for (long i = 0; i < client->count; i++) {
        size_t now = (size_t)i % n;
        gsize len;
        need(g_output_stream_write_all(
            g_io_stream_get_output_stream(G_IO_STREAM(s[now])), line,
            client->size, NULL, NULL, &error));
        char *answer =
            g_data_input_stream_read_line(in[now], &len, NULL, &error);
        need(answer != NULL);
        total += len + 1;
        g_free(answer);
    }
    return total;
}

static sum
bulk_read(const struct client *client)
{
    GInputStream *in =
        g_io_stream_get_input_stream(G_IO_STREAM(connected(client->port)));
    char *block = malloc(client->size);
    sum total = 0;
    for (long i = 0; i < client->count; i++) {
        gsize got;
        need(g_input_stream_read_all(in, block, client->size, &got, NULL,
                                     &error));
        total += got;
    }
    return total;
}

static sum
bulk_write(const struct client *client)
{
    GOutputStream *out =
        g_io_stream_get_output_stream(G_IO_STREAM(connected(client->port)));
    char *block = new_line(client);
    for (long i = 0; i < client->count; i++)
        need(g_output_stream_write_all(out, block, client->size, NULL, NULL,
                                       &error));
    return (sum)client->count * client->size;
}

static sum
connects(const struct client *client)
{
    for (long i = 0; i < client->count; i++) {
        GSocketConnection *s = connected(client->port);
        need(g_io_stream_close(G_IO_STREAM(s), NULL, &error));
        g_object_unref(s);
    }
    return (sum)client->count * client->size;
}

int
main(int argc, char **argv)
{
    static const struct job jobs[] = {
        {"readln", readln},  {"writeln", writeln},  {"pingpong", pingpong},
        {"read", bulk_read}, {"write", bulk_write}, {"connect", connects},
        {NULL, NULL},
    };
    return client_main(argc, argv, jobs);
}
