/* SPDX-License-Identifier: MIT */
/*
 * runnel over TLS: the same stream, encrypted. For librunnel-tls, which needs
 * OpenSSL 3; librunnel needs none.
 *
 *     rn_error err;
 *     rn_stream *s =
 *         rn_tls_connect("www.host.com", 443, RN_BUFFERED, NULL, &err);
 *     if (s == NULL)
 *         die(err.message);
 *
 * The result is an rn_stream: every call, deadline, token, figure and address
 * of <runnel.h> works on it, one reader and one writer thread included. (Where
 * a message of the peer's own, as a ticket, has come only in part, writing is
 * BUSY until more was read. rn_close reads the rest where something is unsent;
 * where nothing is, it may be TLS: the peer cannot be told that this is the
 * end.)
 *
 * What is checked unless you say otherwise: the peer's certificate against the
 * system's trust store, and that it is valid for the name that you connected to
 * (RFC 9525). TLS 1.2 is the least (RFC 8996). Nobody can renegotiate.
 *
 * The end.  rn_close tells the peer that nothing is missing (close_notify, RFC
 * 8446, 6.1), and so does rn_shutdown_write. An end of the connection without
 * it is RN_E_TLS, never the end of the stream: something may have been cut off.
 *
 * Failures.  RN_E_TLS, and a sentence for a person: "start TLS with
 * b.example:443 (192.0.2.1): certificate for a.example is not valid for
 * b.example". They stay, as RESET does. No error of OpenSSL's is left in its
 * queue, and nothing that is global to it is changed.
 */
#ifndef RUNNEL_TLS_H
#define RUNNEL_TLS_H

#include <runnel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What several connections share: trust, certificates, sessions to resume. */
typedef struct rn_tls_config rn_tls_config;

typedef enum rn_tls_version {
    RN_TLS_1_2 = 0,
    RN_TLS_1_3 = 1
} rn_tls_version;

/*
 * Everything that can be said of TLS on a connection. Zero in a field means its
 * default. Files are PEM; strings are copied.
 */
typedef struct rn_tls_options {
    /* Of this connection. */
    const char *name;  /* what the certificate must be valid for, and what the
                          server is asked for (SNI, RFC 6066): a host name or an
                          address; NULL: the host that was connected to */
    int64_t timeout;   /* milliseconds for all until TLS is agreed on, lookup
                          and connecting included; 0: none */
    rn_time deadline;  /* the same as a point in time; 0: none */
    rn_cancel *cancel; /* stops the waiting; NULL: nothing does */
    int later; /* 1: do not wait for the peer: what is still to be agreed on is
                  part of the first calls that read, write or flush, by one
                  thread alone until it is (BUSY). For event loops. */

    /* Shared settings made before; then those below are not looked at. */
    rn_tls_config *config;

    /* Whom to trust, and who we are. */
    const char *ca_file;    /* authorities to trust; NULL: the system's */
    const char *cert_file;  /* our certificate, and behind it those that lead to
                               an authority. A server must have one. */
    const char *key_file;   /* its key, without a passphrase; NULL: it is in
                               cert_file */
    const char *pinned_key; /* "sha256//BASE64", several with ';' between: the
                               peer's public key must be one of them, too */
    const char *alpn;       /* protocols to agree on (RFC 7301), the best first:
                               "h2,http/1.1"; NULL: none */
    rn_tls_version min_version;
    int client_certificate; /* 1, of a server: refuse clients that have none of
                               an authority in ca_file */
    int keylog; /* 1: write the keys to the file that the environment names in
                   SSLKEYLOGFILE, for who reads traffic dumps */
    /* 1: take any certificate, of anybody for any name. The connection is
     * readable to whoever is in between. Everything that describes the stream
     * says so. */
    int dangerously_skip_verification;
    uintptr_t reserved[12]; /* leave zero */
} rn_tls_options;

