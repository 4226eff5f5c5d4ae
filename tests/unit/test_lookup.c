/* SPDX-License-Identifier: MIT */
/*
 * Lookups and connecting to several addresses, with a resolver that the test
 * holds in its hand: this program's getaddrinfo and getnameinfo take the place
 * of the system's, and its pthread_create can fail (see the build file).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"

/* ---- The resolver: "stuck..." waits for the gate; others give `addresses`. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static atomic_int asked;
static atomic_bool signals_blocked; /* in the thread that asked last */
static const char *addresses[32];

static void
wait_at_gate(void)
{
    pthread_mutex_lock(&lock);
    while (!gate_open)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void
set_gate(bool open)
{
    pthread_mutex_lock(&lock);
    gate_open = open;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int at_start; /* descriptors */

/* Helpers that were left behind are gone when their descriptors are. */
static void
settle(void)
{
    rn_time start = rn_now();
    while (open_descriptors() != at_start)
        assert_true(ms_since(start) < 10000);
}

/* Let out all that are in it or still on their way to it. */
static void
open_gate(void)
{
    set_gate(true);
    settle();
    set_gate(false);
}

int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
            struct addrinfo **result)
{
    (void)service;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    signals_blocked = sigismember(&blocked, SIGINT) == 1 &&
        sigismember(&blocked, SIGUSR1) == 1;
    atomic_fetch_add(&asked, 1);
    if (strncmp(host, "stuck", 5) == 0 || strcmp(host, "slow") == 0)
        wait_at_gate();
    if (strncmp(host, "stuck", 5) == 0 || strcmp(host, "unknown") == 0)
        return EAI_NONAME;
    if (strcmp(host, "later") == 0)
        return EAI_AGAIN;
    struct addrinfo **next = result;
    *result = NULL;
    for (int i = 0; addresses[i] != NULL; i++) {
        bool six = strchr(addresses[i], ':') != NULL;
        if (hints->ai_family == (six ? AF_INET : AF_INET6))
            continue;
        struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in6));
        a->ai_family = six ? AF_INET6 : AF_INET;
        a->ai_addr = (struct sockaddr *)(void *)(a + 1);
        a->ai_addr->sa_family = (sa_family_t)a->ai_family;
        a->ai_addrlen =
            six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        void *bytes = six
            ? (void *)&((struct sockaddr_in6 *)(void *)a->ai_addr)->sin6_addr
            : (void *)&((struct sockaddr_in *)(void *)a->ai_addr)->sin_addr;
        inet_pton(a->ai_family, addresses[i], bytes);
        *next = a;
        next = &a->ai_next;
    }
    return *result == NULL ? EAI_NODATA : 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

int
getnameinfo(const struct sockaddr *a, socklen_t len, char *host,
            socklen_t host_size, char *service, socklen_t service_size,
            int flags)
{
    (void)a;
    (void)len;
    (void)service;
    (void)service_size;
    (void)flags;
    atomic_fetch_add(&asked, 1);
    wait_at_gate();
    snprintf(host, host_size, "slow.example");
    return 0;
}

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

/* ---- Lookups */

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
    open_gate();
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
    open_gate();
}

static void
stuck_lookups_are_bounded_and_then_fail_fast(void **state)
{
    (void)state;
    rn_error err;
    int started = 0;
    addresses[0] = "192.0.2.7";
    addresses[1] = NULL;
    /* Earlier ones may still be on their way out. */
    while (look_up("stuck", 1, &err) == RN_E_TIMEOUT)
        started++;
    assert_in_range(started, 1, 32);
    assert_ours(err, RN_E_NAME);
    assert_non_null(strstr(err.message, "too many lookups"));
    rn_time start = rn_now();
    assert_code(look_up("stuck", 5000, &err), RN_E_NAME);
    assert_soon(start, 0);
    open_gate(); /* and they free themselves */
    assert_code(look_up("fine", 1000, &err), RN_OK); /* there is room again */
    settle();
}

static void
numeric_addresses_ask_nobody(void **state)
{
    (void)state;
    rn_error err;
    int holder;
    int port = closed_port(&holder);
    int before = atomic_load(&asked);
    rn_connect_options o = {.host = "127.0.0.1", .port = port, .timeout = 1000};
    assert_code(look_up("192.0.2.9", 1000, &err), RN_OK);
    assert_null(rn_connect_with(&o, &err));
    assert_code(err.code, RN_E_REFUSED);
    assert_int_equal(atomic_load(&asked), before);
    close(holder);
}

static void
without_a_thread_it_is_an_error(void **state)
{
    (void)state;
    rn_error err;
    settle();
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
    assert_true(signals_blocked); /* the helper takes none of the program's */
    assert_string_equal(err.message, "look up unknown: no such host");
    assert_code(look_up("later", 1000, &err), RN_E_NAME);
    assert_non_null(strstr(err.message, "for now"));
    addresses[0] = "2001:db8::1"; /* but no IPv4 one */
    addresses[1] = NULL;
    assert_code(look_up("six", 1000, &err), RN_E_NAME);
}

