/* SPDX-License-Identifier: MIT */
/* A reader and a writer thread at each end of one connection, both directions
 * full at once: for ThreadSanitizer. */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

enum {
    MOST = 9000, /* bytes of one write */
    WRITES = 400
};

struct side {
    rn_stream *s;
    unsigned seed; /* of what it writes */
    unsigned other;
};

/* The sizes and bytes of both ends come from their seeds alone. */
static unsigned
next(unsigned *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static size_t
make(unsigned *seed, char *data)
{
    size_t n = 1 + next(seed) % MOST;
    memset(data, (int)(next(seed) % 256), n);
    return n;
}

static void *
write_all(void *arg)
{
    struct side *side = arg;
    unsigned seed = side->seed;
    char *data = malloc(MOST);
    bool well = data != NULL;
    for (int i = 0; well && i < WRITES; i++) {
        well = rn_write(side->s, data, make(&seed, data)) == RN_OK;
        if (i % 16 == 0)
            well = well && rn_flush(side->s) == RN_OK;
        rn_wants(side->s);
        rn_unsent(side->s);
    }
    free(data);
    return (void *)(intptr_t)(well && rn_shutdown_write(side->s) == RN_OK);
}

static void *
read_all(void *arg)
{
    struct side *side = arg;
    unsigned seed = side->other;
    char *data = malloc(MOST);
    char *want = malloc(MOST);
    bool well = data != NULL && want != NULL;
    for (int i = 0; well && i < WRITES; i++) {
        size_t n = make(&seed, want);
        well = rn_read(side->s, data, n) == (ptrdiff_t)n &&
            memcmp(data, want, n) == 0;
    }
    well = well && rn_eof(side->s) == 1;
    free(data);
    free(want);
    return (void *)(intptr_t)well;
}

static void
both_directions_are_full_at_once(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode += 2) {
        struct two t;
        pthread_t thread[4];
        open_plain_two(&t, (rn_buffering)mode);
        struct side a = {.s = t.client, .seed = 1, .other = 2};
        struct side b = {.s = t.server, .seed = 2, .other = 1};
        pthread_create(&thread[0], NULL, write_all, &a);
        pthread_create(&thread[1], NULL, read_all, &a);
        pthread_create(&thread[2], NULL, write_all, &b);
        pthread_create(&thread[3], NULL, read_all, &b);
        for (int i = 0; i < 4; i++) {
            void *well;
            pthread_join(thread[i], &well);
            assert_non_null(well);
        }
        assert_code(rn_close(t.client), RN_OK);
        assert_code(rn_close(t.server), RN_OK);
        free_two(&t);
    }
}

static void *
flush_until_open(void *stream)
{
    int rc;
    do
        rc = rn_flush(stream);
    while (rc == RN_E_BUSY);
    return (void *)(intptr_t)rc;
}

static void *
read_until_open(void *stream)
{
    char data[1];
    ptrdiff_t r;
    do
        r = rn_read(stream, data, 1);
    while (r == RN_E_BUSY);
    return (void *)(intptr_t)r;
}

/* Two threads find the handshake undone: one does it, the other is told BUSY,
 * and nothing of the one's is looked at by the other. */
static void
one_of_two_threads_shakes_hands(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        rn_socket *a;
        rn_socket *b;
        rn_tls_options co = client_options();
        rn_tls_options so = server_options(&good);
        pthread_t thread[3];
        void *rc;
        tcp_pair(&a, &b, RN_UNBUFFERED);
        rn_stream *client = rn_tls_start(a, &co, NULL);
        rn_stream *server = rn_tls_accept(b, &so, NULL);
        pthread_create(&thread[0], NULL, read_until_open, client);
        pthread_create(&thread[1], NULL, flush_until_open, client);
        pthread_create(&thread[2], NULL, flush_until_open, server);
        for (int k = 1; k < 3; k++) {
            pthread_join(thread[k], &rc);
            assert_code((intptr_t)rc, RN_OK);
        }
        assert_code(rn_write(server, "x", 1), RN_OK);
        pthread_join(thread[0], &rc);
        assert_int_equal((intptr_t)rc, 1);
        rn_free(client);
        rn_free(server);
    }
}

/* A third thread closes while two are inside, in the handshake or behind it. */
static void
a_third_thread_closes(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        rn_socket *a;
        rn_socket *b;
        rn_tls_options co = client_options();
        rn_tls_options so = server_options(&good);
        pthread_t thread[3];
        void *rc;
        tcp_pair(&a, &b, RN_UNBUFFERED);
        rn_stream *client = rn_tls_start(a, &co, NULL);
        rn_stream *server = rn_tls_accept(b, &so, NULL);
        pthread_create(&thread[0], NULL, read_until_open, client);
        pthread_create(&thread[1], NULL, flush_until_open, client);
        if (i % 2 == 1)
            pthread_create(&thread[2], NULL, flush_until_open, server);
        if (i % 3 == 0)
            rn_abort(client);
        else
            rn_close(client);
        pthread_join(thread[0], &rc);
        assert_true((intptr_t)rc < 0);
        pthread_join(thread[1], &rc);
        assert_true((intptr_t)rc == RN_OK || (intptr_t)rc == RN_E_CLOSED);
        rn_free(client);
        if (i % 2 == 1)
            pthread_join(thread[2], &rc);
        rn_free(server);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_are_full_at_once),
        cmocka_unit_test(one_of_two_threads_shakes_hands),
        cmocka_unit_test(a_third_thread_closes),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_both_ways", tests, make_all,
                                       drop_all);
}
