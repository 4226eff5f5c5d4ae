/* SPDX-License-Identifier: MIT */
/* What the kinds of write call share. */
#ifndef RNI_WRITE_H
#define RNI_WRITE_H

#include "runnel.h"

/* Accept `count` pieces of `len` bytes together, in a claimed half. */
int rni_write(rn_stream *s, const struct iovec *pieces, int count, size_t len);

#endif
