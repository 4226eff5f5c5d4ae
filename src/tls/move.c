/* SPDX-License-Identifier: MIT */
/* Ciphertext through the stream below: as much at once as is there, in buffers
 * that exist only while they hold something. */
#include <sched.h>
#include <stdlib.h>

#include "tls.h"

enum {
    HEADER = 5, /* of a record (RFC 8446, 5.1) */
    LITTLE = 2048,
    MUCH = 65536 + 1024, /* four records of the largest size */
    MOST = 4 * MUCH      /* that a writer and a reader ever leave unsent */
};

void
rni_tls_rest(struct rni_tls *t)
{
    if (rni_window_len(&t->in) == 0 && !t->much)
        rni_window_drop(&t->in);
}

ptrdiff_t
rni_tls_fill(struct rni_tls *t, const rn_wait *wait)
{
    if (!rni_window_grow(&t->in, t->much ? MUCH : LITTLE))
        return RN_E_MEMORY;
    size_t room = rni_window_room(&t->in);
    ptrdiff_t r = rn_below_read(t->below, t->in.base + t->in.end, room, wait);
    if (r > 0) {
        t->in.end += (size_t)r;
        t->much = (size_t)r == room;
    } else {
        rni_window_drop(&t->in);
    }
    return r;
}

/* Whether a whole record has come. In front of it there is nothing: OpenSSL
 * leaves bytes behind only between two. */
static bool
has_record(const struct rni_window *in)
{
    size_t len = rni_window_len(in);
    if (len <= HEADER)
        return false;
    const unsigned char *p = in->base + in->beg;
    return len - HEADER >= ((size_t)p[3] << 8 | p[4]);
}

void
rni_tls_count_ready(struct rni_tls *t)
{
    int n = SSL_pending(t->ssl);
    atomic_store(&t->ready, n > 0 ? n : has_record(&t->in));
}

/* Nothing of it was taken: it comes first again. */
static int
put_back(struct rni_tls *t, struct rni_window *w, bool written)
{
    pthread_mutex_lock(&t->lock);
    t->written = t->written || written;
    size_t n = rni_window_len(&t->out);
    bool well = rni_window_grow(w, n);
    if (well) {
        if (n > 0)
            rni_window_put(w, t->out.base + t->out.beg, n);
        free(t->out.base);
        t->out = *w;
    }
    pthread_mutex_unlock(&t->lock);
    if (well)
        return RN_OK;
    free(w->base);
    return rni_tls_fail(t, "out of memory");
}

typedef int send_call(rn_stream *below, const void *data, size_t len,
                      const rn_wait *wait);

/* In a stream that cannot be waited for, a reader below may be at the output:
 * that is BUSY. */
static int
hand_down(struct rni_tls *t, send_call *how, const rn_wait *wait)
{
    pthread_mutex_lock(&t->lock);
    struct rni_window w = rni_tls_take_out(t);
    bool written = t->written;
    t->written = false;
    pthread_mutex_unlock(&t->lock);
    int rc = RN_OK;
    /* What the user wrote is missed where it does not arrive. */
    if (written)
        how = rn_below_write;
    /* Of a farewell that was lost before, the next one must hear. */
    if (rni_window_len(&w) == 0 && how == rn_below_farewell)
        rc = how(t->below, "", 0, wait);
    else if (rni_window_len(&w) > 0)
        rc = how(t->below, w.base + w.beg, rni_window_len(&w), wait);
    if (rc == RN_E_BUSY)
        return put_back(t, &w, written) < 0 ? RN_E_TLS : rc;
    free(w.base);
    return rc;
}

static int
send_out(struct rni_tls *t, send_call *how, const rn_wait *wait)
{
    while (atomic_exchange(&t->sending, true))
        sched_yield(); /* a reader is through in a moment */
    int rc = hand_down(t, how, wait);
    if (rc == RN_OK && rn_unsent(t->below) > 0)
        rc = rn_below_flush(t->below, wait);
    atomic_store(&t->sending, false);
    return rc;
}

int
rni_tls_send(struct rni_tls *t, const rn_wait *wait)
{
    return send_out(t, rn_below_write, wait);
}

int
rni_tls_bid(struct rni_tls *t, const rn_wait *wait)
{
    return send_out(t, rn_below_farewell, wait);
}

int
rni_tls_answer(struct rni_tls *t)
{
    pthread_mutex_lock(&t->lock);
    size_t n = rni_window_len(&t->out);
    pthread_mutex_unlock(&t->lock);
    if (n > MOST)
        return rni_tls_fail(t,
                            "the peer asks for answers without end, and "
                            "takes none");
    /* A writer that is at it sends them, or the next one does; and whether they
     * could be sent is for it to tell. */
    if (n > 0 && !atomic_exchange(&t->sending, true)) {
        if (rn_unsent(t->below) == 0)
            hand_down(t, rn_below_farewell, NULL);
        atomic_store(&t->sending, false);
    }
    return RN_OK;
}
