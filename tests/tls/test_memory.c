/* SPDX-License-Identifier: MIT */
/*
 * A conversation over TLS in which one allocation fails: each of the library's,
 * and then each of OpenSSL's (where there are thousands, every so many), once
 * or from then on. No crash, nothing of ours left behind, a code that says so;
 * and where that was MEMORY, the same call again goes well.
 */
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "scarce.h"
#include "two.h"

/* ---- The conversation */

/* A code that a refused allocation may come to; MEMORY can be tried again. */
static bool
is_fair(long rc)
{
    return rc == RN_E_MEMORY || rc == RN_E_TLS || rc == RN_E_IO;
}

/* Again as long as there was no memory, which has come back in the meantime. */
#define PERSIST(rc, call)                                                      \
    do                                                                         \
        (rc) = (call);                                                         \
    while ((rc) == RN_E_MEMORY && !scarce.always)

static rn_stream *
begin(rn_stream *below, const rn_tls_options *o, bool server)
{
    rn_error err;
    rn_stream *s;
    do
        s = server ? rn_tls_accept(below, o, &err)
                   : rn_tls_start(below, o, &err);
    while (s == NULL && err.code == RN_E_MEMORY && !scarce.always);
    if (s == NULL)
        assert_true(is_fair(err.code));
    return s;
}

static long
agree(struct two *t)
{
    long c = RN_E_AGAIN;
    long s = RN_E_AGAIN;
    for (int i = 0; i < 20 && (c == RN_E_AGAIN || s == RN_E_AGAIN); i++) {
        if (c == RN_E_AGAIN)
            PERSIST(c, rn_flush(t->client));
        if (s == RN_E_AGAIN)
            PERSIST(s, rn_flush(t->server));
    }
    return c < 0 && c != RN_E_AGAIN ? c : s;
}

static long
send_line(rn_stream *from, rn_stream *to)
{
    static const char text[3000] = "much, so that its buffers are its own";
    const char *line;
    size_t len;
    long rc;
    PERSIST(rc, rn_writeln(from, text, sizeof text));
    if (rc == RN_OK)
        PERSIST(rc, rn_flush(from));
    if (rc < 0)
        return rc;
    PERSIST(rc, rn_readln(to, &line, &len));
    if (rc < 0)
        return rc;
    assert_int_equal(rc, 1);
    assert_int_equal(len, sizeof text);
    assert_memory_equal(line, text, len);
    return RN_OK;
}

static char pin[64]; /* of the server's key, as a first conversation told it */

static long
talk(struct two *t)
{
    rn_tls_info info;
    char *pem = NULL;
    enter(TALKING);
    long rc = agree(t);
    for (int i = 0; i < 2 && rc == RN_OK; i++) {
        rc = send_line(t->client, t->server);
        if (rc == RN_OK)
            rc = send_line(t->server, t->client);
    }
    enter(ASKING);
    if (rc == RN_OK)
        rc = rn_tls_get_info(t->client, &info);
    if (rc == RN_OK && pin[0] == '\0')
        memcpy(pin, info.public_key, sizeof pin);
    if (rc == RN_OK)
        PERSIST(rc, rn_tls_get_chain(t->client, &pem));
    rn_release(pem);
    return rc;
}

static rn_tls_config *
config_of(const rn_tls_options *o)
{
    rn_error err;
    rn_tls_config *c;
    do
        c = rn_tls_config_new(o, &err);
    while (c == NULL && err.code == RN_E_MEMORY && !scarce.always);
    /* OpenSSL says of files that it could not keep that they are bad. */
    if (c == NULL)
        assert_true(is_fair(err.code) ||
                    (scarce.chosen == OPENSSL && err.code == RN_E_VALUE));
    return c;
}

/* From its configs, if it has any, to its end: what came of it. */
static long
converse(bool configs)
{
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    so.ca_file = authority.cert_file;
    co.alpn = so.alpn = "x";
    co.pinned_key = pin[0] != '\0' ? pin : NULL;
    enter(CLIENT_CONFIG);
    if (configs)
        co.config = config_of(&co);
    enter(SERVER_CONFIG);
    if (configs)
        so.config = config_of(&so);
    bool well = !configs || (co.config != NULL && so.config != NULL);
    struct two t = {0};
    long rc = RN_E_MEMORY;
    int fd[2];
    leave();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    rn_stream *a = rn_from_fd(fd[0], RN_BUFFERED, NULL);
    rn_stream *b = rn_from_fd(fd[1], RN_BUFFERED, NULL);
    enter(BEGINNING);
    rn_set_deadline(a, RN_BOTH, RN_NOW);
    rn_set_deadline(b, RN_BOTH, RN_NOW);
    if (well) {
        t.client = begin(a, &co, false);
        t.server = begin(b, &so, true);
    }
    rn_tls_config_free(co.config);
    rn_tls_config_free(so.config);
    if (t.client != NULL && t.server != NULL)
        rc = talk(&t);
    if (rc == RN_OK && t.client != NULL)
        rc = rn_close(t.client);
    rn_free(t.client != NULL ? t.client : a);
    rn_free(t.server != NULL ? t.server : b);
    return rc;
}

static long
refuse(enum whose whose, long which, bool from_then_on, bool configs)
{
    long before = scarce.held;
    scarce.count = 0;
    scarce.at = which;
    scarce.always = from_then_on;
    scarce.refused = false;
    scarce.chosen = whose;
    long rc = converse(configs);
    leave();
    assert_int_equal(scarce.held, before);
    assert_int_equal(ERR_peek_error(), 0);
    return rc;
}

