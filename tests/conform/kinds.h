/* SPDX-License-Identifier: MIT */
/* The kinds of stream that must all obey the same laws. */
#ifndef KINDS_H
#define KINDS_H

#include <stdbool.h>

#include "runnel.h"

/* What was written to `from` is read from `to`. */
struct pair {
    rn_stream *from;
    rn_stream *to;
};

struct kind {
    const char *name;
    bool two_way; /* `to` can be written and `from` read, too */
    void (*open)(struct pair *pair, rn_buffering buffering);
};

extern const struct kind kinds[];
extern const int kind_count;

/* cmocka's set-up and tear-down for all of them. */
int kinds_begin(void **state);
int kinds_end(void **state);

#endif
