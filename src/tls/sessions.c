/* SPDX-License-Identifier: MIT */
/* Sessions to be resumed: the last one of each peer, taken out when it is used,
 * for a ticket is best used once (RFC 8446, C.4). */
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
    atomic_int users;
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
    atomic_init(&all->users, 1);
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

void
rni_sessions_use(struct rni_sessions *all)
{
    if (all != NULL)
        atomic_fetch_add(&all->users, 1);
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
    if (all == NULL || atomic_fetch_sub(&all->users, 1) > 1)
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

SSL_SESSION *
rni_sessions_take(struct rni_sessions *all, const char *peer)
{
    if (all == NULL)
        return NULL;
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

void
rni_sessions_keep(struct rni_sessions *all, const char *peer,
                  SSL_SESSION *session)
{
    char *copy = strdup(peer);
    if (copy == NULL) {
        SSL_SESSION_free(session);
        return;
    }
    pthread_mutex_lock(&all->lock);
    struct entry *e = find(all, peer);
    if (e == NULL)
        e = &all->at[all->next++ % MOST];
    drop(e);
    e->peer = copy;
    e->session = session;
    pthread_mutex_unlock(&all->lock);
}

/* OpenSSL's: 1 says that the session was taken. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
    const struct rni_tls *t = SSL_get_app_data(ssl);
    if (t == NULL || t->peer[0] == '\0')
        return 0;
    rni_sessions_keep(t->shared->sessions, t->peer, session);
    return 1;
}

void
rni_sessions_listen(SSL_CTX *ctx)
{
    SSL_CTX_set_session_cache_mode(
        ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
}
