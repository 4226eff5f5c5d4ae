/* SPDX-License-Identifier: MIT */
#include "scripted.h"

#include <stdlib.h>
#include <string.h>

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static ptrdiff_t
script_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct script *p = ctx;
    (void)wait;
    size_t portion = p->reads;
    if (p->again_first && !p->said_again) {
        p->said_again = true;
        return RN_E_AGAIN;
    }
    p->said_again = false;
    p->reads++;
    if (n > p->read_most)
        p->read_most = n;
    size_t left = p->input_len - p->read_at;
    if (left == 0)
        return p->read_end;
    size_t take = least(n, left);
    if (p->read_step > 0)
        take = least(take, p->read_step);
    if (portion < p->step_count && p->steps[portion] > 0)
        take = least(take, p->steps[portion]);
    memcpy(data, p->input + p->read_at, take);
    p->read_at += take;
    return (ptrdiff_t)take;
}

static ptrdiff_t
script_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct script *p = ctx;
    (void)wait;
    size_t take = n;
    if (p->write_step > 0)
        take = least(take, p->write_step);
    take = least(take, p->write_room);
    take = least(take, SCRIPT_OUT - p->out_len);
    if (p->writes < sizeof p->write_sizes / sizeof p->write_sizes[0])
        p->write_sizes[p->writes] = take;
    p->writes++;
    if (take == 0)
        return p->write_end;
    memcpy(p->out + p->out_len, data, take);
    p->out_len += take;
    if (p->write_room != SIZE_MAX)
        p->write_room -= take;
    return (ptrdiff_t)take;
}

static ptrdiff_t
script_writev(void *ctx, const struct iovec *pieces, int count,
              const rn_wait *wait)
{
    size_t len = 0;
    ((struct script *)ctx)->writevs++;
    for (int i = 0; i < count; i++)
        len += pieces[i].iov_len;
    char *all = malloc(len + 1);
    if (all == NULL)
        return RN_E_MEMORY;
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        if (pieces[i].iov_len > 0) /* an empty one may be NULL */
            memcpy(all + at, pieces[i].iov_base, pieces[i].iov_len);
        at += pieces[i].iov_len;
    }
    ptrdiff_t r = script_write(ctx, all, len, wait);
    free(all);
    return r;
}

static int
script_shutdown_write(void *ctx, const rn_wait *wait)
{
    struct script *p = ctx;
    (void)wait;
    p->shutdowns++;
    return RN_OK;
}

static int
script_close(void *ctx, const rn_wait *wait)
{
    struct script *p = ctx;
    (void)wait;
    p->closes++;
    return p->close_result;
}

static int
script_abort(void *ctx, const rn_wait *wait)
{
    struct script *p = ctx;
    (void)wait;
    p->aborts++;
    return RN_OK;
}

static const rn_stream_ops ops = {
    .read = script_read,
    .write = script_write,
    .writev = script_writev,
    .shutdown_write = script_shutdown_write,
    .close = script_close,
    .abort = script_abort,
};

static const rn_stream_ops simple_ops = {
    .read = script_read,
    .write = script_write,
    .close = script_close,
};

struct script *
script_new(void)
{
    struct script *p = calloc(1, sizeof *p);
    if (p == NULL)
        abort();
    p->input = "";
    p->write_room = SIZE_MAX;
    return p;
}

void
script_input(struct script *p, const char *data, size_t len)
{
    p->input = data;
    p->input_len = len;
    p->read_at = 0;
    p->reads = 0;
}

void
script_text(struct script *p, const char *text)
{
    script_input(p, text, strlen(text));
}

static rn_stream *
open_with(const rn_stream_ops *with, struct script *p, rn_buffering buffering,
          size_t buffer_size)
{
    rn_stream *s = rn_stream_new(with, p, (int)buffering, NULL);
    if (s == NULL)
        abort();
    if (buffer_size > 0)
        rn_set_buffer_size(s, buffer_size);
    return s;
}

rn_stream *
script_open(struct script *p, rn_buffering buffering, size_t buffer_size)
{
    return open_with(&ops, p, buffering, buffer_size);
}

rn_stream *
script_open_simple(struct script *p, rn_buffering buffering, size_t buffer_size)
{
    return open_with(&simple_ops, p, buffering, buffer_size);
}
