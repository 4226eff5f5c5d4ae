/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tls/certificates.h"
#include "runnel_tls.h"

static struct identity authority;
static struct identity far;
static rn_tls_config *server;
static rn_tls_config *client;

bool
secret_begin(void)
{
    certificates_begin();
    certificate_make(&authority, "authority", NULL, NULL, -1, 50);
    certificate_make(&far, "far", "DNS:*.a.example", &authority, -1, 50);
    const rn_tls_options so = {.cert_file = far.cert_file,
                               .key_file = far.key_file};
    const rn_tls_options co = {.ca_file = authority.cert_file};
    server = rn_tls_config_new(&so, NULL);
    client = rn_tls_config_new(&co, NULL);
    certificates_end(); /* all has been read */
    return server != NULL && client != NULL;
}

void
secret_end(void)
{
    rn_tls_config_free(server);
    rn_tls_config_free(client);
    certificate_free(&authority);
    certificate_free(&far);
}

bool
secret_is(const struct board *b, uint32_t id)
{
    return (id * 2654435761u >> 16) % 100 < (uint32_t)b->tls;
}

rn_stream *
secret_over(rn_stream *s, bool serves)
{
    /* Each its own, for one that resumes another's session holds less memory:
     * what is measured must not depend on how many do. */
    static unsigned count;
    char name[40];
    snprintf(name, sizeof name, "n%u.a.example", ++count);
    rn_tls_options o = {.name = name, .later = 1};
    o.config = serves ? server : client;
    rn_stream *t =
        serves ? rn_tls_accept(s, &o, NULL) : rn_tls_start(s, &o, NULL);
    if (t == NULL)
        abort();
    return t;
}

bool
secret_was_cut(const rn_stream *s, int code)
{
    rn_error err;
    return code == RN_E_TLS && rn_error_of(s, &err) == code &&
        (strstr(err.message, "close_notify") != NULL ||
         strstr(err.message, "before TLS was agreed on") != NULL);
}
