/* SPDX-License-Identifier: MIT */
/* Authorities, certificates and keys, made anew in a folder of their own, so
 * that none can expire in the tree. */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include <openssl/x509.h>

enum {
    PATH_SIZE = 256
};

struct identity {
    X509 *cert;
    EVP_PKEY *key;
    char cert_file[PATH_SIZE]; /* PEM */
    char key_file[PATH_SIZE];
};

/* Make the folder, or remove it with all that is in it. */
void certificates_begin(void);
void certificates_end(void);

/* A file in the folder, to be written by a test. */
void certificate_path(char path[PATH_SIZE], const char *name);

/*
 * An identity called `name` in the folder, for the hosts of `names` as OpenSSL
 * writes them ("DNS:a.example,IP:127.0.0.1"; NULL: an authority), signed by
 * `issuer` (NULL: by itself), good from `from` to `to` days from today; where
 * the two are the same for this whole century, so that it is the same each day.
 */
void certificate_make(struct identity *id, const char *name, const char *names,
                      const struct identity *issuer, int from, int to);
void certificate_free(struct identity *id);

/* Sign and write its certificate again, after a change. */
void certificate_sign(struct identity *id, const struct identity *issuer);

/* Let its file lead on to the certificate of its issuer. */
void certificate_append(const struct identity *id,
                        const struct identity *issuer);

#endif
