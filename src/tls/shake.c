/* SPDX-License-Identifier: MIT */
/* Agreeing on TLS: the handshake, step by step, and what must be true of the
 * peer before a byte is read from it or written to it. */
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "tls.h"

enum step {
    DONE,
    NEEDS_INPUT,
    REFUSED
};

static const char ended[] =
    "the peer ended the connection before TLS was agreed on";

static enum step
step(struct rni_tls *t)
{
    pthread_mutex_lock(&t->lock);
    t->serves = true;
    t->starved = false;
    ERR_set_mark();
    enum step done = DONE;
    if (SSL_do_handshake(t->ssl) != 1)
        done = t->starved ? NEEDS_INPUT : REFUSED;
    t->serves = false;
    if (done == REFUSED)
        rni_tls_fail(t, t->goodbye ? ended : NULL);
    ERR_pop_to_mark();
    pthread_mutex_unlock(&t->lock);
    return done;
}

/* Whether `pin` is in the list "sha256//A=;sha256//B=". */
static bool
is_listed(const char *list, const char *pin)
{
    size_t len = strlen(pin);
    for (const char *p = list; p != NULL; p = strchr(p, ';')) {
        p += *p == ';';
        if (len > 0 && strncmp(p, pin, len) == 0 &&
            (p[len] == ';' || p[len] == '\0'))
            return true;
    }
    return false;
}

static int
check_pin(struct rni_tls *t)
{
    char pin[RNI_PIN_SIZE];
    char reason[RNI_STORY_SIZE];
    const char *wanted = t->shared->pinned_key;
    if (wanted == NULL)
        return RN_OK;
    rni_public_key(SSL_get0_peer_certificate(t->ssl), pin);
    if (is_listed(wanted, pin))
        return RN_OK;
    snprintf(reason, sizeof reason, "the peer's public key is %s, not %.200s",
             pin[0] != '\0' ? pin : "unknown", wanted);
    return rni_tls_fail(t, reason);
}

/* In this order: an answer must be on its way before we wait for the next. */
static int
shake(struct rni_tls *t, const rn_wait *wait)
{
    for (bool asked = false;; asked = true) {
        enum step s = step(t);
        if (s == REFUSED) {
            rni_tls_send(t, NULL); /* the peer is told why, if it listens */
            return RN_E_TLS;
        }
        int rc = s == DONE ? rni_tls_bid(t, wait) : rni_tls_send(t, wait);
        if (rc == RN_OK && s == DONE)
            return check_pin(t);
        if (rc < 0)
            return rc;
        if (asked && rn_wait_is_over(wait))
            return RN_E_TIMEOUT;
        ptrdiff_t r = rni_tls_fill(t, wait);
        if (r < 0)
            return (int)r;
        if (r == 0)
            return rni_tls_fail(t, ended);
    }
}

/* 1: it is ours to do; RN_OK: another thread has done it in the meantime; or a
 * code. */
static int
begin(struct rni_tls *t)
{
    int rc = 1;
    pthread_mutex_lock(&t->lock);
    if (t->shaking)
        rc = RN_E_BUSY;
    else if (atomic_load(&t->failed))
        rc = RN_E_TLS;
    else if (atomic_load(&t->open))
        rc = RN_OK;
    else if (t->lost < 0)
        rc = t->lost;
    else
        t->shaking = true;
    pthread_mutex_unlock(&t->lock);
    return rc;
}

static void
agreed(struct rni_tls *t)
{
    t->took = rn_now() - t->took;
    pthread_mutex_lock(&t->lock);
    rni_tls_count_ready(t);
    pthread_mutex_unlock(&t->lock);
    rn_explain(t->self, RN_BOTH, 0, RN_OK, NULL);
    rni_tls_rest(t);
    atomic_store_explicit(&t->open, true, memory_order_release);
}

/* Words of the handshake are missing then: nobody would answer to the rest. */
static bool
is_for_good(int rc)
{
    return rc < 0 && rc != RN_E_AGAIN && rc != RN_E_TIMEOUT &&
        rc != RN_E_CANCELED && rc != RN_E_MEMORY && rc != RN_E_BUSY;
}

int
rni_tls_shake(struct rni_tls *t, const rn_wait *wait)
{
    if (atomic_load_explicit(&t->open, memory_order_acquire))
        return RN_OK;
    int rc = begin(t);
    if (rc <= 0)
        return rc;
    rc = shake(t, wait);
    if (rc == RN_OK)
        agreed(t);
    pthread_mutex_lock(&t->lock);
    t->lost = is_for_good(rc) ? rc : RN_OK;
    t->shaking = false;
    pthread_mutex_unlock(&t->lock);
    return rc;
}
