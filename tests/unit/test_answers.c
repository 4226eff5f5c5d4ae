/* SPDX-License-Identifier: MIT */
/* What becomes of the system's answers: this program's getaddrinfo,
 * getnameinfo and gethostname take the place of the C library's, and say what a
 * test tells them to. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/net/lookup.h"
#include "../../src/net/wait.h"
#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"

/* ---- The answers */

static const char *names[40]; /* addresses, as text */
static int answer;            /* an EAI_ code instead */
static int answer_errno;
static atomic_int family_asked;
static socklen_t address_length; /* of all answers, if not 0 */
static bool stuck;               /* until it is false */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_int asked;

static void
wait_while_stuck(void)
{
    pthread_mutex_lock(&lock);
    while (stuck)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void
set_stuck(bool now)
{
    pthread_mutex_lock(&lock);
    stuck = now;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
            struct addrinfo **result)
{
    (void)host;
    (void)service;
    atomic_fetch_add(&asked, 1);
    wait_while_stuck();
    family_asked = hints->ai_family;
    assert_int_equal(hints->ai_socktype, SOCK_STREAM);
    errno = answer_errno;
    *result = NULL;
    if (answer != 0)
        return answer;
    struct addrinfo **next = result;
    for (int i = 0; names[i] != NULL; i++) {
        union rni_sockaddr a;
        char scope[RNI_SCOPE_SIZE];
        unsigned char bytes[4];
        if (rni_parse_ipv4(names[i], bytes))
            a = rni_ipv4(bytes, 0);
        else
            assert_true(rni_parse_ipv6(names[i], 0, &a, scope));
        struct addrinfo *one = calloc(1, sizeof *one + sizeof a);
        memcpy(one + 1, &a, sizeof a);
        one->ai_addr = (struct sockaddr *)(void *)(one + 1);
        one->ai_addrlen =
            address_length > 0 ? address_length : rni_address_length(&a);
        *next = one;
        next = &one->ai_next;
    }
    return 0;
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
    (void)len;
    (void)service;
    (void)service_size;
    family_asked = a->sa_family;
    assert_int_equal(flags, NI_NAMEREQD);
    errno = answer_errno;
    if (answer != 0)
        return answer;
    snprintf(host, host_size, "name.example");
    return 0;
}

int
gethostname(char *name, size_t size)
{
    if (answer_errno != 0) {
        errno = answer_errno;
        return -1;
    }
    memset(name, 'h', size); /* POSIX lets it end without a NUL */
    return 0;
}

static void
give(const char *first, const char *second)
{
    names[0] = first;
    names[1] = second;
    names[2] = NULL;
    answer = 0;
    answer_errno = 0;
    address_length = 0;
}

/* ---- What becomes of them */

static void
failures_of_the_resolver_have_their_codes(void **state)
{
    (void)state;
    static const struct {
        int gai;
        int sys;
        int code;
        int told;
        const char *why;
    } rows[] = {
        {EAI_NONAME, 0, RN_E_NAME, 0, "no such host"},
        {EAI_NODATA, 0, RN_E_NAME, 0, "no address of the family asked for"},
        {EAI_AGAIN, 0, RN_E_NAME, 0, "no answer from the name servers"},
        {EAI_FAIL, 0, RN_E_NAME, 0, "the name servers failed"},
        {EAI_BADFLAGS, 0, RN_E_NAME, 0, "flags"},
        {EAI_MEMORY, 0, RN_E_MEMORY, 0, "out of memory"},
        {EAI_SYSTEM, ENOMEM, RN_E_MEMORY, ENOMEM, "out of memory"},
        {EAI_SYSTEM, EMFILE, RN_E_FILES, EMFILE, "too many open files"},
        {EAI_SYSTEM, ENFILE, RN_E_FILES, ENFILE, "too many open files"},
        {EAI_SYSTEM, EIO, RN_E_NAME, EIO, "error"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rn_error err;
        char text[RN_HOST_SIZE] = "";
        give(NULL, NULL);
        answer = rows[i].gai;
        answer_errno = rows[i].sys;
        assert_code(rn_host_by_name("a.example", text, sizeof text, &err),
                    rows[i].code);
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(err.phase, RN_PHASE_LOOKUP);
        assert_int_equal(err.sys_errno, rows[i].told);
        assert_string_equal(err.host, "a.example");
        if (strstr(err.message, rows[i].why) == NULL)
            fail_msg("\"%s\" does not say %s", err.message, rows[i].why);
        assert_code(rn_host_by_address("192.0.2.1", text, sizeof text, &err),
                    rows[i].code);
        assert_string_equal(text, "");
    }
    give(NULL, NULL);
}

static void
answers_without_a_usable_address_are_no_answer(void **state)
{
    (void)state;
    rn_error err;
    char text[RN_ADDRESS_SIZE];
    give(NULL, NULL);
    assert_code(rn_host_by_name("a.example", text, sizeof text, &err),
                RN_E_NAME);
    give("192.0.2.1", NULL);
    address_length = sizeof(union rni_sockaddr) + 1; /* of a strange family */
    assert_code(rn_host_by_name("a.example", text, sizeof text, &err),
                RN_E_NAME);
    address_length = sizeof(union rni_sockaddr);
    assert_code(rn_host_by_name("a.example", text, sizeof text, &err), RN_OK);
    assert_string_equal(text, "192.0.2.1");
}

static void
the_family_is_asked_for(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6, AF_UNSPEC};
    char text[RN_ADDRESS_SIZE];
    rn_error err;
    for (int family = RN_IPV4; family <= RN_ANY; family++) {
        rn_lookup_options o = {.family = (rn_family)family};
        give("2001:db8::1", "192.0.2.1");
        assert_code(
            rn_host_by_name_with("a.example", &o, text, sizeof text, &err),
            RN_OK);
        assert_string_equal(text, "2001:db8::1");
        assert_int_equal(family_asked, families[family]);
    }
    rn_lookup_options o = {.family = RN_IPV6};
    assert_code(rn_host_by_name_with("::1", &o, text, sizeof text, &err),
                RN_OK);
    assert_string_equal(text, "::1");
    assert_code(rn_host_by_name_with("::1%nosuch", &o, text, sizeof text, &err),
                RN_E_VALUE);
    assert_code(rn_host_by_name_with("192.0.2.1", &o, text, sizeof text, &err),
                RN_E_VALUE);
    assert_code(rn_host_by_name("::1", text, sizeof text, &err), RN_E_VALUE);
    assert_code(rn_host_by_name("unix:/a", text, sizeof text, &err),
                RN_E_VALUE);
}

static void
addresses_of_both_families_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        rn_family family;
        int asked; /* 0: refused */
    } rows[] = {
        {"192.0.2.1", RN_IPV4, AF_INET},   {"192.0.2.1", RN_ANY, AF_INET},
        {"192.0.2.1", RN_IPV6, 0},         {"2001:db8::1", RN_IPV6, AF_INET6},
        {"2001:db8::1", RN_ANY, AF_INET6}, {"2001:db8::1", RN_IPV4, 0},
        {"fe80::1%nosuch", RN_IPV6, 0},    {"name", RN_ANY, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rn_error err;
        char text[RN_HOST_SIZE];
        rn_lookup_options o = {.family = rows[i].family};
        give(NULL, NULL);
        family_asked = 0;
        int rc = rn_host_by_address_with(rows[i].address, &o, text, sizeof text,
                                         &err);
        assert_code(rc, rows[i].asked ? RN_OK : RN_E_VALUE);
        assert_int_equal(family_asked, rows[i].asked);
        if (rc == RN_OK)
            assert_string_equal(text, "name.example");
        else
            assert_int_equal(strstr(err.message, "IPv6") != NULL,
                             rows[i].family != RN_IPV4);
    }
}