/* ---- Several addresses */

static void
give(const char *a, const char *b, const char *c)
{
    addresses[0] = a;
    addresses[1] = b;
    addresses[2] = c;
    addresses[3] = NULL;
}

static void
every_address_is_tried_and_told(void **state)
{
    (void)state;
    rn_error err;
    int holder;
    char want[256];
    int port = closed_port(&holder);
    give("127.0.0.1", "127.0.0.2", "127.0.0.3");
    for (int limited = 0; limited < 2; limited++) {
        rn_connect_options o = {.host = "three.example",
                                .port = port,
                                .timeout = limited ? 10000 : 0};
        assert_null(rn_connect_with(&o, &err));
        assert_code(err.code, RN_E_REFUSED);
        assert_string_equal(err.address, "127.0.0.1");
        snprintf(want, sizeof want,
                 "connect to three.example:%d: 127.0.0.1: connection refused; "
                 "127.0.0.2: connection refused; 127.0.0.3: connection refused",
                 port);
        assert_string_equal(err.message, want);
        assert_int_equal(err.attempts, 3);
        assert_string_equal(err.attempt[2].address, "127.0.0.3");
        assert_code(err.attempt[2].code, RN_E_REFUSED);
        assert_int_equal(err.attempt[2].sys_errno, ECONNREFUSED);
    }
    close(holder);
}

static void
the_first_that_answers_is_taken(void **state)
{
    (void)state;
    rn_error err;
    settle();
    rn_server *server = rn_listen(0, "127.0.0.3", &err);
    give("127.0.0.1", "127.0.0.2", "127.0.0.3");
    int before = open_descriptors();
    rn_time start = rn_now();
    rn_socket *s = rn_connect("three.example", rn_server_port(server),
                              RN_UNBUFFERED, &err);
    assert_non_null(s);
    assert_string_equal(rn_remote_address(s), "127.0.0.3");
    assert_code(err.code, RN_OK);
    assert_string_equal(err.message, "");
    assert_int_equal(err.attempts, 2);
    assert_string_equal(err.attempt[1].address, "127.0.0.2");
    assert_code(err.attempt[1].code, RN_E_REFUSED);
    assert_soon(start, 150); /* a refusal is no reason to wait */
    rn_free(s);
    assert_int_equal(open_descriptors(), before);
    rn_server_free(server);
}

/* The first address never answers; RFC 8305 gives it 250 ms alone. */
static void
a_silent_address_costs_a_quarter_second(void **state)
{
    (void)state;
    rn_error err;
    int fds[FULL_FDS];
    settle();
    int port = full_port("127.0.0.1", fds);
    rn_server *server = rn_listen(port, "127.0.0.2", &err);
    if (server == NULL) {
        print_message("SKIPPED: port %d of 127.0.0.2 is taken\n", port);
        skip();
    }
    give("127.0.0.1", "127.0.0.2", NULL);
    int before = open_descriptors();
    rn_time start = rn_now();
    rn_socket *s = rn_connect("two.example", port, RN_UNBUFFERED, &err);
    assert_took(start, 250);
    assert_non_null(s);
    assert_string_equal(rn_remote_address(s), "127.0.0.2");
    char c;
    rn_set_timeout(s, RN_READABLE, 10);
    assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
    assert_int_equal(fcntl(rn_fd(s), F_GETFL) & O_NONBLOCK, 0);
    rn_free(s);
    assert_int_equal(open_descriptors(), before);
    rn_server_free(server);
    for (int i = 0; i < FULL_FDS; i++)
        close(fds[i]);
}

/* One that fails on the spot (a broadcast address, connect(2): EACCES) makes
 * room for the next at once. */
static void
a_hopeless_address_costs_nothing(void **state)
{
    (void)state;
    rn_error err;
    int fds[FULL_FDS];
    int port = full_port("127.0.0.1", fds);
    rn_server *server = rn_listen(port, "127.0.0.2", &err);
    if (server == NULL) {
        print_message("SKIPPED: port %d of 127.0.0.2 is taken\n", port);
        skip();
    }
    give("127.0.0.1", "255.255.255.255", "127.0.0.2");
    rn_time start = rn_now();
    rn_socket *s = rn_connect("three.example", port, RN_UNBUFFERED, &err);
    assert_took(start, 250);
    assert_string_equal(rn_remote_address(s), "127.0.0.2");
    rn_free(s);
    rn_server_free(server);
    for (int i = 0; i < FULL_FDS; i++)
        close(fds[i]);
}

/* It stays in the race, though: when it answers late, it wins. */
static void *
make_room(void *arg)
{
    int *fds = arg;
    /* Accepting what filled the queue lets the next SYN in. */
    for (int i = 1; i < FULL_FDS; i++) {
        int fd = accept(fds[0], NULL, NULL);
        if (fd >= 0)
            close(fd);
    }
    return NULL;
}

