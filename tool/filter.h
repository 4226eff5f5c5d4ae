/* SPDX-License-Identifier: MIT */
/* A stream to read from that gives the bytes of another one, logged, with other
 * line endings, or gathered into lines or large pieces. */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

#include "transcript.h"

#include "runnel.h"

enum filter_endings {
    ENDINGS_AS_THEY_ARE,
    ENDINGS_CRLF, /* an LF without a CR becomes CRLF */
    ENDINGS_LF    /* CR, LF and CRLF become LF */
};

struct filter_options {
    enum transcript_mark mark;
    int number; /* of the connection, in the transcript */
    enum filter_endings endings;
    rn_buffering gather; /* pass on what comes, whole lines, or 64 KiB */
};

/* Whether there is something to do at all. */
bool filter_needed(const struct filter_options *o);

/* Over `inner`, which it borrows for reading until rn_free, and which does not
 * wait by itself from then on. NULL without memory. */
rn_stream *filter_new(rn_stream *inner, const struct filter_options *o);

#endif