static void
memory_for_an_answer_is_just_enough_or_not(void **state)
{
    (void)state;
    rn_error err;
    char text[RN_HOST_SIZE] = "untouched";
    give("192.0.2.1", NULL);
    assert_code(rn_host_by_name("a.example", text, 9, &err), RN_E_LIMIT);
    assert_string_equal(text, "untouched");
    assert_non_null(strstr(err.message, "needs 10 bytes, there are 9"));
    assert_code(rn_host_by_name("a.example", text, 10, &err), RN_OK);
    assert_string_equal(text, "192.0.2.1");
}

static void
the_machines_name_may_be_cut_or_missing(void **state)
{
    (void)state;
    rn_error err;
    char text[RN_HOST_SIZE];
    give(NULL, NULL);
    assert_code(rn_host_name(text, sizeof text, &err), RN_OK);
    assert_int_equal(strlen(text), RN_HOST_SIZE - 1);
    assert_code(rn_host_name(text, sizeof text - 1, &err), RN_E_LIMIT);
    assert_code(rn_host_name(NULL, 1, &err), RN_E_VALUE);
    answer_errno = EPERM;
    assert_code(rn_host_name(text, sizeof text, &err), RN_E_DENIED);
    assert_int_equal(err.sys_errno, EPERM);
    assert_int_equal(err.phase, RN_PHASE_LOOKUP);
    answer_errno = 0;
}