static void
an_early_address_stays_in_the_race(void **state)
{
    (void)state;
    rn_error err;
    int fds[FULL_FDS];
    pthread_t thread;
    int port = full_port("127.0.0.1", fds);
    give("127.0.0.1", "127.0.0.2", NULL); /* nobody at the second */
    pthread_create(&thread, NULL, make_room, fds);
    rn_connect_options o = {
        .host = "two.example", .port = port, .timeout = 20000};
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(rn_remote_address(s), "127.0.0.1");
    rn_free(s);
    close(fds[0]);
    pthread_join(thread, NULL);
    for (int i = 1; i < FULL_FDS; i++)
        close(fds[i]);
}

static void
one_deadline_covers_all_addresses(void **state)
{
    (void)state;
    rn_error err;
    int fds[3][FULL_FDS];
    int port = full_port("127.0.0.1", fds[0]);
    give("127.0.0.1", "127.0.0.1", "127.0.0.1");
    rn_connect_options o = {
        .host = "three.example", .port = port, .timeout = 400};
    rn_time start = rn_now();
    assert_null(rn_connect_with(&o, &err));
    assert_took(start, 400);
    assert_ours(err, RN_E_TIMEOUT);
    assert_non_null(strstr(err.message, "127.0.0.1: timed out; 127.0.0.1: "));
    for (int i = 0; i < FULL_FDS; i++)
        close(fds[0][i]);
}

static void
families_take_turns(void **state)
{
    (void)state;
    rn_error err;
    int holder;
    int port = closed_port(&holder);
    give("127.0.0.1", "127.0.0.2", "::1");
    rn_connect_options o = {
        .host = "both.example", .port = port, .family = RN_ANY};
    assert_null(rn_connect_with(&o, &err));
    const char *six = strstr(err.message, "::1: ");
    const char *second = strstr(err.message, "127.0.0.2: ");
    assert_true(six != NULL && second != NULL && six < second);
    o.family = RN_IPV6;
    assert_null(rn_connect_with(&o, &err));
    assert_null(strstr(err.message, "127.0.0.1"));
    close(holder);
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
    int before = atomic_load(&asked);
    addresses[0] = "192.0.2.7";
    addresses[1] = NULL;
    for (int i = 0; i < MANY; i++)
        pthread_create(&thread[i], NULL, look_up_slowly, NULL);
    while (atomic_load(&asked) < before + MANY)
        sched_yield();
    set_gate(true);
    for (int i = 0; i < MANY; i++) {
        pthread_join(thread[i], &code);
        assert_code((intptr_t)code, RN_OK);
    }
    settle();
    set_gate(false);
}

static atomic_int asked_before;

static void *
set_when_asked(void *token)
{
    while (atomic_load(&asked) == atomic_load(&asked_before))
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
    int before = atomic_load(&asked);
    atomic_store(&asked_before, before);
    pthread_create(&w.thread, NULL, set_when_asked, w.token);
    assert_code(
        rn_host_by_name_with("stuck", &o, address, sizeof address, &err),
        RN_E_CANCELED);
    assert_true(atomic_load(&asked) > before);
    pthread_join(w.thread, NULL);
    rn_cancel_free(w.token);
    open_gate();
}

static void
address_number_20_is_tried_too(void **state)
{
    (void)state;
    enum {
        SILENT = 19
    };
    rn_error err;
    int fds[FULL_FDS];
    int port = full_port("127.0.0.1", fds);
    rn_server *server = rn_listen(port, "127.0.0.2", &err);
    if (server == NULL) {
        print_message("SKIPPED: port %d of 127.0.0.2 is taken\n", port);
        skip();
    }
    for (int i = 0; i < SILENT; i++)
        addresses[i] = "127.0.0.1";
    addresses[SILENT] = "127.0.0.2";
    addresses[SILENT + 1] = NULL;
    rn_connect_options o = {
        .host = "many.example", .port = port, .timeout = 20000};
    rn_time start = rn_now();
    rn_socket *s = rn_connect_with(&o, &err);
    assert_took(start, 250 * SILENT);
    assert_string_equal(rn_remote_address(s), "127.0.0.2");
    rn_free(s);
    rn_server_free(server);
    for (int i = 0; i < FULL_FDS; i++)
        close(fds[i]);
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
        cmocka_unit_test(every_address_is_tried_and_told),
        cmocka_unit_test(the_first_that_answers_is_taken),
        cmocka_unit_test(a_silent_address_costs_a_quarter_second),
        cmocka_unit_test(a_hopeless_address_costs_nothing),
        cmocka_unit_test(an_early_address_stays_in_the_race),
        cmocka_unit_test(one_deadline_covers_all_addresses),
        cmocka_unit_test(families_take_turns),
        cmocka_unit_test(healthy_lookups_are_not_bounded),
        cmocka_unit_test(a_token_stops_a_lookup_that_waits),
        cmocka_unit_test(address_number_20_is_tried_too),
    };
    at_start = open_descriptors();
    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
