/* SPDX-License-Identifier: MIT */
/* TLS for every subcommand: one config, made of the options. */
#include "secure.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "exit.h"
#include "interrupt.h"
#include "options.h"
#include "report.h"
#include "runnel_tls.h"
#include "say.h"

struct securing securing;

static rn_tls_config *config;

int
secure_begin(bool server)
{
    rn_error err;
    const rn_tls_options o = {
        .ca_file = securing.ca,
        .cert_file = securing.cert,
        .key_file = securing.key,
        .alpn = securing.alpn,
        .pinned_key = securing.pin,
        .client_certificate = securing.client_cert,
        .keylog = 1, /* who sets SSLKEYLOGFILE for a tool asks for it */
        .dangerously_skip_verification = securing.unchecked,
    };
    if (server && securing.cert == NULL)
        return complain_usage("--tls-cert FILE is needed to listen with TLS");
    if (config == NULL)
        config = rn_tls_config_new(&o, &err);
    if (config != NULL)
        return PARSED;
    complain(&err);
    return err.sys_errno != 0 ? EXIT_LOCAL : exit_of(err.code);
}

int
secure_check(const char *command)
{
    const struct {
        const char *name;
        bool given;
    } all[] = {
        {"--tls-ca", securing.ca != NULL},
        {"--tls-name", securing.name != NULL},
        {"--tls-cert", securing.cert != NULL},
        {"--tls-key", securing.key != NULL},
        {"--tls-alpn", securing.alpn != NULL},
        {"--tls-pin", securing.pin != NULL},
        {"--tls-client-cert", securing.client_cert},
        {"--tls-dangerously-skip-verification", securing.unchecked},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].given)
            return complain_usage("%s: %s is for --tls", command, all[i].name);
    return PARSED;
}

void
secure_end(void)
{
    rn_tls_config_free(config);
    config = NULL;
}

/* ---- Agreeing */

static rn_stream *
agree(rn_socket *s, rn_time deadline, rn_error *err,
      rn_stream *(*how)(rn_stream *, const rn_tls_options *, rn_error *))
{
    const rn_tls_options o = {.name = securing.name,
                              .deadline = deadline,
                              .cancel = interrupt_token(),
                              .config = config};
    rn_stream *over = how(s, &o, err);
    if (over == NULL)
        rn_free(s);
    return over;
}

rn_stream *
secure_client(rn_socket *s, rn_time deadline, rn_error *err)
{
    return agree(s, deadline, err, rn_tls_start);
}

rn_stream *
secure_server(rn_socket *s, rn_time deadline, rn_error *err)
{
    return agree(s, deadline, err, rn_tls_accept);
}

/* ---- Saying what was agreed on */

/* The subjects and issuers of the chain. */
static json_t *
list_chain(const rn_stream *s)
{
    json_t *list = json_array();
    char *pem;
    if (rn_tls_get_chain(s, &pem) < 0)
        return list;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    for (X509 *cert; (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL;
         X509_free(cert)) {
        char subject[256];
        char issuer[256];
        X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof subject);
        X509_NAME_oneline(X509_get_issuer_name(cert), issuer, sizeof issuer);
        json_t *one = json_object();
        json_object_set_new(one, "subject", json_string(subject));
        json_object_set_new(one, "issuer", json_string(issuer));
        json_array_append_new(list, one);
        detail("certificate of %s, by %s", subject, issuer);
    }
    BIO_free(bio);
    rn_release(pem);
    return list;
}

void
secure_tell(const rn_stream *s)
{
    rn_tls_info info;
    char took[DURATION_SIZE];
    if (rn_tls_get_info(s, &info) < 0)
        return;
    detail("%s%s%s, in %s", info.description, *info.alpn != '\0' ? ", " : "",
           info.alpn, print_duration(info.handshake, took));
    json_t *o = json_object();
    json_object_set_new(o, "version", json_string(info.version));
    json_object_set_new(o, "cipher", json_string(info.cipher));
    json_object_set_new(o, "alpn", json_string(info.alpn));
    json_object_set_new(o, "name", json_string(info.name));
    json_object_set_new(o, "verified", json_boolean(info.verified));
    json_object_set_new(o, "resumed", json_boolean(info.resumed));
    json_object_set_new(o, "public_key", json_string(info.public_key));
    json_object_set_new(o, "not_before", json_integer(info.not_before));
    json_object_set_new(o, "not_after", json_integer(info.not_after));
    json_object_set_new(o, "handshake_ms",
                        json_real((double)info.handshake / 1e6));
    json_object_set_new(o, "chain", list_chain(s));
    report_value("tls", o);
}

int64_t
secure_took(const rn_stream *s)
{
    rn_tls_info info;
    return rn_tls_get_info(s, &info) == RN_OK ? info.handshake : 0;
}

const char *
secure_words(const rn_stream *s)
{
    static _Thread_local char words[320];
    rn_tls_info info;
    if (rn_tls_get_info(s, &info) < 0)
        return "";
    snprintf(words, sizeof words, ", %s", info.description);
    return words;
}