/* More than an rn_error remembers, and more than a sentence has room for. */
static void
many_failed_addresses_are_counted_and_cut(void **state)
{
    (void)state;
    enum {
        MANY = 30
    };
    rn_error err;
    int holder;
    int port = closed_port(&holder);
    static char text[MANY][20];
    for (int i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof text[i], "127.0.0.%d", 100 + i);
        names[i] = text[i];
    }
    names[MANY] = NULL;
    assert_null(rn_connect("many.example", port, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_REFUSED);
    assert_int_equal(err.attempts, MANY);
    for (int i = 0; i < RN_ATTEMPTS; i++) {
        assert_string_equal(err.attempt[i].address, text[i]);
        assert_int_equal(err.attempt[i].code, RN_E_REFUSED);
        assert_int_equal(err.attempt[i].sys_errno, ECONNREFUSED);
    }
    assert_string_equal(err.address, text[0]);
    assert_non_null(strstr(err.message,
                           "127.0.0.100: connection refused; "
                           "127.0.0.101: connection refused; "));
    assert_true(strlen(err.message) < RN_MESSAGE_SIZE);
    assert_null(rn_connect("many.example", port, RN_BUFFERED, NULL));
    close(holder);
}

static void
the_figures_tell_lookup_and_connect_apart(void **state)
{
    (void)state;
    rn_error err;
    rn_stats stats;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    give("127.0.0.1", NULL);
    rn_time start = rn_now();
    rn_socket *s =
        rn_connect("a.example", rn_server_port(server), RN_BUFFERED, &err);
    int64_t whole = rn_now() - start;
    assert_code(rn_get_stats(s, &stats), RN_OK);
    assert_true(stats.lookup > 0);
    assert_true(stats.connect > 0);
    assert_true(stats.lookup + stats.connect <= whole);
    assert_true(stats.age >= 0 && stats.age <= whole + rn_now() - start);
    rn_free(s);
    rn_server_free(server);
}

static void
who_may_not_wait_asks_nobody(void **state)
{
    (void)state;
    const struct rn_wait no_wait = {.until = RN_NOW};
    struct rni_query q = {.host = "a.example", .family = AF_INET};
    int before = atomic_load(&asked);
    assert_int_equal(rni_lookup(&q, &no_wait), RN_E_AGAIN);
    assert_int_equal(atomic_load(&asked), before);
}

static void *
look_up(void *arg)
{
    char text[RN_ADDRESS_SIZE];
    rn_lookup_options o = {.timeout = 60000};
    (void)arg;
    return (void *)(intptr_t)rn_host_by_name_with("a.example", &o, text,
                                                  sizeof text, NULL);
}

/* So many lookups may be waited for at once, and no more. */
static void
lookups_at_once_are_bounded(void **state)
{
    (void)state;
    enum {
        HELPERS = 256
    };
    static pthread_t thread[HELPERS];
    rn_error err;
    void *code;
    char text[RN_ADDRESS_SIZE];
    rn_lookup_options o = {.timeout = 60000};
    int descriptors = open_descriptors();
    for (int again = 0; again < 2; again++) {
        int before = atomic_load(&asked);
        give("192.0.2.1", NULL);
        set_stuck(true);
        for (int i = 0; i < HELPERS; i++)
            assert_int_equal(pthread_create(&thread[i], NULL, look_up, NULL),
                             0);
        while (atomic_load(&asked) < before + HELPERS)
            sched_yield();
        for (int i = 0; i < 3; i++) {
            assert_code(
                rn_host_by_name_with("a.example", &o, text, sizeof text, &err),
                RN_E_NAME);
            assert_non_null(strstr(err.message, "too many lookups"));
        }
        set_stuck(false);
        for (int i = 0; i < HELPERS; i++) {
            pthread_join(thread[i], &code);
            assert_code((intptr_t)code, RN_OK);
        }
        /* The helpers are gone when their descriptors are. */
        rn_time start = rn_now();
        while (open_descriptors() != descriptors)
            assert_true(ms_since(start) < 10000);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_of_the_resolver_have_their_codes),
        cmocka_unit_test(answers_without_a_usable_address_are_no_answer),
        cmocka_unit_test(the_family_is_asked_for),
        cmocka_unit_test(addresses_of_both_families_have_names),
        cmocka_unit_test(memory_for_an_answer_is_just_enough_or_not),
        cmocka_unit_test(the_machines_name_may_be_cut_or_missing),
        cmocka_unit_test(many_failed_addresses_are_counted_and_cut),
        cmocka_unit_test(the_figures_tell_lookup_and_connect_apart),
        cmocka_unit_test(who_may_not_wait_asks_nobody),
        cmocka_unit_test(lookups_at_once_are_bounded),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
