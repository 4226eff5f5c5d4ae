/* SPDX-License-Identifier: MIT */
#include "certificates.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[PATH_SIZE / 2];

static void
need(int well)
{
    if (!well) {
        fprintf(stderr, "making certificates failed\n");
        abort();
    }
}

void
certificates_begin(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.60s/runnel-tls-XXXXXX",
             tmp != NULL ? tmp : "/tmp");
    need(mkdtemp(folder) != NULL);
}

void
certificates_end(void)
{
    DIR *dir = opendir(folder);
    char path[PATH_SIZE];
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        certificate_path(path, e->d_name);
        remove(path); /* where unlink(2) is a test's own */
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
}

void
certificate_path(char path[PATH_SIZE], const char *name)
{
    snprintf(path, PATH_SIZE, "%s/%.100s", folder, name);
}

static void
extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(e != NULL && X509_add_ext(cert, e, -1) == 1);
    X509_EXTENSION_free(e);
}

static void
save(const struct identity *id)
{
    FILE *f = fopen(id->cert_file, "w");
    need(f != NULL && PEM_write_X509(f, id->cert) == 1);
    fclose(f);
    f = fopen(id->key_file, "w");
    need(f != NULL &&
         PEM_write_PrivateKey(f, id->key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(f);
}

static void
set_days(X509 *cert, int from, int to)
{
    const long day = 86400;
    if (from == to) {
        ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), "20000101000000Z");
        ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), "20991231235959Z");
        return;
    }
    X509_gmtime_adj(X509_getm_notBefore(cert), from * day);
    X509_gmtime_adj(X509_getm_notAfter(cert), to * day);
}

void
certificate_make(struct identity *id, const char *name, const char *names,
                 const struct identity *issuer, int from, int to)
{
    static long serial;
    char file[PATH_SIZE];
    id->key = EVP_EC_gen("P-256");
    id->cert = X509_new();
    need(id->key != NULL && id->cert != NULL);
    X509 *by = issuer != NULL ? issuer->cert : id->cert;
    X509_set_version(id->cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(id->cert), ++serial);
    set_days(id->cert, from, to);
    X509_set_pubkey(id->cert, id->key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(id->cert), "CN",
                               MBSTRING_ASC, (const unsigned char *)name, -1,
                               -1, 0);
    X509_set_issuer_name(id->cert, X509_get_subject_name(by));
    extend(id->cert, by, NID_subject_key_identifier, "hash");
    if (names != NULL)
        extend(id->cert, by, NID_subject_alt_name, names);
    else
        extend(id->cert, by, NID_basic_constraints, "critical,CA:TRUE");
    snprintf(file, sizeof file, "%.60s.cert.pem", name);
    certificate_path(id->cert_file, file);
    snprintf(file, sizeof file, "%.60s.key.pem", name);
    certificate_path(id->key_file, file);
    certificate_sign(id, issuer != NULL ? issuer : id);
}

void
certificate_sign(struct identity *id, const struct identity *issuer)
{
    need(X509_sign(id->cert, issuer->key, EVP_sha256()) > 0);
    save(id);
}

void
certificate_append(const struct identity *id, const struct identity *issuer)
{
    FILE *f = fopen(id->cert_file, "a");
    need(f != NULL && PEM_write_X509(f, issuer->cert) == 1);
    fclose(f);
}

void
certificate_free(struct identity *id)
{
    X509_free(id->cert);
    EVP_PKEY_free(id->key);
}
