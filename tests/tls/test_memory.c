/* SPDX-License-Identifier: MIT */
/*
 * A conversation over TLS in which one allocation fails: each of the library's,
 * and then each of OpenSSL's (every so many, as there are thousands), once or
 * from then on. No crash, nothing of ours left behind, a code that says so; and
 * where that was MEMORY, the same call again goes well.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

/* ---- Who asks for memory, and when there is none */

enum whose {
    NOBODY,
    OURS,
    OPENSSL
};

static enum whose failing;
static long count;   /* so many were asked for */
static long at;      /* this one is refused */
static bool always;  /* and all behind it */
static bool refused; /* that has happened */
static long held;    /* pieces of ours that were not freed */

static bool
fails(enum whose whose)
{
    if (whose != failing)
        return false;
    long i = ++count;
    bool now = i == at || (always && i > at);
    refused = refused || now;
    return now;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
void __real_free(void *block);
void __wrap_free(void *block);

static void *
taken(void *block)
{
    held += block != NULL;
    return block;
}

void *
__wrap_malloc(size_t n)
{
    return fails(OURS) ? NULL : taken(__real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails(OURS) ? NULL : taken(__real_calloc(n, size));
}

void *
__wrap_realloc(void *old, size_t n)
{
    if (fails(OURS))
        return NULL;
    void *block = __real_realloc(old, n);
    held += old == NULL && block != NULL;
    return block;
}

char *
__wrap_strdup(const char *text)
{
    return fails(OURS) ? NULL : taken(__real_strdup(text));
}

void
__wrap_free(void *block)
{
    held -= block != NULL;
    __real_free(block);
}

static void *
their_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails(OPENSSL) ? NULL : __real_malloc(n);
}

static void *
their_realloc(void *old, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails(OPENSSL) ? NULL : __real_realloc(old, n);
}

static void
their_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    __real_free(block);
}

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
    while ((rc) == RN_E_MEMORY && !always)

static rn_stream *
begin(rn_stream *below, rn_tls_config *config, bool server)
{
    rn_error err;
    rn_tls_options o = client_options();
    rn_stream *s;
    o.config = config;
    do
        s = server ? rn_tls_accept(below, &o, &err)
                   : rn_tls_start(below, &o, &err);
    while (s == NULL && err.code == RN_E_MEMORY && !always);
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

static long
talk(struct two *t)
{
    rn_tls_info info;
    char *pem = NULL;
    long rc = agree(t);
    for (int i = 0; i < 2 && rc == RN_OK; i++) {
        rc = send_line(t->client, t->server);
        if (rc == RN_OK)
            rc = send_line(t->server, t->client);
    }
    if (rc == RN_OK)
        rc = rn_tls_get_info(t->client, &info);
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
    while (c == NULL && err.code == RN_E_MEMORY && !always);
    /* OpenSSL says of files that it could not keep that they are bad. */
    if (c == NULL)
        assert_true(is_fair(err.code) ||
                    (failing == OPENSSL && err.code == RN_E_VALUE));
    return c;
}

/* From its configs to its end: what came of it. */
static long
converse(void)
{
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    rn_tls_config *cc = config_of(&co);
    rn_tls_config *sc = config_of(&so);
    struct two t = {0};
    long rc = RN_E_MEMORY;
    int fd[2];
    enum whose then = failing;
    failing = NOBODY;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    rn_stream *a = rn_from_fd(fd[0], RN_BUFFERED, NULL);
    rn_stream *b = rn_from_fd(fd[1], RN_BUFFERED, NULL);
    failing = then;
    rn_set_deadline(a, RN_BOTH, RN_NOW);
    rn_set_deadline(b, RN_BOTH, RN_NOW);
    if (cc != NULL && sc != NULL) {
        t.client = begin(a, cc, false);
        t.server = begin(b, sc, true);
    }
    rn_tls_config_free(cc);
    rn_tls_config_free(sc);
    if (t.client != NULL && t.server != NULL)
        rc = talk(&t);
    if (rc == RN_OK && t.client != NULL)
        rc = rn_close(t.client);
    rn_free(t.client != NULL ? t.client : a);
    rn_free(t.server != NULL ? t.server : b);
    return rc;
}

static long
refuse(enum whose whose, long which, bool from_then_on)
{
    long before = held;
    count = 0;
    at = which;
    always = from_then_on;
    refused = false;
    failing = whose;
    long rc = converse();
    failing = NOBODY;
    assert_int_equal(held, before);
    assert_int_equal(ERR_peek_error(), 0);
    return rc;
}

/* ---- The tests */

static void
each_of_the_library_s_may_fail(void **state)
{
    (void)state;
    long i = 1;
    long lost = 0;
    assert_code(refuse(OURS, 0, false), RN_OK);
    for (;; i++) {
        long rc = refuse(OURS, i, false);
        if (!refused)
            break;
        /* Once a record was made there may be no going back. */
        assert_true(rc == RN_OK || rc == RN_E_TLS || rc == RN_E_IO);
        lost += rc != RN_OK;
        rc = refuse(OURS, i, true);
        assert_true(rc == RN_OK || is_fair(rc));
    }
    print_message("%ld allocations, of which %ld end the connection\n", i - 1,
                  lost);
    assert_true(i > 30);
    assert_true(lost < i / 3);
}

static void
many_of_openssl_s_may_fail(void **state)
{
    (void)state;
    long runs = 0;
    long bad = 0;
    for (long i = 1;; i += 1 + i / 20, runs++) {
        long rc = refuse(OPENSSL, i, false);
        if (!refused)
            break;
        assert_true(rc == RN_OK || rc == RN_E_AGAIN || is_fair(rc));
        bad += rc != RN_OK;
        rc = refuse(OPENSSL, i, true);
        assert_true(rc == RN_OK || rc == RN_E_AGAIN || is_fair(rc));
    }
    print_message("%ld places in OpenSSL, of which %ld end the connection\n",
                  runs, bad);
    assert_true(runs > 50);
    assert_true(bad > 3);
    assert_code(refuse(OPENSSL, 0, false), RN_OK);
}

static int at_start;

static void
no_descriptor_is_left(void **state)
{
    (void)state;
    assert_int_equal(open_descriptors(), at_start);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_the_library_s_may_fail),
        cmocka_unit_test(many_of_openssl_s_may_fail),
        cmocka_unit_test(no_descriptor_is_left),
    };
    if (CRYPTO_set_mem_functions(their_malloc, their_realloc, their_free) != 1)
        return 99;
    at_start = open_descriptors();
    return cmocka_run_group_tests_name("tls_memory", tests, make_all, drop_all);
}
