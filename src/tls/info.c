/* SPDX-License-Identifier: MIT */
/* What was agreed on, and with whom. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tls.h"

/* ---- A certificate's names and key */

void
rni_name_text(const X509_NAME *name, char *text, size_t cap)
{
    BIO *bio = BIO_new(BIO_s_mem());
    text[0] = '\0';
    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
        int n = BIO_read(bio, text, (int)cap - 1);
        text[n > 0 ? n : 0] = '\0';
    }
    BIO_free(bio);
}

/* Of what others wrote only what no terminal minds. */
static size_t
append(char *text, size_t len, size_t cap, const char *data, int n)
{
    if (len > 0)
        len += (size_t)snprintf(text + len, cap - len, ", ");
    for (int i = 0; i < n && len + 1 < cap; i++)
        text[len++] = data[i] > ' ' && data[i] < 127 ? data[i] : '?';
    if (len >= cap)
        len = cap - 1;
    text[len] = '\0';
    return len;
}

static size_t
append_address(char *text, size_t len, size_t cap, const unsigned char *b,
               int n)
{
    char address[INET6_ADDRSTRLEN] = "?";
    if (n == 4)
        inet_ntop(AF_INET, b, address, sizeof address);
    else if (n == 16)
        inet_ntop(AF_INET6, b, address, sizeof address);
    return append(text, len, cap, address, (int)strlen(address));
}

/* Its host names and addresses (RFC 6125: only where there are none does the
 * subject count). */
void
rni_certificate_names(const X509 *cert, char *text, size_t cap)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    size_t len = 0;
    text[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
        if (g->type == GEN_DNS)
            len = append(text, len, cap,
                         (const char *)ASN1_STRING_get0_data(g->d.dNSName),
                         ASN1_STRING_length(g->d.dNSName));
        else if (g->type == GEN_IPADD)
            len = append_address(text, len, cap,
                                 ASN1_STRING_get0_data(g->d.iPAddress),
                                 ASN1_STRING_length(g->d.iPAddress));
    }
    GENERAL_NAMES_free(names);
    if (len == 0)
        rni_name_text(X509_get_subject_name(cert), text, cap);
}

void
rni_public_key(const X509 *cert, char pin[RNI_PIN_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char text[48]; /* of 32 bytes */
    unsigned char *der = NULL;
    unsigned n = 0;
    pin[0] = '\0';
    int len =
        cert == NULL ? 0 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    if (len > 0 &&
        EVP_Digest(der, (size_t)len, digest, &n, EVP_sha256(), NULL) == 1) {
        EVP_EncodeBlock(text, digest, (int)n);
        snprintf(pin, RNI_PIN_SIZE, "sha256//%s", (char *)text);
    }
    OPENSSL_free(der);
}

/* ---- The public calls */

static int
end(struct rni_tls *t, int rc)
{
    ERR_pop_to_mark();
    pthread_mutex_unlock(&t->lock);
    return rc;
}

/* The TLS stream with its lock held, or a code. */
static int
begin(const rn_stream *s, struct rni_tls **t)
{
    if (s == NULL)
        return RN_E_VALUE;
    *t = rn_stream_ctx(s, &rni_tls_ops);
    if (*t == NULL)
        return RN_E_UNSUPPORTED;
    pthread_mutex_lock(&(*t)->lock);
    ERR_set_mark();
    int rc = RN_OK;
    if ((*t)->ssl == NULL)
        rc = RN_E_CLOSED;
    else if (!atomic_load(&(*t)->open))
        rc = RN_E_AGAIN;
    return rc < 0 ? end(*t, rc) : rc;
}

static int64_t
seconds(const ASN1_TIME *when)
{
    const struct tm epoch = {.tm_year = 70, .tm_mday = 1};
    struct tm tm;
    int days = 0;
    int rest = 0;
    if (ASN1_TIME_to_tm(when, &tm) == 1)
        OPENSSL_gmtime_diff(&days, &rest, &epoch, &tm);
    return (int64_t)days * 86400 + rest;
}

static void
describe_peer(const X509 *cert, rn_tls_info *info)
{
    if (cert == NULL)
        return;
    rni_certificate_names(cert, info->subject, sizeof info->subject);
    rni_name_text(X509_get_issuer_name(cert), info->issuer,
                  sizeof info->issuer);
    rni_public_key(cert, info->public_key);
    info->not_before = seconds(X509_get0_notBefore(cert));
    info->not_after = seconds(X509_get0_notAfter(cert));
}

static void
describe(rn_tls_info *info, const X509 *cert)
{
    const char *peer = "certificate verified";
    if (cert == NULL)
        peer = "client without a certificate";
    else if (!info->verified)
        peer = "certificate NOT VERIFIED";
    snprintf(info->description, sizeof info->description, "%s, %s, %s%s",
             info->version, info->cipher, peer,
             info->resumed ? ", session resumed" : "");
}

int
rn_tls_get_info(const rn_stream *s, rn_tls_info *info)
{
    struct rni_tls *t;
    if (info == NULL)
        return RN_E_VALUE;
    memset(info, 0, sizeof *info);
    int rc = begin(s, &t);
    if (rc < 0)
        return rc;
    const unsigned char *protocol;
    unsigned len;
    const char *name = SSL_is_server(t->ssl) == 1
        ? SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name)
        : t->name;
    SSL_get0_alpn_selected(t->ssl, &protocol, &len);
    snprintf(info->version, sizeof info->version, "%s",
             SSL_get_version(t->ssl));
    snprintf(info->cipher, sizeof info->cipher, "%s",
             SSL_CIPHER_get_name(SSL_get_current_cipher(t->ssl)));
    snprintf(info->alpn, sizeof info->alpn, "%.*s", (int)len,
             len > 0 ? (const char *)protocol : "");
    snprintf(info->name, sizeof info->name, "%s", name == NULL ? "" : name);
    const X509 *cert = SSL_get0_peer_certificate(t->ssl);
    describe_peer(cert, info);
    info->verified = SSL_get_verify_result(t->ssl) == X509_V_OK &&
        cert != NULL && !t->unchecked;
    info->resumed = SSL_session_reused(t->ssl) == 1;
    info->handshake = t->took;
    describe(info, cert);
    return end(t, RN_OK);
}

static int
copy_out(BIO *bio, char **pem)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    *pem = malloc((size_t)len + 1);
    if (*pem == NULL)
        return RN_E_MEMORY;
    if (len > 0) /* of none there is no address either */
        memcpy(*pem, data, (size_t)len);
    (*pem)[len] = '\0';
    return RN_OK;
}

/* A server's own view of the chain lacks the first. */
static bool
write_chain(const SSL *ssl, BIO *bio)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    X509 *first = SSL_get0_peer_certificate(ssl);
    bool well = first == NULL || PEM_write_bio_X509(bio, first) == 1;
    for (int i = 0; well && i < sk_X509_num(chain); i++)
        if (X509_cmp(sk_X509_value(chain, i), first) != 0)
            well = PEM_write_bio_X509(bio, sk_X509_value(chain, i)) == 1;
    return well;
}

int
rn_tls_get_chain(const rn_stream *s, char **pem)
{
    struct rni_tls *t;
    if (pem == NULL)
        return RN_E_VALUE;
    *pem = NULL;
    int rc = begin(s, &t);
    if (rc < 0)
        return rc;
    BIO *bio = BIO_new(BIO_s_mem());
    rc = bio != NULL && write_chain(t->ssl, bio) ? copy_out(bio, pem)
                                                 : RN_E_MEMORY;
    BIO_free(bio);
    return end(t, rc);
}
