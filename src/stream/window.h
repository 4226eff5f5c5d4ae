/* SPDX-License-Identifier: MIT */
/* A window: the bytes [beg, end) of a piece of memory that others provide. */
#ifndef RNI_WINDOW_H
#define RNI_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* 0 <= beg <= end <= cap; base has room for cap + 1 bytes, so that a NUL can
 * always be put behind the last one. base is NULL exactly when cap is 0. */
struct rni_window {
    unsigned char *base;
    unsigned char *own; /* what base is while little is held; or NULL */
    size_t cap;
    size_t beg;
    size_t end;
};

/*@ predicate rni_window_ok(struct rni_window *w) =
      \valid(w) && w->beg <= w->end <= w->cap < PTRDIFF_MAX &&
      (w->cap > 0 ==> \valid(w->base + (0 .. w->cap))) &&
      \separated(w, w->base + (0 .. w->cap));
*/

/*@ requires \valid_read(w) && w->beg <= w->end;
    assigns \nothing;
    ensures \result == w->end - w->beg;
*/
static inline size_t
rni_window_len(const struct rni_window *w)
{
    return w->end - w->beg;
}

/*@ requires \valid_read(w) && w->end <= w->cap;
    assigns \nothing;
    ensures \result == w->cap - w->end;
*/
static inline size_t
rni_window_room(const struct rni_window *w)
{
    return w->cap - w->end;
}

/* Copy `n` bytes in at the end; there must be room for them. */
/*@ requires rni_window_ok(w) && n <= w->cap - w->end;
    requires n > 0 ==> \valid_read(data + (0 .. n - 1));
    requires \separated(w, data + (0 .. n - 1));
    requires \separated(w->base + (0 .. w->cap),
                        data + (0 .. n - 1));
    assigns w->end, w->base[w->end .. w->end + n - 1];
    ensures rni_window_ok(w) && w->end == \old(w->end) + n;
    ensures \forall integer i; 0 <= i < n ==>
      w->base[\old(w->end) + i] == (data)[i];
*/
void rni_window_put(struct rni_window *w, const unsigned char *data, size_t n);

/* Copy the first `n` bytes out and drop them; there must be as many. */
/*@ requires rni_window_ok(w) && n <= w->end - w->beg;
    requires n > 0 ==> \valid(data + (0 .. n - 1));
    requires \separated(w, data + (0 .. n - 1));
    requires \separated(w->base + (0 .. w->cap),
                        data + (0 .. n - 1));
    assigns w->beg, (data)[0 .. n - 1];
    ensures rni_window_ok(w) && w->beg == \old(w->beg) + n;
    ensures \forall integer i; 0 <= i < n ==>
      (data)[i] == w->base[\old(w->beg) + i];
*/
void rni_window_take(struct rni_window *w, unsigned char *data, size_t n);

/* Move the bytes to the start of the memory. Returns how far they moved. */
/*@ requires rni_window_ok(w);
    assigns w->beg, w->end, w->base[0 .. w->end - w->beg - 1];
    ensures rni_window_ok(w) && w->beg == 0;
    ensures w->end == \old(w->end) - \old(w->beg) && \result == \old(w->beg);
    ensures \forall integer i; 0 <= i < w->end ==>
      w->base[i] == \at(w->base[w->beg + \at(i, Post)], Pre);
*/
size_t rni_window_compact(struct rni_window *w);

#endif
