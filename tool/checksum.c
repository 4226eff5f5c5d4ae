/* SPDX-License-Identifier: MIT */
#include "checksum.h"

#include <openssl/evp.h>
#include <stdio.h>

struct checksum *
checksum_new(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        return NULL;
    }
    return (struct checksum *)ctx;
}

bool
checksum_add(struct checksum *c, const void *data, size_t len)
{
    return EVP_DigestUpdate((EVP_MD_CTX *)c, data, len) == 1;
}

bool
checksum_end(struct checksum *c, char hex[CHECKSUM_SIZE])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = (EVP_MD_CTX *)c;
    unsigned int len = 0;
    bool ok = hex == NULL || EVP_DigestFinal_ex(ctx, raw, &len) == 1;
    for (unsigned int i = 0; ok && i < len; i++)
        snprintf(hex + (size_t)2 * i, 3, "%02x", raw[i]);
    EVP_MD_CTX_free(ctx);
    return ok;
}
