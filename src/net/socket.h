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
    size_t buffer_size;              /* 0: the default */
    size_t max_line;                 /* 0: the default */
    bool keep_fd;                    /* leave the descriptor to the user */
    const union rni_sockaddr *local; /* NULL: ask the system */
    rn_time begun;                   /* when looking up its host began; */
    rn_time found;                   /* when that had ended, or 0 */
};

/* A stream over the connected socket `fd`, whose far end is `remote`. The
 * stream owns fd from then on, unless told to keep it. NULL on failure, with fd
 * left open and `err` filled for `phase`. */
rn_socket *rni_socket_make(int fd, const union rni_sockaddr *remote,
                           const struct rni_socket_plan *plan, int phase,
                           rn_error *err);

/* For those who move bytes past the stream of a socket that is ours. */
struct rni_bypass {
    /* It must not block by itself (O_NONBLOCK) while anybody needs that: its
     * two halves may be spliced by two threads. */
    atomic_bool locked; /* for a moment, to change the others */
    int users;
    bool blocked; /* before the first of them */
};

/* NULL for streams of all other kinds. */
struct rni_bypass *rni_socket_bypass(rn_stream *s);

/* The descriptor of one that has it. */
int rni_socket_fd(const rn_stream *s);

/* The descriptor of a stream over another kind of descriptor (file.c), or -1.
 */
int rni_file_fd(const rn_stream *s);

/* What closing has to know: something was written, or reading failed for good.
 */
void rni_socket_wrote(rn_stream *s);
void rni_socket_broke(rn_stream *s);

#endif
