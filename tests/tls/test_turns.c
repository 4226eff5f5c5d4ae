/* SPDX-License-Identifier: MIT */
/*
 * A reader and a writer of one stream who meet where it seldom happens. A call
 * of the library's to the stream below, or to the system, stops, and there the
 * test does what another thread might have done just then.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "bare.h"

/* ---- Where it stops: each once, then it is as if it was not there */

static struct peer p;

static int (*_Atomic at_write)(void); /* BUSY: the call is refused so */
static int (*_Atomic at_farewell)(void);
static void (*_Atomic at_lock)(void);
static sem_t yielded;
static bool no_memory; /* to be had again */

int __real_rn_below_write(rn_stream *s, const void *data, size_t len,
                          const rn_wait *wait);
int __wrap_rn_below_write(rn_stream *s, const void *data, size_t len,
                          const rn_wait *wait);
int __real_rn_below_farewell(rn_stream *s, const void *data, size_t len,
                             const rn_wait *wait);
int __wrap_rn_below_farewell(rn_stream *s, const void *data, size_t len,
                             const rn_wait *wait);
int __real_pthread_mutex_lock(pthread_mutex_t *m);
int __wrap_pthread_mutex_lock(pthread_mutex_t *m);
int __real_sched_yield(void);
int __wrap_sched_yield(void);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);

int
__wrap_rn_below_write(rn_stream *s, const void *data, size_t len,
                      const rn_wait *wait)
{
    int (*meanwhile)(void) = atomic_exchange(&at_write, NULL);
    int rc = meanwhile != NULL ? meanwhile() : RN_OK;
    return rc < 0 ? rc : __real_rn_below_write(s, data, len, wait);
}

int
__wrap_rn_below_farewell(rn_stream *s, const void *data, size_t len,
                         const rn_wait *wait)
{
    int (*meanwhile)(void) = atomic_exchange(&at_farewell, NULL);
    int rc = meanwhile != NULL ? meanwhile() : RN_OK;
    return rc < 0 ? rc : __real_rn_below_farewell(s, data, len, wait);
}

int
__wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
    void (*meanwhile)(void) = atomic_exchange(&at_lock, NULL);
    if (meanwhile != NULL)
        meanwhile();
    return __real_pthread_mutex_lock(m);
}

int
__wrap_sched_yield(void)
{
    sem_post(&yielded);
    return __real_sched_yield();
}

void *
__wrap_realloc(void *old, size_t n)
{
    return no_memory ? NULL : __real_realloc(old, n);
}

/* ---- A writer whose turn below it is not */

enum {
    FEW = 2,   /* OpenSSL answers the last one when it writes */
    MANY = 100 /* answers take more room than a record leaves */
};

static void
ask(int times)
{
    for (int i = 0; i < times; i++)
        assert_true(ask_for_new_keys(&p));
    say(&p);
}

static int
refuse(void)
{
    return RN_E_BUSY;
}

/* A reader answers requests for new keys in between. */
static int
answer_and_refuse(void)
{
    assert_code(rn_eof(p.s), RN_E_AGAIN);
    return RN_E_BUSY;
}

static int
answer_and_lose(void)
{
    answer_and_refuse();
    no_memory = true;
    return RN_E_BUSY;
}

static void
begin(void)
{
    peer_open(&p, false, TLS1_3_VERSION);
    agree(&p);
}

/* Write a line while `meanwhile` happens: what the first try to send came to.
 */
static int
write_line(int (*meanwhile)(void))
{
    assert_code(rn_writeln(p.s, "one", 3), RN_OK);
    at_write = meanwhile;
    int rc = rn_flush(p.s);
    assert_true(at_write == NULL);
    no_memory = false;
    return rc;
}

static void
a_refused_writer_sends_the_same_again(void **state)
{
    (void)state;
    begin();
    assert_code(write_line(refuse), RN_E_BUSY);
    hear(&p);
    assert_true(BIO_pending(p.in) == 0);
    assert_code(rn_flush(p.s), RN_OK);
    assert_heard(&p, "one\n");
    peer_free(&p);
}

/* It was encrypted first, with the keys of before, so it goes first. */
static void
what_was_answered_meanwhile_comes_behind_it(void **state)
{
    (void)state;
    for (int many = FEW; many <= MANY; many += MANY - FEW) {
        begin();
        ask(many);
        assert_code(write_line(answer_and_refuse), RN_E_BUSY);
        assert_code(rn_flush(p.s), RN_OK);
        assert_heard(&p, "one\n");
        assert_code(rn_writeln(p.s, "two", 3), RN_OK);
        assert_code(rn_flush(p.s), RN_OK);
        assert_heard(&p, "two\n");
        peer_free(&p);
    }
}

