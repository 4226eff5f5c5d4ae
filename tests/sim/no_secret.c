/* SPDX-License-Identifier: MIT */
/* Without OpenSSL no seed is of TLS. */
#include "secret.h"

void
secret_set_up(void)
{
}

void
secret_drop(void)
{
}

bool
secret_is(uint64_t seed)
{
    (void)seed;
    return false;
}

void
secret_begin(uint64_t seed)
{
    (void)seed;
}

void
secret_talk(rn_stream *below)
{
    (void)below;
}

void
secret_hears(size_t n)
{
    (void)n;
}

void
secret_writes(size_t n)
{
    (void)n;
}

void
secret_ends(void)
{
}
