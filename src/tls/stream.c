/* SPDX-License-Identifier: MIT */
/* TLS as a kind of stream: its operations. */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "tls.h"

enum {
    CHUNK = 65536,  /* encrypted at a time; 4 records */
    RECORD = 16384, /* the largest (RFC 8446, 5.1) */
    OVERHEAD = 128  /* of a record, more than any cipher adds */
};

/* ---- Reading */

enum outcome {
    GOT,
    DRY, /* OpenSSL needs more ciphertext */
    ENDED,
    BROKEN
};

void
rni_tls_hear(const SSL *ssl, int what, int value)
{
    struct rni_tls *t = rni_tls_of(ssl);
    if (what == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY)
        t->goodbye = true;
}

/* There may be a pause. For a ticket that came OpenSSL has taken a buffer to
 * write, and keeps it until something was written: 16 KiB of an idle
 * connection.
 *
 * In the middle of a record nothing may be let go of: before 3.0.14 that is
 * lost, too (CVE-2024-4741). Between two records OpenSSL says "RH", that it
 * waits for a header, though its manual has another word for it. */
static void
let_go(SSL *ssl)
{
    bool between = strcmp(SSL_rstate_string(ssl), "RH") == 0;
    if (between && SSL_has_pending(ssl) == 0)
        SSL_free_buffers(ssl);
}

/* What the peer sent that can be decrypted now. */
static enum outcome
decrypt(struct rni_tls *t, void *data, size_t n, size_t *got)
{
    *got = 0;
    pthread_mutex_lock(&t->lock);
    t->serves = true;
    t->starved = false;
    ERR_set_mark();
    enum outcome outcome = GOT;
    if (SSL_read_ex(t->ssl, data, n, got) != 1) {
        if (t->starved)
            outcome = DRY;
        else if (t->goodbye)
            outcome = ENDED;
        else
            outcome = BROKEN;
    }
    if (outcome == DRY || (outcome == GOT && rni_window_len(&t->in) == 0))
        let_go(t->ssl);
    t->serves = false;
    t->answers = rni_window_len(&t->out) > 0;
    rni_tls_count_ready(t);
    if (outcome == BROKEN)
        rni_tls_fail(t, NULL);
    ERR_pop_to_mark();
    pthread_mutex_unlock(&t->lock);
    return outcome;
}

/* Asked in any thread that was refused because another one is agreeing. */
static size_t
tls_pending(void *ctx)
{
    struct rni_tls *t = ctx;
    return (size_t)atomic_load(&t->ready);
}

/* That the peer has cut its direction short is no reason to do the same. */
static ptrdiff_t
fill(struct rni_tls *t, const rn_wait *wait)
{
    ptrdiff_t r = t->answers ? rni_tls_answer(t) : RN_OK;
    if (r == RN_OK)
        r = rni_tls_fill(t, wait);
    if (r != 0)
        return r;
    rn_explain(t->self, RN_READABLE, 0, RN_E_TLS,
               "the connection ended without a TLS close (close_notify), so "
               "something may be missing");
    return RN_E_TLS;
}

/* From 1 to n bytes, with shaken hands. */
static ptrdiff_t
read_some(struct rni_tls *t, void *data, size_t n, const rn_wait *wait)
{
    size_t got = 0;
    bool asked = false;
    for (;;) {
        size_t part;
        enum outcome outcome =
            decrypt(t, (unsigned char *)data + got, n - got, &part);
        got += part;
        if (got > 0 && (outcome != GOT || got == n || tls_pending(t) == 0))
            return (ptrdiff_t)got;
        if (outcome == ENDED)
            return 0;
        if (outcome == BROKEN) {
            rni_tls_answer(t); /* the peer is told why, if it listens */
            return RN_E_TLS;
        }
        if (outcome == DRY) {
            if (asked && rn_wait_is_over(wait))
                return RN_E_TIMEOUT;
            asked = true;
            ptrdiff_t r = fill(t, wait);
            if (r < 0)
                return r;
        }
    }
}

static ptrdiff_t
tls_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    int rc = rni_tls_shake(ctx, wait);
    if (rc < 0)
        return rc;
    ptrdiff_t r = read_some(ctx, data, n, wait);
    rni_tls_rest(ctx);
    return r;
}

/* ---- Writing */

/* BUSY: OpenSSL has read the beginning of a message of the peer's, as of a
 * ticket in several records, and takes nothing before who reads has got the
 * rest. */
