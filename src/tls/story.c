/* SPDX-License-Identifier: MIT */
/* Why TLS failed, in a sentence for the person who must mend it. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tls.h"

/* OpenSSL's reasons that need other words. Alerts that the peer sent are told
 * by their name. */
static const struct {
    int reason;
    const char *words;
} plain[] = {
    {SSL_R_WRONG_VERSION_NUMBER,
     "what the peer sent is not TLS (is this the port for TLS?)"},
    {SSL_R_PACKET_LENGTH_TOO_LONG,
     "what the peer sent is not TLS (is this the port for TLS?)"},
    {SSL_R_BAD_RECORD_TYPE,
     "what the peer sent is not TLS (is this the port for TLS?)"},
    {SSL_R_UNEXPECTED_MESSAGE, "what the peer sent does not belong there"},
    {SSL_R_HTTP_REQUEST, "the peer sent an HTTP request without TLS"},
    {SSL_R_HTTPS_PROXY_REQUEST, "the peer sent a proxy request without TLS"},
    {SSL_R_UNSUPPORTED_PROTOCOL,
     "no common protocol: the peer's version of TLS is too old"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
     "no common protocol: the peer refuses our versions of TLS"},
    {SSL_R_VERSION_TOO_LOW,
     "no common protocol: the peer's version of TLS is too old"},
    {SSL_R_NO_SHARED_CIPHER, "no cipher in common with the peer"},
    {SSL_R_NO_APPLICATION_PROTOCOL,
     "no application protocol (ALPN) in common with the peer"},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
     "the client has no certificate, and must have one"},
    /* OpenSSL 3.0 has no name for these two alerts. */
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
     "the peer refused with the alert 'certificate required': we have none"},
    {SSL_R_TLSV13_ALERT_MISSING_EXTENSION,
     "the peer refused with the alert 'missing extension'"},
    {SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC,
     "a record was changed on its way (bad MAC)"},
};

static const char *
words_of(int reason, char *text, size_t cap)
{
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (plain[i].reason == reason)
            return plain[i].words;
    if (reason < SSL_AD_REASON_OFFSET)
        return NULL;
    snprintf(text, cap, "the peer refused with the alert '%s'",
             SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
    return text;
}

/* The last one, which is of OpenSSL's TLS itself: before it there may be
 * others, of the program's own. */
static const char *
from_queue(char *text, size_t cap)
{
    unsigned long error = ERR_peek_last_error();
    const char *words = words_of(ERR_GET_REASON(error), text, cap);
    return words != NULL ? words : rni_openssl_words(error);
}

const char *
rni_openssl_words(unsigned long error)
{
    const char *words = ERR_reason_error_string(error);
    return words != NULL ? words
                         : "OpenSSL tells no reason (is there no memory left?)";
}

int
rni_tls_fail(struct rni_tls *t, const char *reason)
{
    char text[RNI_STORY_SIZE];
    if (reason == NULL && t->no_memory)
        reason = "out of memory";
    if (reason == NULL)
        reason = from_queue(text, sizeof text);
    int phase = atomic_load(&t->open) ? 0 : RN_PHASE_TLS;
    rn_explain(t->self, RN_BOTH, phase, RN_E_TLS, reason);
    atomic_store(&t->failed, true);
    return RN_E_TLS;
}

/* ---- The peer's certificate */

/* One that OpenSSL has compared with the clock, so it can be read. */
static void
date(const ASN1_TIME *when, char *text, size_t cap)
{
    struct tm tm = {0};
    ASN1_TIME_to_tm(when, &tm);
    strftime(text, cap, "%Y-%m-%d %H:%M UTC", &tm);
}

/* Why it cannot be believed. */
static void
tell(char story[RNI_STORY_SIZE], const char *name, X509_STORE_CTX *store)
{
    char names[200];
    char other[200];
    const X509 *cert = X509_STORE_CTX_get_current_cert(store);
    int error = X509_STORE_CTX_get_error(store);
    const char *why = "%s: %s";
    rni_certificate_names(cert, names, sizeof names);
    rni_name_text(X509_get_issuer_name(cert), other, sizeof other);
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        why = "%s is not valid for %s";
        snprintf(other, sizeof other, "%s", name);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        why = "%s expired on %s";
        date(X509_get0_notAfter(cert), other, sizeof other);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        why = "%s is not valid before %s";
        date(X509_get0_notBefore(cert), other, sizeof other);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        why = "%s is %s";
        snprintf(other, sizeof other, "self-signed, and not a trusted one");
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        why = "%s is of an unknown authority: %s";
        break;
    default:
        snprintf(other, sizeof other, "%s",
                 X509_verify_cert_error_string(error));
    }
    int n = snprintf(story, RNI_STORY_SIZE, "certificate for ");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(story + n, RNI_STORY_SIZE - (size_t)n, why, names, other);
#pragma GCC diagnostic pop
}

int
rni_tls_judge(int good, X509_STORE_CTX *store)
{
    char story[RNI_STORY_SIZE];
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct rni_tls *t = rni_tls_of(ssl);
    if (good == 1 || t->unchecked)
        return 1;
    tell(story, t->name, store);
    rni_tls_fail(t, story);
    return 0;
}
