/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4) by OpenSSL's libcrypto: what sha256sum(1) prints and
 * what people publish, so that a third party can compare it.
 */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>

struct checksum;

enum {
    CHECKSUM_SIZE = 65 /* as hex, with the NUL */
};

/* NULL: no memory. */
struct checksum *checksum_new(void);
bool checksum_add(struct checksum *c, const void *data, size_t len);

/* Of all that was added; frees it. NULL instead of hex: only that. */
bool checksum_end(struct checksum *c, char hex[CHECKSUM_SIZE]);

#endif
