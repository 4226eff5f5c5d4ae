/* SPDX-License-Identifier: MIT */
/* A kind of stream over another that turns every byte's case, holds back what
 * it wrote until it is flushed, and says a farewell. */
#ifndef TURNING_H
#define TURNING_H

#include "runnel.h"

struct turner {
    rn_stream *self;
    rn_stream *below;
    char held[4096];
    size_t len;
    char ready[64]; /* read, and not yet given */
    size_t ready_len;
    int closes;
    int aborts;
    int frees;
    ptrdiff_t fails; /* what read says instead */
    int flush_fails; /* likewise */
};

extern const rn_stream_ops turner_ops;

/* Such a stream over `below`, with nothing held or read yet. */
rn_stream *turner_over(struct turner *t, rn_stream *below);

#endif
