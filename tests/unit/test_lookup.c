/* SPDX-License-Identifier: MIT */
/* Lookups: deadlines, tokens, lookups that hang, and failures, with a resolver
 * that the test holds in its hand. This program's pthread_create can fail, too
 * (see the build file). */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "../support/resolver.h"

static bool no_threads;
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *arg);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*run)(void *), void *arg)
{
    return no_threads ? EAGAIN
                      : __real_pthread_create(thread, attributes, run, arg);
}

static int
look_up(const char *name, int64_t timeout, rn_error *err)
{
    char address[RN_ADDRESS_SIZE];
    rn_lookup_options o = {.timeout = timeout};
    return rn_host_by_name_with(name, &o, address, sizeof address, err);
}

static void
the_caller_leaves_at_its_deadline(void **state)
{
    (void)state;
    rn_error err;
    char name[RN_HOST_SIZE];
    rn_time start = rn_now();
    assert_code(look_up("stuck", 60, &err), RN_E_TIMEOUT);
    assert_took(start, 60);
    assert_int_equal(err.phase, RN_PHASE_LOOKUP);
    assert_string_equal(err.message, "look up stuck: timed out");

    rn_lookup_options o = {.timeout = 60};
    start = rn_now();
    assert_code(
        rn_host_by_address_with("192.0.2.1", &o, name, sizeof name, &err),
        RN_E_TIMEOUT);
    assert_took(start, 60);

    rn_connect_options c = {.host = "stuck", .port = 80, .timeout = 60};
    start = rn_now();
    assert_null(rn_connect_with(&c, &err));
    assert_took(start, 60);
    assert_ours(err, RN_E_TIMEOUT);
    assert_int_equal(err.phase, RN_PHASE_LOOKUP);
    resolver_let_out();
}

static void
a_token_stops_a_lookup(void **state)
{
    (void)state;
    rn_error err;
    rn_cancel *token = rn_cancel_new(&err);
    char address[RN_ADDRESS_SIZE];
    rn_lookup_options o = {.cancel = token};
    rn_cancel_set(token);
    assert_code(
        rn_host_by_name_with("stuck", &o, address, sizeof address, &err),
        RN_E_CANCELED);
    rn_cancel_free(token);
    resolver_let_out();
}

static void
stuck_lookups_are_bounded_and_then_fail_fast(void **state)
{
    (void)state;
    rn_error err;
    int started = 0;
    resolver.addresses[0] = "192.0.2.7";
    resolver.addresses[1] = NULL;
    /* Earlier ones may still be on their way out. */
    while (look_up("stuck", 1, &err) == RN_E_TIMEOUT)
        started++;
    assert_in_range(started, 1, 32);
    assert_ours(err, RN_E_NAME);
    assert_non_null(strstr(err.message, "too many lookups"));
    rn_time start = rn_now();
    assert_code(look_up("stuck", 5000, &err), RN_E_NAME);
    assert_soon(start, 0);
    resolver_let_out(); /* and they free themselves */
    assert_code(look_up("fine", 1000, &err), RN_OK); /* there is room again */
    resolver_settle();
}

static void
numeric_addresses_ask_nobody(void **state)
{
    (void)state;
    rn_error err;
    int holder;
    int port = closed_port(&holder);
    int before = atomic_load(&resolver.asked);
    rn_connect_options o = {.host = "127.0.0.1", .port = port, .timeout = 1000};
    assert_code(look_up("192.0.2.9", 1000, &err), RN_OK);
    assert_null(rn_connect_with(&o, &err));
    assert_code(err.code, RN_E_REFUSED);
    assert_int_equal(atomic_load(&resolver.asked), before);
    close(holder);
}

static void
without_a_thread_it_is_an_error(void **state)
{
    (void)state;
    rn_error err;
    resolver_settle();
    int before = open_descriptors();
    no_threads = true;
    assert_code(look_up("fine", 1000, &err), RN_E_MEMORY);
    no_threads = false;
    assert_int_equal(open_descriptors(), before);
    assert_code(look_up("fine", 1000, &err), RN_OK);
}

static void
never_waiting_never_asks(void **state)
{
    (void)state;
    rn_error err;
    char address[RN_ADDRESS_SIZE];
    rn_lookup_options o = {.deadline = 1}; /* long over */
    assert_code(rn_host_by_name_with("fine", &o, address, sizeof address, &err),
                RN_E_TIMEOUT);
}

static void
failures_are_told(void **state)
{
    (void)state;
    rn_error err;
    assert_code(look_up("unknown", 1000, &err), RN_E_NAME);
    assert_true(
        resolver.signals_blocked); /* the helper takes none of the program's */
    assert_string_equal(err.message, "look up unknown: no such host");
    assert_code(look_up("later", 1000, &err), RN_E_NAME);
    assert_non_null(strstr(err.message, "for now"));
    resolver.addresses[0] = "2001:db8::1"; /* but no IPv4 one */
    resolver.addresses[1] = NULL;
    assert_code(look_up("six", 1000, &err), RN_E_NAME);
}

static void *
look_up_slowly(void *arg)
{
    rn_error err;
    (void)arg;
    return (void *)(intptr_t)look_up("slow", 10000, &err);
}

/* Many at once that are merely slow are not stuck. */
static void
healthy_lookups_are_not_bounded(void **state)
{
    (void)state;
    enum {
        MANY = 60
    };
    pthread_t thread[MANY];
    void *code;
    int before = atomic_load(&resolver.asked);
    resolver.addresses[0] = "192.0.2.7";
    resolver.addresses[1] = NULL;
    for (int i = 0; i < MANY; i++)
        pthread_create(&thread[i], NULL, look_up_slowly, NULL);
    while (atomic_load(&resolver.asked) < before + MANY)
        sched_yield();
    resolver_gate(true);
    for (int i = 0; i < MANY; i++) {
        pthread_join(thread[i], &code);
        assert_code((intptr_t)code, RN_OK);
    }
    resolver_settle();
    resolver_gate(false);
}

static atomic_int asked_before;

static void *
set_when_asked(void *token)
{
    while (atomic_load(&resolver.asked) == atomic_load(&asked_before))
        sched_yield();
    rn_cancel_set(token);
    return NULL;
}

static void
a_token_stops_a_lookup_that_waits(void **state)
{
    (void)state;
    struct {
        rn_cancel *token;
        pthread_t thread;
    } w = {.token = rn_cancel_new(NULL)};
    rn_error err;
    char address[RN_ADDRESS_SIZE];
    rn_lookup_options o = {.cancel = w.token};
    int before = atomic_load(&resolver.asked);
    atomic_store(&asked_before, before);
    pthread_create(&w.thread, NULL, set_when_asked, w.token);
    assert_code(
        rn_host_by_name_with("stuck", &o, address, sizeof address, &err),
        RN_E_CANCELED);
    assert_true(atomic_load(&resolver.asked) > before);
    pthread_join(w.thread, NULL);
    rn_cancel_free(w.token);
    resolver_let_out();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caller_leaves_at_its_deadline),
        cmocka_unit_test(a_token_stops_a_lookup),
        cmocka_unit_test(stuck_lookups_are_bounded_and_then_fail_fast),
        cmocka_unit_test(numeric_addresses_ask_nobody),
        cmocka_unit_test(without_a_thread_it_is_an_error),
        cmocka_unit_test(never_waiting_never_asks),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(healthy_lookups_are_not_bounded),
        cmocka_unit_test(a_token_stops_a_lookup_that_waits),
    };
    resolver_begin();
    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
