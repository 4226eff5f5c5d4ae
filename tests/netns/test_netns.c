/* SPDX-License-Identifier: MIT */
/*
 * On a real network: two hosts in namespaces of this process, between them
 * packets that are dropped, refused, lost, and name servers that misbehave.
 * Whatever happens, every operation returns by its deadline + 50 ms.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "dns.h"
#include "network.h"

static const char *why_not;

static int
set_up(void **state)
{
    (void)state;
    why_not = network_make();
    if (why_not == NULL)
        dns_start(far_dns());
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    if (why_not == NULL)
        dns_stop();
    return 0;
}

static int
begin(void **state)
{
    (void)state;
    if (why_not == NULL) {
        far_rule(NULL);
        return 0;
    }
    return 0;
}

static void
need_network(void)
{
    if (why_not == NULL)
        return;
    print_message("SKIPPED: no network of our own: %s\n", why_not);
    skip();
}

static rn_socket *
try_connect(const char *host, int port, int timeout, rn_error *err)
{
    rn_connect_options o = {.host = host, .port = port, .timeout = timeout};
    return rn_connect_with(&o, err);
}

/* A stream to the far host, and its bare other end. */
static rn_socket *
connect_far(int *raw)
{
    rn_error err;
    int port;
    int listener = far_listen(&port);
    rn_socket *s = try_connect(FAR, port, 10000, &err);
    if (s == NULL)
        fail_msg("%s", err.message);
    *raw = accept(listener, NULL, NULL);
    close(listener);
    return s;
}

/* ---- Connecting */

static void
dropped_syns_are_a_timeout(void **state)
{
    (void)state;
    need_network();
    rn_error err;
    far_rule("tcp dport 7777 drop");
    rn_time start = rn_now();
    assert_null(try_connect(FAR, 7777, 300, &err));
    assert_took(start, 300);
    assert_code(err.code, RN_E_TIMEOUT);
}

static void
a_reject_is_told_at_once(void **state)
{
    (void)state;
    need_network();
    rn_error err;
    far_rule("tcp dport 7777 reject with tcp reset");
    far_rule("tcp dport 7778 reject with icmp type host-unreachable");
    far_rule("tcp dport 7779 reject with icmp type admin-prohibited");
    rn_time start = rn_now();
    assert_null(try_connect(FAR, 7777, 5000, &err));
    assert_code(err.code, RN_E_REFUSED);
    assert_null(try_connect(FAR, 7778, 5000, &err));
    assert_code(err.code, RN_E_UNREACHABLE);
    assert_null(try_connect(FAR, 7779, 5000, &err));
    assert_code(err.code, RN_E_UNREACHABLE);
    assert_soon(start, 450);
}

static void
no_route_is_unreachable(void **state)
{
    (void)state;
    need_network();
    rn_error err;
    assert_null(try_connect("192.0.2.1", 80, 5000, &err));
    assert_code(err.code, RN_E_UNREACHABLE);
    assert_non_null(strstr(err.message, "network unreachable"));
}

/* Three addresses, the first two dead: two staggers, then the third. */
static void
dead_addresses_are_raced_past(void **state)
{
    (void)state;
    need_network();
    rn_error err;
    int port;
    int listener = far_listen(&port);
    far_rule("ip daddr 10.7.0.3 drop");
    far_rule("ip daddr 10.7.0.4 drop");
    rn_time start = rn_now();
    rn_socket *s = try_connect("three.test", port, 5000, &err);
    if (s == NULL)
        fail_msg("%s", err.message);
    assert_soon(start, 650); /* two dead addresses */
    rn_free(s);
    far_rule("ip daddr 10.7.0.5 drop");
    start = rn_now();
    assert_null(try_connect("three.test", port, 900, &err));
    assert_took(start, 900);
    assert_code(err.code, RN_E_TIMEOUT);
    for (int i = 3; i <= 5; i++) {
        char address[16];
        snprintf(address, sizeof address, "10.7.0.%d: ", i);
        assert_non_null(strstr(err.message, address));
    }
    close(listener);
}

/* ---- Names */

static int
look_up(const char *name, int timeout, rn_error *err)
{
    char address[RN_ADDRESS_SIZE];
    rn_lookup_options o = {.timeout = timeout};
    return rn_host_by_name_with(name, &o, address, sizeof address, err);
}

static void
name_servers_may_fail_in_every_way(void **state)
{
    (void)state;
    need_network();
    rn_error err;
    /* Some resolvers (musl's) go on asking until their own time is over. */
    assert_code(look_up("one.test", 12000, &err), RN_OK);
    assert_code(look_up("nx.test", 12000, &err), RN_E_NAME);
    assert_non_null(strstr(err.message, "no such host"));
    assert_code(look_up("fail.test", 12000, &err), RN_E_NAME);
    assert_non_null(strstr(err.message, "look up fail.test: "));
    rn_time start = rn_now();
    int rc = look_up("lie.test", 300, &err);
    assert_true(rc == RN_E_NAME || rc == RN_E_TIMEOUT);
    assert_soon(start, 300);
}

