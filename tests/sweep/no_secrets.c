/* SPDX-License-Identifier: MIT */
/* Without OpenSSL there is no TLS to be swept. */
#include "secrets.h"

void
sw_tls_begin(void)
{
}

void
sw_tls_end(void)
{
}

void
sw_openssl_left(void)
{
}
