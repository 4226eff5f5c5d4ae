/* SPDX-License-Identifier: MIT */
#include "turning.h"

#include <ctype.h>

#include "check.h"

static char
turn(char c)
{
    return (char)(isupper((unsigned char)c) ? tolower((unsigned char)c)
                                            : toupper((unsigned char)c));
}

static ptrdiff_t
turner_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct turner *t = ctx;
    if (t->fails != 0)
        return t->fails;
    if (t->ready_len == 0) {
        ptrdiff_t r = rn_below_read(t->below, t->ready, sizeof t->ready, wait);
        if (r <= 0)
            return r;
        t->ready_len = (size_t)r;
    }
    if (n > t->ready_len)
        n = t->ready_len;
    for (size_t i = 0; i < n; i++)
        ((char *)data)[i] = turn(t->ready[i]);
    memmove(t->ready, t->ready + n, t->ready_len - n);
    t->ready_len -= n;
    return (ptrdiff_t)n;
}

static size_t
turner_pending(void *ctx)
{
    return ((struct turner *)ctx)->ready_len;
}

static int
turner_flush(void *ctx, const rn_wait *wait)
{
    struct turner *t = ctx;
    if (t->flush_fails < 0)
        return t->flush_fails;
    int rc = t->len > 0 ? rn_below_write(t->below, t->held, t->len, wait) : 0;
    t->len = 0;
    return rc < 0 ? rc : rn_below_flush(t->below, wait);
}

static ptrdiff_t
turner_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct turner *t = ctx;
    int rc = rn_unsent(t->below) > 0 ? turner_flush(ctx, wait) : RN_OK;
    if (rc == RN_OK && t->len == sizeof t->held)
        rc = turner_flush(ctx, wait);
    if (rc < 0)
        return rc;
    size_t i = 0;
    for (; i < n && t->len < sizeof t->held; i++)
        t->held[t->len++] = turn(((const char *)data)[i]);
    return (ptrdiff_t)i;
}

static int
turner_close(void *ctx, const rn_wait *wait)
{
    struct turner *t = ctx;
    t->closes++;
    rn_below_farewell(t->below, "!", 1, wait);
    return RN_OK;
}

static int
turner_abort(void *ctx, const rn_wait *wait)
{
    (void)wait;
    ((struct turner *)ctx)->aborts++;
    return RN_OK;
}

static void
turner_free(void *ctx)
{
    ((struct turner *)ctx)->frees++;
}

const rn_stream_ops turner_ops = {
    .read = turner_read,
    .write = turner_write,
    .flush = turner_flush,
    .pending = turner_pending,
    .close = turner_close,
    .abort = turner_abort,
    .free = turner_free,
};

rn_stream *
turner_over(struct turner *t, rn_stream *below)
{
    rn_error err;
    *t = (struct turner){.below = below};
    t->self = rn_stream_over(&turner_ops, t, below, &err);
    if (t->self == NULL)
        print_error("%s\n", err.message);
    assert_non_null(t->self);
    assert_code(err.code, RN_OK);
    assert_string_equal(err.message, "");
    return t->self;
}
