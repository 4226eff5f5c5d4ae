/* SPDX-License-Identifier: MIT */
/* What a connection holds while nothing happens: none of OpenSSL's buffers, of
 * which one is as large as a record. */
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../support/check.h"
#include "bare.h"

enum {
    LARGE = 8192
};

static int large; /* blocks of OpenSSL's */

static int
is_large(void *block)
{
    return block != NULL && malloc_usable_size(block) >= LARGE;
}

static void *
count_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    void *block = malloc(n);
    large += is_large(block);
    return block;
}

static void
count_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    large -= is_large(block);
    free(block);
}

static void *
count_realloc(void *old, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    int was = is_large(old);
    void *block = realloc(old, n);
    if (block != NULL)
        large += is_large(block) - was;
    return block;
}

void __real_SSL_free_buffers(SSL *ssl);
void __wrap_SSL_free_buffers(SSL *ssl);

static int let_go; /* so many times */

/* OpenSSL before 3.0.14 loses what it has of a record (CVE-2024-4741). */
void
__wrap_SSL_free_buffers(SSL *ssl)
{
    assert_string_equal(SSL_rstate_string(ssl), "RH");
    assert_int_equal(SSL_has_pending(ssl), 0);
    let_go++;
    __real_SSL_free_buffers(ssl);
}

/* A server's tickets come in front of its first line. */
static void
a_client_that_has_read_holds_none(void **state)
{
    (void)state;
    struct two t;
    int before = large;
    open_plain_two(&t, RN_LINE_BUFFERED);
    assert_code(rn_writeln(t.server, "hello", 5), RN_OK);
    assert_line(t.client, "hello");
    assert_int_equal(large, before);
    free_two(&t);
}

/* Tickets and the answer to what it wrote come together. */
static void
a_client_that_has_asked_holds_none(void **state)
{
    (void)state;
    struct two t;
    int before = large;
    open_plain_two(&t, RN_LINE_BUFFERED);
    assert_code(rn_writeln(t.client, "question", 8), RN_OK);
    assert_line(t.server, "question");
    assert_code(rn_writeln(t.server, "answer", 6), RN_OK);
    assert_line(t.client, "answer");
    assert_int_equal(large, before);
    free_two(&t);
}

/* So many bytes of a record have come, its header among them or not. */
static void
nothing_is_let_go_amid_a_record(void **state)
{
    (void)state;
    struct peer p;
    char *data;
    peer_open(&p, false, TLS1_3_VERSION);
    agree(&p);
    for (long part = 1, n = part + 1; part < n; part++) {
        assert_int_equal(SSL_write(p.ssl, "a line\n", 7), 7);
        n = BIO_get_mem_data(p.out, &data);
        assert_int_equal(send(p.fd, data, (size_t)part, 0), part);
        assert_code(rn_eof(p.s), RN_E_AGAIN);
        assert_int_equal(send(p.fd, data + part, (size_t)(n - part), 0),
                         n - part);
        (void)BIO_reset(p.out);
        assert_line(p.s, "a line");
    }
    assert_true(let_go > 0);
    peer_free(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_has_read_holds_none),
        cmocka_unit_test(a_client_that_has_asked_holds_none),
        cmocka_unit_test(nothing_is_let_go_amid_a_record),
        cmocka_unit_test(nothing_is_left),
    };
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
        return 99;
    return cmocka_run_group_tests_name("tls_rest", tests, make_all, drop_all);
}