static int
encrypt(struct rni_tls *t, const void *data, size_t n)
{
    size_t done;
    pthread_mutex_lock(&t->lock);
    t->starved = false;
    ERR_set_mark();
    int rc = RN_OK;
    if (!rni_window_grow(&t->out, n + OVERHEAD * (1 + n / RECORD)))
        rc = RN_E_MEMORY;
    else if (SSL_write_ex(t->ssl, data, n, &done) != 1)
        rc = t->starved ? RN_E_BUSY : rni_tls_fail(t, NULL);
    t->written = t->written || rc == RN_OK;
    ERR_pop_to_mark();
    pthread_mutex_unlock(&t->lock);
    return rc;
}

static bool
holds_much(struct rni_tls *t)
{
    pthread_mutex_lock(&t->lock);
    bool much = rni_window_len(&t->out) >= CHUNK;
    pthread_mutex_unlock(&t->lock);
    return much;
}

/* Nothing new is taken before the stream below has sent what it holds: so
 * whatever the peer does, no more than a chunk is ever kept. */
static ptrdiff_t
tls_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct rni_tls *t = ctx;
    int rc = rni_tls_shake(t, wait);
    if (rc == RN_OK && (rn_unsent(t->below) > 0 || holds_much(t)))
        rc = rni_tls_send(t, wait);
    if (n > CHUNK)
        n = CHUNK;
    if (rc == RN_OK)
        rc = encrypt(t, data, n);
    return rc < 0 ? rc : (ptrdiff_t)n;
}

static int
tls_flush(void *ctx, const rn_wait *wait)
{
    int rc = rni_tls_shake(ctx, wait);
    return rc < 0 ? rc : rni_tls_send(ctx, wait);
}

/* ---- Ending */

/* Tell the peer that nothing more comes; once. One that has said so itself may
 * be gone, and then it does not matter whether ours arrives; everything that
 * was written before still does, and has been flushed by now. */
static int
say_goodbye(struct rni_tls *t, const rn_wait *wait)
{
    int rc = RN_OK;
    pthread_mutex_lock(&t->lock);
    ERR_set_mark();
    bool said = (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN) != 0;
    /* OpenSSL takes its word for given, even where there was no room for it. */
    if (!said && atomic_load(&t->failed))
        rc = RN_E_TLS;
    else if (!said && SSL_in_init(t->ssl))
        rc = RN_E_BUSY; /* as in encrypt */
    else if (!said && !rni_window_grow(&t->out, OVERHEAD))
        rc = RN_E_MEMORY;
    else if (!said && SSL_shutdown(t->ssl) < 0)
        rc = rni_tls_fail(t, NULL);
    ERR_pop_to_mark();
    pthread_mutex_unlock(&t->lock);
    if (rc == RN_OK)
        rc = rni_tls_bid(t, wait);
    return rc == RN_E_RESET && t->goodbye ? RN_OK : rc;
}

static int
tls_shutdown_write(void *ctx, const rn_wait *wait)
{
    return say_goodbye(ctx, wait);
}

static int
tls_abort(void *ctx, const rn_wait *wait)
{
    struct rni_tls *t = ctx;
    (void)wait;
    /* A third thread may be asking what was agreed on. */
    pthread_mutex_lock(&t->lock);
    ERR_set_mark();
    SSL_free(t->ssl);
    ERR_pop_to_mark();
    t->ssl = NULL;
    pthread_mutex_unlock(&t->lock);
    rni_window_drop(&t->in);
    rni_window_drop(&t->out);
    return RN_OK;
}

static int
tls_close(void *ctx, const rn_wait *wait)
{
    struct rni_tls *t = ctx;
    bool well = atomic_load(&t->open) && !atomic_load(&t->failed);
    int rc = well ? say_goodbye(t, wait) : RN_OK;
    if (rc == RN_E_BUSY)
        rc = rni_tls_fail(t,
                          "closed in the middle of a message of the peer's "
                          "own, so it cannot be told that this is the end");
    tls_abort(ctx, wait);
    /* Where only our goodbye met a peer that is gone, the stream below knows
     * whether something was lost. */
    return rc == RN_E_RESET ? RN_OK : rc;
}

static void
tls_free(void *ctx)
{
    struct rni_tls *t = ctx;
    rni_shared_free(t->shared);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

const rn_stream_ops rni_tls_ops = {
    .read = tls_read,
    .write = tls_write,
    .flush = tls_flush,
    .pending = tls_pending,
    .shutdown_write = tls_shutdown_write,
    .close = tls_close,
    .abort = tls_abort,
    .free = tls_free,
};
