/* SPDX-License-Identifier: MIT */
/* The client with libevent's bufferevents. */
#include "raw.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

static struct event_base *base;
static const struct client *this;
static sum total;
static long left;
static char *line;

static void
on_event(struct bufferevent *s, short events, void *arg)
{
    (void)s;
    (void)arg;
    if (events & (BEV_EVENT_ERROR | BEV_EVENT_EOF))
        errx(1, "the connection ended");
}

static struct bufferevent *
connected(const struct client *client, bufferevent_data_cb on_read,
          bufferevent_data_cb on_write)
{
    if (base == NULL) {
        base = event_base_new();
        this = client;
        left = client->count;
        line = new_line(client);
    }
    int fd = raw_connect(client->port);
    evutil_make_socket_nonblocking(fd);
    struct bufferevent *s =
        bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(s, on_read, on_write, on_event, NULL);
    bufferevent_set_max_single_read(s, client->buffer);
    bufferevent_set_max_single_write(s, client->buffer);
    bufferevent_enable(s, EV_READ | EV_WRITE);
    return s;
}

static void
take_lines(struct bufferevent *s, void *arg)
{
    struct evbuffer *in = bufferevent_get_input(s);
    char *text;
    size_t len;
    (void)arg;
    while (left > 0 &&
           (text = evbuffer_readln(in, &len, EVBUFFER_EOL_CRLF)) != NULL) {
        total += line_sum(text, len);
        free(text);
        left--;
    }
    if (left == 0)
        event_base_loopbreak(base);
}

static sum
readln(const struct client *client)
{
    connected(client, take_lines, NULL);
    if (left > 0)
        event_base_dispatch(base);
    return total;
}

/* Fills the output up to the buffer's size whenever it has run empty. */
static void
give_lines(struct bufferevent *s, void *arg)
{
    struct evbuffer *out = bufferevent_get_output(s);
    (void)arg;
    if (left == 0 && evbuffer_get_length(out) == 0)
        event_base_loopbreak(base);
    for (; left > 0 && evbuffer_get_length(out) < this->buffer; left--) {
        evbuffer_add(out, line, this->size - 1);
        evbuffer_add(out, "\n", 1);
    }
}

static sum
writeln(const struct client *client)
{
    struct bufferevent *s = connected(client, NULL, give_lines);
    if (left > 0)
        event_base_dispatch(base);
    bufferevent_free(s);
    return (sum)client->count * client->size;
}

static struct bufferevent **talkers;

static void
answered(struct bufferevent *s, void *arg)
{
    struct evbuffer *in = bufferevent_get_input(s);
    size_t len;
    (void)arg;
    char *text = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
    if (text == NULL)
        return;
    free(text);
    total += len + 1;
    if (--left == 0)
        event_base_loopbreak(base);
    else
        bufferevent_write(talkers[(this->count - left) % this->connections],
                          line, this->size);
}

static sum
pingpong(const struct client *client)
{
    size_t n = (size_t)client->connections;
    talkers = malloc(n * sizeof(struct bufferevent *));
    heap_grown = -heap_used();
    for (size_t i = 0; i < n; i++)
        talkers[i] = connected(client, answered, NULL);
    heap_grown += heap_used();
    if (left > 0) {
        bufferevent_write(talkers[0], line, client->size);
        event_base_dispatch(base);
    }
    return total;
}

int
main(int argc, char **argv)
{
    static const struct job jobs[] = {
        {"readln", readln},
        {"writeln", writeln},
        {"pingpong", pingpong},
        {NULL, NULL},
    };
    return client_main(argc, argv, jobs);
}
