/* SPDX-License-Identifier: MIT */
/* Without OpenSSL no connection is over TLS. */
#include "secret.h"

bool
secret_begin(void)
{
    return false;
}

void
secret_end(void)
{
}

bool
secret_is(const struct board *b, uint32_t id)
{
    (void)b;
    (void)id;
    return false;
}

rn_stream *
secret_over(rn_stream *s, bool serves)
{
    (void)serves;
    return s;
}

bool
secret_was_cut(const rn_stream *s, int code)
{
    (void)s;
    (void)code;
    return false;
}
