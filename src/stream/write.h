/* SPDX-License-Identifier: MIT */
/* What the kinds of write call share. */
#ifndef RNI_WRITE_H
#define RNI_WRITE_H

#include "runnel.h"

/* Accept `count` pieces of `len` bytes together, in a claimed half. */
int rni_write(rn_stream *s, const struct iovec *pieces, int count, size_t len);

/* The same of one piece, but what cannot be sent in time is kept to be sent by
 * the next call: RN_OK, or a failure for good. */
int rni_write_or_keep(rn_stream *s, const void *data, size_t len);

#endif
