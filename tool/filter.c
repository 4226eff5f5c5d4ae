/* SPDX-License-Identifier: MIT */
/* A reading stream over another: see filter.h. */
#include "filter.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 65536,
    ROOM = 3 * CHUNK /* what is held back, and a chunk that doubles */
};

struct filter {
    rn_stream *inner;
    struct filter_options how;
    bool after_cr;
    bool ended;
    size_t beg;
    size_t ready; /* may be passed on up to here */
    size_t end;
    char raw[CHUNK];
    char data[ROOM];
};

static void
put(struct filter *f, char c)
{
    f->data[f->end++] = c;
}

static void
convert(struct filter *f, size_t n)
{
    if (f->how.endings == ENDINGS_AS_THEY_ARE) {
        memcpy(f->data + f->end, f->raw, n);
        f->end += n;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        char c = f->raw[i];
        bool after_cr = f->after_cr;
        f->after_cr = c == '\r';
        if (f->how.endings == ENDINGS_CRLF) {
            if (c == '\n' && !after_cr)
                put(f, '\r');
            put(f, c);
        } else if (c != '\n' || !after_cr) {
            put(f, c == '\r' ? '\n' : c);
        }
    }
}

/* How much of what is there may be passed on. */
static void
judge(struct filter *f)
{
    f->ready = f->end;
    if (f->ended || f->end - f->beg >= CHUNK || f->how.gather == RN_UNBUFFERED)
        return;
    if (f->how.gather == RN_LINE_BUFFERED)
        while (f->ready > f->beg && f->data[f->ready - 1] != '\n')
            f->ready--;
    else
        f->ready = f->beg;
}

static void
take(struct filter *f, size_t n)
{
    memmove(f->data, f->data + f->beg, f->end - f->beg);
    f->end -= f->beg;
    f->beg = 0;
    size_t before = f->end;
    convert(f, n);
    /* The log shows what is on the wire. */
    if (f->how.mark == SENT)
        transcript_bytes(SENT, f->how.number, f->data + before,
                         f->end - before);
    else
        transcript_bytes(f->how.mark, f->how.number, f->raw, n);
    f->ended = n == 0;
    judge(f);
}

static ptrdiff_t
read_filter(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct filter *f = ctx;
    while (f->beg == f->ready && !f->ended) {
        ptrdiff_t r = rn_read_some(f->inner, f->raw, sizeof f->raw);
        if (r >= 0) {
            take(f, (size_t)r);
            continue;
        }
        if (r != RN_E_AGAIN)
            return r;
        int rc = rn_wait_fd(wait, rn_fd(f->inner), RN_READABLE);
        if (rc < 0)
            return rc;
    }
    size_t there = f->ready - f->beg;
    if (n > there)
        n = there;
    memcpy(data, f->data + f->beg, n);
    f->beg += n;
    return (ptrdiff_t)n;
}

static int
wait_filter(void *ctx, int directions, const rn_wait *wait)
{
    struct filter *f = ctx;
    return f->beg < f->ready || f->ended
        ? RN_OK
        : rn_wait_fd(wait, rn_fd(f->inner), directions);
}

static int
fd_of_filter(void *ctx)
{
    struct filter *f = ctx;
    return rn_fd(f->inner);
}

static int
close_filter(void *ctx, const rn_wait *wait)
{
    (void)wait;
    free(ctx);
    return RN_OK;
}

static const rn_stream_ops filter_ops = {.read = read_filter,
                                         .wait = wait_filter,
                                         .fd = fd_of_filter,
                                         .close = close_filter};

bool
filter_needed(const struct filter_options *o)
{
    return transcript_wanted() || o->endings != ENDINGS_AS_THEY_ARE ||
        o->gather != RN_UNBUFFERED;
}

rn_stream *
filter_new(rn_stream *inner, const struct filter_options *o)
{
    struct filter *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->inner = inner;
    f->how = *o;
    rn_set_deadline(inner, RN_READABLE, RN_NOW);
    rn_stream *s = rn_stream_new(&filter_ops, f, RN_UNBUFFERED, NULL);
    if (s == NULL)
        free(f);
    return s;
}