static void
a_silent_name_server_holds_nobody(void **state)
{
    (void)state;
    need_network();
    rn_error err;
    rn_time start = rn_now();
    assert_code(look_up("silent.test", 300, &err), RN_E_TIMEOUT);
    assert_took(start, 300);
    far_rule("udp dport 53 drop");
    start = rn_now();
    assert_null(try_connect("one.test", 80, 300, &err));
    assert_took(start, 300);
    assert_code(err.code, RN_E_TIMEOUT);
    assert_int_equal(err.phase, RN_PHASE_LOOKUP);
}

static void
a_late_name_server_is_waited_for_or_not(void **state)
{
    (void)state;
    need_network();
    rn_error err;
    rn_time start = rn_now();
    assert_code(look_up("late.test", 200, &err), RN_E_TIMEOUT);
    assert_took(start, 200);
    assert_code(look_up("late2.test", 5000, &err), RN_OK);
}

/* ---- Connections */

static void
a_partition_loses_nothing_once_healed(void **state)
{
    (void)state;
    need_network();
    int raw;
    const char *line;
    char got[64];
    rn_socket *s = connect_far(&raw);
    rn_set_timeout(s, RN_BOTH, 300);
    assert_int_equal(write(raw, "before\n", 7), 7);
    assert_line(s, "before");
    far_rule("drop");
    rn_time start = rn_now();
    assert_code(rn_writeln(s, "into the void", 13), RN_OK);
    assert_code(rn_readln(s, &line, NULL), RN_E_TIMEOUT);
    assert_took(start, 300);
    far_rule(NULL);
    rn_set_timeout(s, RN_BOTH, 10000);
    assert_int_equal(write(raw, "after\n", 6), 6);
    assert_line(s, "after");
    assert_code(rn_shutdown_write(s), RN_OK);
    size_t at = 0;
    ssize_t n;
    while ((n = read(raw, got + at, sizeof got - 1 - at)) > 0)
        at += (size_t)n;
    got[at] = '\0';
    assert_string_equal(got, "into the void\n");
    rn_free(s);
    close(raw);
}

static void
closing_into_a_partition_keeps_its_deadline(void **state)
{
    (void)state;
    need_network();
    int raw;
    rn_socket *s = connect_far(&raw);
    far_rule("drop");
    assert_code(rn_write(s, "lost?", 5), RN_OK);
    rn_set_timeout(s, RN_BOTH, 300);
    rn_time start = rn_now();
    assert_code(rn_close(s), RN_E_TIMEOUT);
    assert_took(start, 300);
    rn_free(s);
    close(raw);
}

static void
a_vanished_peer_is_noticed(void **state)
{
    (void)state;
    need_network();
    int raw;
    char c;
    rn_error err;
    rn_socket *s = connect_far(&raw);
    assert_code(rn_set_liveness(s, 2), RN_OK);
    at_far("ip link set vfar down");
    rn_set_timeout(s, RN_BOTH, 20000);
    rn_time start = rn_now();
    assert_code(rn_read(s, &c, 1), RN_E_RESET);
    print_message("a peer whose link went down was noticed in %.1f s, asked "
                  "for 2\n",
                  ms_since(start) / 1000);
    assert_true(ms_since(start) < 10000);
    rn_error_of(s, &err);
    assert_int_equal(err.phase, RN_PHASE_READ);
    at_far("ip link set vfar up");
    rn_free(s);
    close(raw);
}

static void *
echo(void *arg)
{
    int fd = *(int *)arg;
    char data[256];
    ssize_t n;
    while ((n = read(fd, data, sizeof data)) > 0)
        if (send(fd, data, (size_t)n, MSG_NOSIGNAL) != n)
            break;
    return NULL;
}

static void
heavy_loss_only_slows(void **state)
{
    (void)state;
    need_network();
    int raw;
    double worst = 0;
    pthread_t thread;
    rn_socket *s = connect_far(&raw);
    pthread_create(&thread, NULL, echo, &raw);
    /* Three of every ten are lost; by chance it would some day be too many. */
    far_rule("numgen inc mod 10 < 3 drop");
    rn_set_timeout(s, RN_BOTH, 20000);
    for (int i = 0; i < 20; i++) {
        char text[32];
        rn_time start = rn_now();
        snprintf(text, sizeof text, "round %d", i);
        assert_code(rn_writeln(s, text, strlen(text)), RN_OK);
        assert_line(s, text);
        if (ms_since(start) > worst)
            worst = ms_since(start);
    }
    print_message("20 round trips with 30 %% loss, the worst took %.0f ms\n",
                  worst);
    far_rule(NULL);
    assert_code(rn_shutdown_write(s), RN_OK);
    pthread_join(thread, NULL);
    rn_free(s);
    close(raw);
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dropped_syns_are_a_timeout),
        TEST(a_reject_is_told_at_once),
        TEST(no_route_is_unreachable),
        TEST(dead_addresses_are_raced_past),
        TEST(name_servers_may_fail_in_every_way),
        TEST(a_silent_name_server_holds_nobody),
        TEST(a_late_name_server_is_waited_for_or_not),
        TEST(a_partition_loses_nothing_once_healed),
        TEST(closing_into_a_partition_keeps_its_deadline),
        TEST(a_vanished_peer_is_noticed),
        TEST(heavy_loss_only_slows),
    };
    return cmocka_run_group_tests_name("netns", tests, set_up, tear_down);
}
