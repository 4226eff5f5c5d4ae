/* SPDX-License-Identifier: MIT */
/* TLS over connections, as --tls and its kin say. */
#ifndef SECURE_H
#define SECURE_H

#include <stdbool.h>

#include "runnel.h"

/* What the options said. */
struct securing {
    bool on; /* --tls */
    const char *ca;
    const char *name;
    const char *cert;
    const char *key;
    const char *alpn;
    const char *pin;
    bool client_cert;
    bool unchecked;
};
extern struct securing securing;

/* Read the files, before anything is listened for or connected to; again is
 * fine. `server`: a certificate is needed. PARSED, or an exit code after a
 * complaint. */
int secure_begin(bool server);

/* An option without --tls: EXIT_USAGE after a complaint; else PARSED. */
int secure_check(const char *command);

void secure_end(void);

/* Agree on TLS over `s`, until `deadline` (0: none). On failure `s` is freed,
 * and err is filled. */
rn_stream *secure_client(rn_socket *s, rn_time deadline, rn_error *err);
rn_stream *secure_server(rn_socket *s, rn_time deadline, rn_error *err);

/* Say what was agreed on, with -v and in --json; nothing without TLS. */
void secure_tell(const rn_stream *s);

/* How long agreeing took, in nanoseconds; 0 without TLS. */
int64_t secure_took(const rn_stream *s);

/* ", NOT VERIFIED" and the like, for a person; "" without TLS. Valid until the
 * next call in this thread. */
const char *secure_words(const rn_stream *s);

#endif