static void
without_memory_for_both_it_ends(void **state)
{
    (void)state;
    begin();
    ask(MANY);
    assert_code(write_line(answer_and_lose), RN_E_TLS);
    assert_tells(&p, "out of memory");
    assert_code(rn_flush(p.s), RN_E_TLS);
    assert_true(rn_close(p.s) < 0);
    peer_free(&p);
}

/* ---- A writer who comes while a reader answers */

static pthread_t writer;

static void *
write_something(void *result)
{
    int rc = rn_writeln(p.s, "one", 3);
    if (rc == RN_OK)
        rc = rn_flush(p.s);
    *(int *)result = rc;
    return NULL;
}

static int written;

static int
let_a_writer_come(void)
{
    while (sem_trywait(&yielded) == 0)
        ;
    pthread_create(&writer, NULL, write_something, &written);
    while (sem_wait(&yielded) != 0)
        ;
    return RN_OK;
}

static int
let_a_writer_come_and_refuse(void)
{
    let_a_writer_come();
    return RN_E_BUSY;
}

/* An answer that is refused below goes before what was written behind it. */
static void
a_refused_answer_comes_before_what_is_written(void **state)
{
    (void)state;
    begin();
    ask(FEW);
    at_farewell = refuse;
    assert_code(rn_eof(p.s), RN_E_AGAIN);
    assert_true(at_farewell == NULL);
    ask(FEW);
    written = RN_E_AGAIN;
    at_farewell = let_a_writer_come_and_refuse;
    assert_code(rn_eof(p.s), RN_E_AGAIN);
    assert_true(at_farewell == NULL);
    pthread_join(writer, NULL);
    assert_code(written, RN_OK);
    assert_heard(&p, "one\n");
    peer_free(&p);
}

static void
a_writer_waits_until_a_reader_has_answered(void **state)
{
    (void)state;
    begin();
    ask(FEW);
    written = RN_E_AGAIN;
    at_farewell = let_a_writer_come;
    assert_code(rn_eof(p.s), RN_E_AGAIN);
    assert_true(at_farewell == NULL);
    pthread_join(writer, NULL);
    assert_code(written, RN_OK);
    assert_heard(&p, "one\n");
    peer_free(&p);
}

/* ---- Both at the handshake */

static int busy;

static int
read_too(void)
{
    busy = rn_eof(p.s);
    return RN_OK;
}

static void
while_one_agrees_the_other_is_busy(void **state)
{
    (void)state;
    peer_open(&p, false, TLS1_3_VERSION);
    at_write = read_too;
    assert_code(rn_flush(p.s), RN_E_AGAIN);
    assert_code(busy, RN_E_BUSY);
    peer_free(&p);
    /* So it is with whom is refused below; it goes on after that. */
    peer_open(&p, false, TLS1_3_VERSION);
    at_write = refuse;
    assert_code(rn_flush(p.s), RN_E_BUSY);
    agree(&p);
    peer_writes(&p, "hello\n");
    assert_line(p.s, "hello");
    peer_free(&p);
}

/* The reader has done it all between a look and the next of the writer's. */
static void
agree_by_reading(void)
{
    for (int i = 0; i < 10; i++) {
        assert_code(rn_eof(p.s), RN_E_AGAIN);
        peer_shakes(&p);
        say(&p);
    }
    assert_true(SSL_is_init_finished(p.ssl));
}

static void
what_another_has_agreed_on_is_agreed(void **state)
{
    (void)state;
    peer_open(&p, false, TLS1_3_VERSION);
    at_lock = agree_by_reading;
    assert_code(rn_flush(p.s), RN_OK);
    assert_true(at_lock == NULL);
    assert_code(rn_writeln(p.s, "one", 3), RN_OK);
    assert_code(rn_flush(p.s), RN_OK);
    assert_heard(&p, "one\n");
    peer_free(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_writer_sends_the_same_again),
        cmocka_unit_test(what_was_answered_meanwhile_comes_behind_it),
        cmocka_unit_test(without_memory_for_both_it_ends),
        cmocka_unit_test(a_writer_waits_until_a_reader_has_answered),
        cmocka_unit_test(a_refused_answer_comes_before_what_is_written),
        cmocka_unit_test(while_one_agrees_the_other_is_busy),
        cmocka_unit_test(what_another_has_agreed_on_is_agreed),
        cmocka_unit_test(nothing_is_left),
    };
    sem_init(&yielded, 0, 0);
    return cmocka_run_group_tests_name("tls_turns", tests, make_all, drop_all);
}