/*
 * Connect as rn_connect does, then agree on TLS. `options` may be NULL. NULL on
 * failure: as rn_connect_with; TLS; VALUE, DENIED or IO for a file that cannot
 * be used. With a name that resolves to several addresses the certificate of
 * the one that answered counts; no other is tried.
 */
RN_API rn_stream *rn_tls_connect(const char *host, int port,
                                 rn_buffering buffering,
                                 const rn_tls_options *options, rn_error *err);

/* The same with all that can be said of the connection. Of timeouts and
 * deadlines the earliest holds, and it covers everything. */
RN_API rn_stream *rn_tls_connect_with(const rn_connect_options *connect,
                                      const rn_tls_options *options,
                                      rn_error *err);

/*
 * Go on with TLS on the open stream `s`, as the client: after STARTTLS, through
 * a proxy, over any kind of stream. What was written to `s` goes out first. The
 * result takes over its buffering and settings, and `s` is part of it: use it
 * no more. (What had been read ahead from `s` is taken for TLS, so nobody in
 * between can slip in plain text.)
 *
 * May wait, as `options` allow, and as the deadline, timeout and (where options
 * have none) token of `s`.
 * NULL on failure: as above, also CLOSED and BUSY; `s` is still yours then, and
 * once TLS has begun good for closing only.
 */
RN_API rn_stream *rn_tls_start(rn_stream *s, const rn_tls_options *options,
                               rn_error *err);

/* The same as the server, on a stream that rn_accept made. `options` need a
 * certificate, or a config with one. */
RN_API rn_stream *rn_tls_accept(rn_stream *s, const rn_tls_options *options,
                                rn_error *err);

/*
 * Read the files that `options` name, once for many connections. Clients that
 * share it resume their sessions with a peer of the same name and port, which
 * saves a part of the work. Safe to use from any number of threads. NULL on
 * failure: VALUE, DENIED, IO, MEMORY. Never waits, but for the disk.
 */
RN_API rn_tls_config *rn_tls_config_new(const rn_tls_options *options,
                                        rn_error *err);

/* Read the files again, for the connections that begin from now on; a server
 * gets its renewed certificate without a restart. They resume no session of
 * before, for who resumes one is not checked again. After a failure it stays as
 * it was. */
RN_API int rn_tls_config_reload(rn_tls_config *config, rn_error *err);

/* Free it (NULL is fine); connections that were made with it live on. */
RN_API void rn_tls_config_free(rn_tls_config *config);

/* What was agreed on. Texts are "" where there is none. */
typedef struct rn_tls_info {
    char version[16];    /* "TLSv1.3" */
    char cipher[64];     /* "TLS_AES_256_GCM_SHA384" */
    char alpn[64];       /* the protocol, of those in options.alpn */
    char name[256];      /* what the certificate was checked for; of a server
                            what the client asked for */
    char subject[256];   /* of the peer's certificate */
    char issuer[256];    /* who signed it */
    char public_key[64]; /* "sha256//BASE64", as in options.pinned_key */
    int64_t not_before;  /* seconds since 1970, UTC; 0: no certificate */
    int64_t not_after;
    int verified;          /* 1: the certificate was checked, and is good */
    int resumed;           /* 1: a session was resumed */
    int64_t handshake;     /* how long agreeing took, in nanoseconds */
    char description[256]; /* the above in a few words: "TLSv1.3,
                              TLS_AES_256_GCM_SHA384, certificate NOT VERIFIED"
                            */
    int64_t reserved[8];
} rn_tls_info;

/* Fill `info`. Never waits. UNSUPPORTED: not a TLS stream; AGAIN: nothing was
 * agreed on yet (options.later); CLOSED. */
RN_API int rn_tls_get_info(const rn_stream *s, rn_tls_info *info);

/* The peer's certificates, its own first, as PEM in *pem, NUL-terminated and
 * yours: rn_release it. Never waits. As rn_tls_get_info; MEMORY. */
RN_API int rn_tls_get_chain(const rn_stream *s, char **pem);

#ifdef __cplusplus
}
#endif

#endif
