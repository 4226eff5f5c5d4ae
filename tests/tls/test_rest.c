/* SPDX-License-Identifier: MIT */
/* What a connection holds while nothing happens: none of OpenSSL's buffers, of
 * which one is as large as a record. */
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "../support/check.h"
#include "two.h"

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

static void
nothing_more_comes(rn_stream *s)
{
    const char *line;
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    assert_code(rn_readln(s, &line, NULL), RN_E_AGAIN);
    rn_set_deadline(s, RN_BOTH, RN_FOREVER);
}

/* A server's tickets come in front of its first line. */
static void
buffers_go_when_a_client_has_read(void **state)
{
    (void)state;
    struct two t;
    int before = large;
    open_plain_two(&t, RN_LINE_BUFFERED);
    assert_code(rn_writeln(t.server, "hello", 5), RN_OK);
    assert_line(t.client, "hello");
    nothing_more_comes(t.client);
    assert_int_equal(large, before);
    free_two(&t);
}

static void
buffers_go_when_both_have_talked(void **state)
{
    (void)state;
    struct two t;
    int before = large;
    open_plain_two(&t, RN_LINE_BUFFERED);
    for (int i = 0; i < 3; i++) {
        assert_code(rn_writeln(t.client, "ping", 4), RN_OK);
        assert_line(t.server, "ping");
        assert_code(rn_writeln(t.server, "pong", 4), RN_OK);
        assert_line(t.client, "pong");
    }
    nothing_more_comes(t.client);
    nothing_more_comes(t.server);
    assert_int_equal(large, before);
    free_two(&t);
}

/* Of a record that is there in part nothing is let go. */
static void
a_record_in_parts_stays_whole(void **state)
{
    enum {
        LONG = 300000
    };
    static char text[LONG];
    const char *line;
    size_t len;
    struct two t;
    (void)state;
    memset(text, 'x', LONG);
    open_plain_two(&t, RN_BUFFERED);
    rn_set_deadline(t.client, RN_BOTH, RN_NOW);
    rn_set_deadline(t.server, RN_BOTH, RN_NOW);
    assert_code(rn_writeln(t.server, text, LONG), RN_OK);
    int rc = RN_E_AGAIN;
    int turns = 0;
    while (rc == RN_E_AGAIN && turns++ < 10000) {
        rn_flush(t.server);
        rc = rn_readln(t.client, &line, &len);
    }
    assert_int_equal(rc, 1);
    assert_int_equal(len, LONG);
    assert_memory_equal(line, text, LONG);
    nothing_more_comes(t.client);
    free_two(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_go_when_a_client_has_read),
        cmocka_unit_test(buffers_go_when_both_have_talked),
        cmocka_unit_test(a_record_in_parts_stays_whole),
        cmocka_unit_test(nothing_is_left),
    };
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
        return 99;
    return cmocka_run_group_tests_name("tls_rest", tests, make_all, drop_all);
}
