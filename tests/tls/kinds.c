/* SPDX-License-Identifier: MIT */
/* TLS over two kinds of stream, for the laws that every kind obeys. */
#include <stdlib.h>
#include <sys/socket.h>

#include "../conform/kinds.h"
#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

/* TLS on both ends of a connection. */
static void
put_over(struct two *t, rn_stream *a, rn_stream *b)
{
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    t->client = rn_tls_start(a, &co, &t->error);
    t->server = rn_tls_accept(b, &so, &t->error);
    if (t->client == NULL || t->server == NULL || shake(t) < 0) {
        print_error("%s\n", t->error.message);
        abort();
    }
}

static void
over_tcp(struct two *t, rn_buffering buffering)
{
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, buffering);
    put_over(t, a, b);
}

static void
over_socketpair(struct two *t, rn_buffering buffering)
{
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
        abort();
    put_over(t, rn_from_fd(fd[0], (int)buffering, NULL),
             rn_from_fd(fd[1], (int)buffering, NULL));
}

/* TLS within TLS, as through a proxy that is itself reached by TLS. */
static void
over_tls(struct two *t, rn_buffering buffering)
{
    struct two outer;
    over_tcp(&outer, buffering);
    put_over(t, outer.client, outer.server);
}

static void
give(struct pair *pair, const struct two *t, bool back)
{
    pair->from = back ? t->server : t->client;
    pair->to = back ? t->client : t->server;
}

static void
open_tcp(struct pair *pair, rn_buffering buffering)
{
    struct two t;
    over_tcp(&t, buffering);
    give(pair, &t, false);
}

static void
open_tcp_back(struct pair *pair, rn_buffering buffering)
{
    struct two t;
    over_tcp(&t, buffering);
    give(pair, &t, true);
}

static void
open_socketpair(struct pair *pair, rn_buffering buffering)
{
    struct two t;
    over_socketpair(&t, buffering);
    give(pair, &t, false);
}

static void
open_socketpair_back(struct pair *pair, rn_buffering buffering)
{
    struct two t;
    over_socketpair(&t, buffering);
    give(pair, &t, true);
}

static void
open_tls(struct pair *pair, rn_buffering buffering)
{
    struct two t;
    over_tls(&t, buffering);
    give(pair, &t, false);
}

const struct kind kinds[] = {
    {"tls over tcp", true, open_tcp},
    {"tls over tcp, accepted end", true, open_tcp_back},
    {"tls over socketpair", true, open_socketpair},
    {"tls over socketpair, accepted end", true, open_socketpair_back},
    {"tls over tls", true, open_tls},
};
const int kind_count = sizeof kinds / sizeof kinds[0];

int
kinds_begin(void **state)
{
    return make_all(state);
}

int
kinds_end(void **state)
{
    return drop_all(state);
}