/* ---- The tests */

static int
prepare(void **state)
{
    make_all(state);
    return refuse(NOBODY, 0, false, true) == RN_OK && pin[0] != '\0' ? 0 : -1;
}

static void
each_of_ours(bool configs)
{
    long i = 1;
    long lost = 0;
    scarce.part = ALL;
    assert_code(refuse(OURS, 0, false, configs), RN_OK);
    for (;; i++) {
        long rc = refuse(OURS, i, false, configs);
        if (!scarce.refused)
            break;
        /* Once a record was made there may be no going back. */
        assert_true(rc == RN_OK || is_fair(rc)); /* closing is done but once */
        lost += rc != RN_OK;
        rc = refuse(OURS, i, true, configs);
        assert_true(rc == RN_OK || is_fair(rc));
    }
    print_message("%ld allocations, of which %ld end the connection\n", i - 1,
                  lost);
    assert_true(i > 30);
    assert_true(lost < i / 3);
}

static void
each_of_the_library_s_may_fail(void **state)
{
    (void)state;
    each_of_ours(true);
    each_of_ours(false);
}

/* One of OpenSSL's in a part, counted from its end: what came of it when it
 * failed once. */
static long
refuse_theirs(long from_end, long all)
{
    long rc = refuse(OPENSSL, all - from_end, true, true);
    assert_true(rc == RN_OK || rc == RN_E_AGAIN || is_fair(rc));
    rc = refuse(OPENSSL, all - from_end, false, true);
    assert_true(rc == RN_OK || rc == RN_E_AGAIN || is_fair(rc));
    return rc;
}

enum {
    FIRST = 8
};

/* Making a context comes first and takes thousands, what is done with it comes
 * last: the last of each part fail one by one, and the farther from its end the
 * fewer; and the first few. */
static void
many_of_openssl_s_may_fail(void **state)
{
    (void)state;
    long runs = 0;
    long bad = 0;
    for (scarce.part = CLIENT_CONFIG; scarce.part < ALL; scarce.part++) {
        assert_code(refuse(OPENSSL, 0, false, true), RN_OK);
        long all = scarce.count;
        for (long i = 0; i < all; i += 1 + i / 20, runs++)
            bad += refuse_theirs(i, all) != RN_OK;
        for (long i = 1; i < all && i <= FIRST; i++, runs++)
            bad += refuse_theirs(all - i, all) != RN_OK;
    }
    print_message("%ld places in OpenSSL, of which %ld end the connection\n",
                  runs, bad);
    assert_true(runs > 300);
    assert_true(bad > 3);
    scarce.part = ALL;
    assert_code(refuse(OPENSSL, 0, false, true), RN_OK);
}

/* A config with that allocation of OpenSSL's refused, once: how many there
 * were. */
static long
make_config(const rn_tls_options *o, long which)
{
    scarce.chosen = OPENSSL;
    scarce.part = ALL;
    scarce.at = which;
    scarce.count = 0;
    scarce.always = false;
    enter(ALL);
    rn_tls_config *c = config_of(o);
    leave();
    assert_non_null(c);
    rn_tls_config_free(c);
    return scarce.count;
}

/* The system's authorities, of which there are none here. */
static void
trusting_the_system_may_fail(void **state)
{
    (void)state;
    const rn_tls_options o = {0};
    make_config(&o, 0);
    long all = make_config(&o, 0);
    assert_true(all > 100);
    int again = 0; /* it said MEMORY first */
    for (int i = 0; i < 60; i++)
        again += make_config(&o, all - i) > all;
    assert_true(again > 0);
}

/* Where OpenSSL cannot even keep an error, as in a thread's first call. */
static void *
shake_without_memory(void *arg)
{
    struct two *t = arg;
    enter(ALL);
    int rc = rn_flush(t->client);
    leave();
    rn_error_of(t->client, &t->error);
    return rc == RN_E_TLS ? t : NULL;
}

static void
a_failure_without_a_reason_is_told(void **state)
{
    (void)state;
    struct two t = {0};
    rn_socket *a;
    rn_socket *b;
    pthread_t thread;
    void *well;
    rn_tls_options co = client_options();
    tcp_pair(&a, &b, RN_BUFFERED);
    t.client = rn_tls_start(a, &co, NULL);
    assert_non_null(t.client);
    scarce.chosen = OPENSSL;
    scarce.part = ALL;
    scarce.count = 0;
    scarce.at = 1;
    scarce.always = true;
    pthread_create(&thread, NULL, shake_without_memory, &t);
    pthread_join(thread, &well);
    assert_non_null(well);
    assert_non_null(strstr(t.error.message, "OpenSSL tells no reason"));
    free_two(&t);
    rn_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_the_library_s_may_fail),
        cmocka_unit_test(many_of_openssl_s_may_fail),
        cmocka_unit_test(trusting_the_system_may_fail),
        cmocka_unit_test(a_failure_without_a_reason_is_told),
        cmocka_unit_test(nothing_is_left),
    };
    if (!scarce_begin())
        return 99;
    setenv("SSL_CERT_FILE", "/nowhere", 1);
    setenv("SSL_CERT_DIR", "/nowhere", 1);
    return cmocka_run_group_tests_name("tls_memory", tests, prepare, drop_all);
}
