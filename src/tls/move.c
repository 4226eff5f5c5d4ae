/* SPDX-License-Identifier: MIT */
/* Ciphertext through the stream below: as much at once as is there, in buffers
 * that exist only while they hold something. */
#include <stdlib.h>

#include "tls.h"

enum {
    LITTLE = 2048,
    MUCH = 65536 + 1024 /* four records of the largest size */
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
    } else if (rni_window_len(&t->in) == 0) {
        rni_window_drop(&t->in);
    }
    return r;
}

typedef int send_call(rn_stream *below, const void *data, size_t len,
                      const rn_wait *wait);

static int
send_out(struct rni_tls *t, send_call *how, const rn_wait *wait)
{
    pthread_mutex_lock(&t->lock);
    struct rni_window w = rni_tls_take_out(t);
    pthread_mutex_unlock(&t->lock);
    int rc = RN_OK;
    if (rni_window_len(&w) > 0)
        rc = how(t->below, w.base + w.beg, rni_window_len(&w), wait);
    free(w.base);
    if (rc == RN_OK && rn_unsent(t->below) > 0)
        rc = rn_below_flush(t->below, wait);
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
