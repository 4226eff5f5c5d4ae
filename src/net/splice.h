/* SPDX-License-Identifier: MIT */
/* Moving bytes from one descriptor to another without copying them. */
#ifndef RNI_SPLICE_H
#define RNI_SPLICE_H

#include "socket.h"

/* How one route's bytes can be moved inside the kernel. */
struct rni_splice {
    bool on;
    int from;
    int to;
    enum rni_fd_kind from_kind;
    struct rni_bypass *in; /* of a socket that is ours, else NULL */
    struct rni_bypass *out;
    int pipe[2];    /* between two that are no pipes; else -1 */
    size_t held;    /* bytes in it */
    bool to_failed; /* a failure was met at `to`, not at `from` */
};

/* What a step did, or which of the two has to be waited for; below 0 a
 * failure. */
enum {
    RNI_MOVED = 1,
    RNI_WAIT_FROM,
    RNI_WAIT_TO,
    RNI_CANNOT /* not these two, or not now, or it is the end */
};

/* See whether the streams' descriptors can be spliced (p->on), and prepare
 * them: until rni_splice_end sockets do not block by themselves. */
void rni_splice_begin(struct rni_splice *p, rn_stream *from, rn_stream *to);

/* Move some bytes; *in and *out count those that came from `from` and those
 * that went to `to`. */
int rni_splice_step(struct rni_splice *p, size_t *in, size_t *out);

/* Take back what the pipe holds, n bytes; false: it cannot be had. */
bool rni_splice_take(const struct rni_splice *p, unsigned char *data, size_t n);

/* Undo what rni_splice_begin did; p->on. */
void rni_splice_end(struct rni_splice *p);

#endif
