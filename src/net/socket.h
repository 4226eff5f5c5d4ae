/* SPDX-License-Identifier: MIT */
/* A TCP connection as a stream. */
#ifndef RNI_SOCKET_H
#define RNI_SOCKET_H

#include "../stream/stream.h"
#include "fd.h"

/* What a maker is told about the stream to be. */
struct rni_socket_plan {
    const char *host; /* as the user named the peer; "" for accepted ones */
    rn_buffering buffering;
    size_t buffer_size; /* 0: the default */
    size_t max_line;    /* 0: the default */
    bool keep_fd;       /* leave the descriptor to the user */
    int64_t lookup;     /* how long it took, in nanoseconds */
    int64_t connect;
};

/* A stream over the connected socket `fd`, whose far end is `remote`. The
 * stream owns fd from then on, unless told to keep it. NULL on failure, with fd
 * left open and `err` filled for `phase`. */
rn_socket *rni_socket_make(int fd, const union rni_sockaddr *remote,
                           const struct rni_socket_plan *plan, int phase,
                           rn_error *err);

#endif
