/* SPDX-License-Identifier: MIT */
/* Sessions to be resumed: the last one of each peer, taken out when it is used,
 * for a ticket is best used once (RFC 8446, C.4). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls.h"

enum {
    MOST = 64
};

struct entry {
    char *peer;
    SSL_SESSION *session;
};

struct rni_sessions {
    pthread_mutex_t lock;
    unsigned next; /* the slot to give up when all are taken */
    struct entry at[MOST];
};

struct rni_sessions *
rni_sessions_new(void)
{
    struct rni_sessions *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

static void
drop(struct entry *e)
{
    free(e->peer);
    SSL_SESSION_free(e->session);
    *e = (struct entry){0};
}

void
rni_sessions_free(struct rni_sessions *all)
{
    if (all == NULL)
        return;
    for (int i = 0; i < MOST; i++)
        drop(&all->at[i]);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

/* The peer's entry; or a free one, or NULL. */
static struct entry *
find(struct rni_sessions *all, const char *peer)
{
    struct entry *empty = NULL;
    for (int i = 0; i < MOST; i++) {
        struct entry *e = &all->at[i];
        if (e->peer == NULL)
            empty = e;
        else if (strcmp(e->peer, peer) == 0)
            return e;
    }
    return empty;
}

/* What the session is good for. */
enum {
    PEER_SIZE = RN_HOST_SIZE + 16
};

static void
peer_of(const struct rni_tls *t, char peer[PEER_SIZE])
{
    snprintf(peer, PEER_SIZE, "%.255s %d", t->name, rn_remote_port(t->below));
}

SSL_SESSION *
rni_sessions_take(const struct rni_tls *t)
{
    struct rni_sessions *all = t->shared->sessions;
    char peer[PEER_SIZE];
    if (all == NULL)
        return NULL;
    peer_of(t, peer);
    pthread_mutex_lock(&all->lock);
    struct entry *e = find(all, peer);
    SSL_SESSION *session = NULL;
    if (e != NULL && e->session != NULL) {
        session = e->session;
        e->session = NULL;
        drop(e);
    }
    pthread_mutex_unlock(&all->lock);
    return session;
}

/* OpenSSL's, called of clients alone: 1 says that the session was taken. */
static int
keep(SSL *ssl, SSL_SESSION *session)
{
    const struct rni_tls *t = rni_tls_of(ssl);
    struct rni_sessions *all = t->shared->sessions;
    char peer[PEER_SIZE];
    peer_of(t, peer);
    char *copy = strdup(peer);
    if (copy == NULL)
        return 0;
    pthread_mutex_lock(&all->lock);
    struct entry *e = find(all, peer);
    if (e == NULL)
        e = &all->at[all->next++ % MOST];
    drop(e);
    *e = (struct entry){.peer = copy, .session = session};
    pthread_mutex_unlock(&all->lock);
    return 1;
}

void
rni_sessions_listen(SSL_CTX *ctx)
{
    SSL_CTX_set_session_cache_mode(
        ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep);
}
