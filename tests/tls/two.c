/* SPDX-License-Identifier: MIT */
#include "two.h"

#include <openssl/err.h>

#include "../support/check.h"
#include "../support/peer.h"

struct identity authority;
struct identity stranger; /* another authority */
struct identity good;     /* a.example, 127.0.0.1 */
struct identity expired;
struct identity early;
struct identity alone;  /* signed by itself */
struct identity person; /* a client's */

static int at_start;

int
make_all(void **state)
{
    (void)state;
    at_start = open_descriptors();
    certificates_begin();
    certificate_make(&authority, "authority", NULL, NULL, -100, 100);
    certificate_make(&stranger, "stranger", NULL, NULL, -100, 100);
    certificate_make(&good, "good", "DNS:a.example,IP:127.0.0.1", &authority,
                     -1, 50);
    certificate_make(&expired, "expired", "DNS:a.example", &authority, -50, -1);
    certificate_make(&early, "early", "DNS:a.example", &authority, 1, 50);
    certificate_make(&alone, "alone", "DNS:a.example", NULL, -1, 50);
    certificate_make(&person, "person", "email:p@a.example", &authority, -1,
                     50);
    return 0;
}

int
drop_all(void **state)
{
    (void)state;
    struct identity *all[] = {&authority, &stranger, &good,  &expired,
                              &early,     &alone,    &person};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        certificate_free(all[i]);
    certificates_end();
    return 0;
}

void
nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(open_descriptors(), at_start);
    assert_int_equal(ERR_peek_error(), 0);
}

rn_tls_options
client_options(void)
{
    return (rn_tls_options){
        .name = "a.example", .ca_file = authority.cert_file, .later = 1};
}

rn_tls_options
server_options(const struct identity *id)
{
    return (rn_tls_options){
        .cert_file = id->cert_file, .key_file = id->key_file, .later = 1};
}

int
shake(struct two *t)
{
    int c = RN_E_AGAIN;
    int s = RN_E_AGAIN;
    rn_set_deadline(t->client, RN_BOTH, RN_NOW);
    rn_set_deadline(t->server, RN_BOTH, RN_NOW);
    /* One more turn after a failure: the other end is told why. */
    for (int left = 100000; left > 0; left--) {
        if (c == RN_E_AGAIN)
            c = rn_flush(t->client);
        if (s == RN_E_AGAIN)
            s = rn_flush(t->server);
        if (c != RN_E_AGAIN && s != RN_E_AGAIN)
            break;
        if ((c < 0 && c != RN_E_AGAIN) || (s < 0 && s != RN_E_AGAIN))
            left = left > 100 ? 100 : left;
    }
    rn_set_deadline(t->client, RN_BOTH, RN_FOREVER);
    rn_set_deadline(t->server, RN_BOTH, RN_FOREVER);
    if (c < 0)
        return rn_error_of(t->client, &t->error);
    return s < 0 ? rn_error_of(t->server, &t->error) : RN_OK;
}

int
open_two(struct two *t, const rn_tls_options *co, const rn_tls_options *so,
         rn_buffering buffering)
{
    rn_socket *a;
    rn_socket *b;
    *t = (struct two){0};
    tcp_pair(&a, &b, buffering);
    t->client = rn_tls_start(a, co, &t->error);
    if (t->client == NULL) {
        rn_free(a);
        rn_free(b);
        return t->error.code;
    }
    t->server = rn_tls_accept(b, so, &t->error);
    assert_non_null(t->server);
    return shake(t);
}

void
free_two(struct two *t)
{
    rn_free(t->client);
    rn_free(t->server);
}

void
open_plain_two(struct two *t, rn_buffering buffering)
{
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    int rc = open_two(t, &co, &so, buffering);
    if (rc < 0)
        print_error("%s\n", t->error.message);
    assert_code(rc, RN_OK);
}

void *
echo_lines(void *arg)
{
    rn_stream *s = arg;
    const char *line;
    size_t len;
    while (rn_readln(s, &line, &len) > 0)
        rn_writeln(s, line, len);
    rn_close(s);
    return NULL;
}
