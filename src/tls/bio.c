/* SPDX-License-Identifier: MIT */
/* The two ends of OpenSSL: it takes from the window of what came, and puts what
 * it makes into the window of what is to go. Neither ever waits; a record is
 * always taken whole, so a write of OpenSSL's never stops half-way. */
#include <stdlib.h>
#include <string.h>

#include "tls.h"

void
rni_window_drop(struct rni_window *w)
{
    free(w->base);
    *w = (struct rni_window){0};
}

bool
rni_window_grow(struct rni_window *w, size_t n)
{
    if (rni_window_room(w) >= n)
        return true;
    rni_window_compact(w);
    if (rni_window_room(w) >= n)
        return true;
    /* No sum of two sizes that exist wraps, and one that is too large is
     * refused here. */
    unsigned char *base = realloc(w->base, w->end + n + 1);
    if (base == NULL)
        return false;
    w->base = base;
    w->cap = w->end + n;
    return true;
}

struct rni_window
rni_tls_take_out(struct rni_tls *t)
{
    struct rni_window taken = t->out;
    t->out = (struct rni_window){0};
    return taken;
}

/* OpenSSL's own place for such a pointer costs memory in each connection. */
struct rni_tls *
rni_tls_of(const SSL *ssl)
{
    return BIO_get_data(SSL_get_rbio(ssl));
}

static int
bio_write(BIO *bio, const char *data, int len)
{
    struct rni_tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!rni_window_grow(&t->out, (size_t)len)) {
        t->no_memory = true;
        return -1;
    }
    rni_window_put(&t->out, (const unsigned char *)data, (size_t)len);
    return len;
}

static int
bio_read(BIO *bio, char *data, int len)
{
    struct rni_tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    size_t n = t->serves ? rni_window_len(&t->in) : 0;
    if (n == 0) {
        t->starved = true;
        BIO_set_retry_read(bio);
        return -1;
    }
    if (n > (size_t)len)
        n = (size_t)len;
    rni_window_take(&t->in, (unsigned char *)data, n);
    return (int)n;
}

/* Flushing is nothing to it, and must be said to succeed. */
static long
bio_ctrl(BIO *bio, int what, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return what == BIO_CTRL_FLUSH ? 1 : 0;
}

static int
bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *
rni_bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "runnel");
    if (m == NULL)
        return NULL;
    BIO_meth_set_write(m, bio_write);
    BIO_meth_set_read(m, bio_read);
    BIO_meth_set_ctrl(m, bio_ctrl);
    BIO_meth_set_create(m, bio_create);
    return m;
}
