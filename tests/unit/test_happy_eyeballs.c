/* SPDX-License-Identifier: MIT */
/* Connecting to several addresses of one name (RFC 8305, Happy Eyeballs), which
 * a resolver in the test's hand gives. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "../support/resolver.h"

static void
give(const char *a, const char *b, const char *c)
{
    resolver.addresses[0] = a;
    resolver.addresses[1] = b;
    resolver.addresses[2] = c;
    resolver.addresses[3] = NULL;
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
    resolver_settle();
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
    resolver_settle();
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
    full_port_close(fds);
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
    full_port_close(fds);
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
    full_port_close(fds[0]);
}

/* As many as are kept without memory of the heap are under way, and a token is
 * looked at beside them. */
static void
four_addresses_and_a_token_are_waited_for(void **state)
{
    (void)state;
    rn_error err;
    int fds[FULL_FDS];
    int port = full_port("127.0.0.1", fds);
    rn_cancel *token = rn_cancel_new(&err);
    give("127.0.0.1", "127.0.0.1", "127.0.0.1");
    resolver.addresses[3] = "127.0.0.1";
    resolver.addresses[4] = NULL;
    rn_connect_options o = {
        .host = "four.example", .port = port, .timeout = 900, .cancel = token};
    rn_time start = rn_now();
    assert_null(rn_connect_with(&o, &err));
    assert_took(start, 900);
    assert_ours(err, RN_E_TIMEOUT);
    assert_int_equal(err.attempts, 4);
    rn_cancel_free(token);
    full_port_close(fds);
}

/* RFC 8305, section 4: that of the first answer first. */
static void
families_take_turns(void **state)
{
    (void)state;
    static const char *const turns[] = {"127.0.0.1", "::1", "127.0.0.2", "::1",
                                        "127.0.0.3"};
    rn_error err;
    int holder;
    int port = closed_port(&holder);
    give("127.0.0.1", "127.0.0.2", "127.0.0.3");
    resolver.addresses[3] = resolver.addresses[4] = "::1";
    resolver.addresses[5] = NULL;
    rn_connect_options o = {
        .host = "both.example", .port = port, .family = RN_ANY};
    assert_null(rn_connect_with(&o, &err));
    assert_int_equal(err.attempts, 5);
    for (int i = 0; i < 5; i++)
        assert_string_equal(err.attempt[i].address, turns[i]);
    o.family = RN_IPV6;
    assert_null(rn_connect_with(&o, &err));
    assert_null(strstr(err.message, "127.0.0.1"));
    close(holder);
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
        resolver.addresses[i] = "127.0.0.1";
    resolver.addresses[SILENT] = "127.0.0.2";
    resolver.addresses[SILENT + 1] = NULL;
    rn_connect_options o = {
        .host = "many.example", .port = port, .timeout = 20000};
    rn_time start = rn_now();
    rn_socket *s = rn_connect_with(&o, &err);
    assert_took(start, 250 * SILENT);
    assert_string_equal(rn_remote_address(s), "127.0.0.2");
    rn_free(s);
    rn_server_free(server);
    full_port_close(fds);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_is_tried_and_told),
        cmocka_unit_test(the_first_that_answers_is_taken),
        cmocka_unit_test(a_silent_address_costs_a_quarter_second),
        cmocka_unit_test(a_hopeless_address_costs_nothing),
        cmocka_unit_test(an_early_address_stays_in_the_race),
        cmocka_unit_test(one_deadline_covers_all_addresses),
        cmocka_unit_test(four_addresses_and_a_token_are_waited_for),
        cmocka_unit_test(families_take_turns),
        cmocka_unit_test(address_number_20_is_tried_too),
    };
    resolver_begin();
    return cmocka_run_group_tests_name("happy_eyeballs", tests, NULL, NULL);
}
