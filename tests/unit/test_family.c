/* SPDX-License-Identifier: MIT */
/* IPv6 and unix sockets: only on request, and then like all others. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static void
need_ipv6(void)
{
    rn_error err;
    rn_listen_options o = {.address = "::1", .family = RN_IPV6};
    rn_server *server = rn_listen_with(&o, &err);
    if (server == NULL) {
        print_message("SKIPPED: no IPv6 on this machine's loopback: %s\n",
                      err.message);
        skip();
    }
    rn_server_free(server);
}

/* One line each way through a connection that `o` makes to `server`. */
static rn_socket *
talk(rn_server *server, const rn_connect_options *o)
{
    rn_error err;
    rn_socket *c = rn_connect_with(o, &err);
    if (c == NULL)
        fail_msg("%s", err.message);
    rn_socket *a = rn_accept(server, RN_LINE_BUFFERED, &err);
    if (a == NULL)
        fail_msg("%s", err.message);
    assert_code(rn_writeln(c, "ping", 4), RN_OK);
    assert_code(rn_flush(c), RN_OK);
    assert_line(a, "ping");
    assert_code(rn_writeln(a, "pong", 4), RN_OK);
    assert_line(c, "pong");
    assert_code(rn_close(a), RN_OK);
    rn_free(a);
    return c;
}

static void
ipv6_literals_connect(void **state)
{
    (void)state;
    static const char *const spellings[] = {"::1", "[::1]", "0:0::1", "::1%lo",
                                            "[::1%1]"};
    need_ipv6();
    rn_error err;
    rn_listen_options l = {.address = "::1", .family = RN_IPV6};
    rn_server *server = rn_listen_with(&l, &err);
    assert_string_equal(rn_server_address(server), "::1");
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        rn_connect_options o = {.host = spellings[i],
                                .port = rn_server_port(server),
                                .family = i % 2 ? RN_IPV6 : RN_ANY,
                                .timeout = 10000};
        rn_socket *c = talk(server, &o);
        assert_non_null(strstr(rn_remote_address(c), "::1"));
        assert_string_equal(rn_local_address(c), "::1");
        assert_int_equal(rn_remote_port(c), rn_server_port(server));
        rn_free(c);
    }
    rn_server_free(server);
}

static void
ipv6_needs_to_be_asked_for(void **state)
{
    (void)state;
    rn_error err;
    assert_null(rn_connect("::1", 80, RN_BUFFERED, &err));
    assert_ours(err, RN_E_VALUE);
    assert_non_null(strstr(err.message, "\"::1\""));
    assert_non_null(strstr(err.message, "the family IPv6 (or any)"));
    rn_connect_options o = {.host = "127.0.0.1", .port = 80, .family = RN_IPV6};
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    o.family = (rn_family)7;
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    assert_non_null(strstr(err.message, "family 7"));
}

static void
bad_ipv6_literals_are_value(void **state)
{
    (void)state;
    static const char *const wrong[] = {"::g",
                                        "1:2",
                                        "[::1",
                                        "::1]",
                                        "[]",
                                        "::1%",
                                        ":",
                                        "a:b:c",
                                        "::1%nosuch",
                                        "[::1]:80",
                                        "1::2::3",
                                        "::ffff:1.2.3",
                                        "::1%0123456789012345678901234567890"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rn_error err;
        rn_connect_options o = {.host = wrong[i], .port = 80, .family = RN_ANY};
        assert_null(rn_connect_with(&o, &err));
        if (err.code != RN_E_VALUE)
            fail_msg("%s: %s", wrong[i], err.message);
    }
}

static void
any_family_listens_on_both(void **state)
{
    (void)state;
    need_ipv6();
    rn_error err;
    rn_listen_options l = {.family = RN_ANY};
    rn_server *server = rn_listen_with(&l, &err);
    rn_connect_options four = {.host = "127.0.0.1",
                               .port = rn_server_port(server)};
    rn_connect_options six = {
        .host = "::1", .port = rn_server_port(server), .family = RN_IPV6};
    rn_free(talk(server, &four));
    rn_free(talk(server, &six));
    rn_server_free(server);

    l.family = RN_IPV6; /* and that one alone */
    server = rn_listen_with(&l, &err);
    four.port = six.port = rn_server_port(server);
    assert_null(rn_connect_with(&four, &err));
    assert_code(err.code, RN_E_REFUSED);
    rn_free(talk(server, &six));
    rn_server_free(server);
}

static void
ports_can_be_shared_on_request(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = "127.0.0.1", .reuse_port = 1};
    rn_server *a = rn_listen_with(&l, &err);
    l.port = rn_server_port(a);
    rn_server *b = rn_listen_with(&l, &err);
    if (b == NULL)
        fail_msg("%s", err.message);
    l.reuse_port = 0;
    assert_null(rn_listen_with(&l, &err));
    assert_code(err.code, RN_E_IN_USE);
    rn_server_free(a);
    rn_server_free(b);
}

/* ---- unix sockets */

static char dir[64];
static char path[128];

static int
make_folder(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/runnel-unix-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return 1;
    snprintf(path, sizeof path, "unix:%s/socket", dir);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    return rmdir(dir); /* fails if anything was left in it */
}

static bool
exists(void)
{
    struct stat st;
    return stat(path + 5, &st) == 0;
}

static void
unix_sockets_talk(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = path};
    rn_server *server = rn_listen_with(&l, &err);
    if (server == NULL)
        fail_msg("%s", err.message);
    assert_true(exists());
    assert_string_equal(rn_server_address(server), path + 5);
    assert_int_equal(rn_server_port(server), 0);
    rn_connect_options o = {.host = path};
    rn_socket *c = talk(server, &o);
    assert_string_equal(rn_remote_address(c), path + 5);
    assert_int_equal(rn_remote_port(c), 0);
    assert_code(rn_set_nodelay(c, 1), RN_E_UNSUPPORTED);
    assert_int_equal(rn_eof(c), 1);
    assert_code(rn_close(c), RN_OK);
    rn_free(c);
    o.timeout = 5000;
    rn_free(talk(server, &o));
    rn_server_free(server);
    assert_false(exists());
    assert_null(rn_connect_with(&o, &err));
    assert_code(err.code, RN_E_REFUSED);
    assert_non_null(strstr(err.message, path));
}

static void
a_path_left_over_is_replaced(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = path};
    rn_connect_options o = {.host = path};
    rn_server *gone = rn_listen_with(&l, &err);
    /* As if the process had died: the descriptor goes, the path stays. */
    close(rn_server_fd(gone));
    assert_true(exists());
    rn_server *server = rn_listen_with(&l, &err);
    if (server == NULL)
        fail_msg("%s", err.message);
    rn_free(talk(server, &o));
    /* But not one where somebody listens. */
    assert_null(rn_listen_with(&l, &err));
    assert_code(err.code, RN_E_IN_USE);
    rn_free(talk(server, &o));
    rn_server_free(server);
    /* Its number belonged to the second server and is closed by now. */
    assert_code(rn_server_close(gone), RN_E_IO);
    rn_server_free(gone);
}

static void
a_file_is_never_replaced(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = path};
    FILE *f = fopen(path + 5, "w");
    assert_non_null(f);
    fclose(f);
    assert_null(rn_listen_with(&l, &err));
    assert_code(err.code, RN_E_IN_USE);
    assert_true(exists());
    unlink(path + 5);
}

static void
abstract_names_need_no_path(void **state)
{
    (void)state;
    rn_error err;
    char name[64];
    snprintf(name, sizeof name, "unix:@runnel-test-%d", (int)getpid());
    rn_listen_options l = {.address = name};
    rn_connect_options o = {.host = name};
    rn_server *server = rn_listen_with(&l, &err);
    if (server == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(rn_server_address(server), name + 5);
    rn_socket *c = talk(server, &o);
    assert_string_equal(rn_remote_address(c), name + 5);
    rn_free(c);
    rn_server_free(server);
}

static void
bad_paths_are_value(void **state)
{
    (void)state;
    char longer[256] = "unix:/";
    memset(longer + 6, 'x', 200);
    const char *const wrong[] = {"unix:", "unix:@", longer};
    for (size_t i = 0; i < 3; i++) {
        rn_error err;
        rn_listen_options l = {.address = wrong[i]};
        rn_connect_options o = {.host = wrong[i]};
        assert_null(rn_connect_with(&o, &err));
        assert_ours(err, RN_E_VALUE);
        assert_null(rn_listen_with(&l, &err));
        assert_ours(err, RN_E_VALUE);
    }
    /* There is no such folder: nobody listens there, and nobody can. */
    rn_error err;
    const char *nowhere = "unix:/nowhere-at-all/socket";
    assert_null(rn_connect_with(&(rn_connect_options){.host = nowhere}, &err));
    assert_code(err.code, RN_E_REFUSED);
    assert_null(rn_listen_with(&(rn_listen_options){.address = nowhere}, &err));
    assert_code(err.code, RN_E_VALUE);
    char address[RN_ADDRESS_SIZE];
    assert_code(rn_host_by_name("unix:/x", address, sizeof address, NULL),
                RN_E_VALUE);
}

static void
an_unnamed_client_has_no_address(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = path};
    rn_connect_options o = {.host = path};
    rn_server *server = rn_listen_with(&l, &err);
    rn_socket *c = rn_connect_with(&o, &err);
    rn_socket *a = rn_accept(server, RN_UNBUFFERED, &err);
    assert_string_equal(rn_remote_address(a), "");
    assert_string_equal(rn_local_address(c), "");
    assert_string_equal(rn_local_address(a), path + 5);
    rn_free(a);
    rn_free(c);
    rn_server_free(server);
}

/* An old server must not remove the path of the one that took it over. */
static void
only_the_own_path_is_removed(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = path};
    rn_connect_options o = {.host = path};
    rn_server *old = rn_listen_with(&l, &err);
    assert_int_equal(unlink(path + 5), 0);
    rn_server *new = rn_listen_with(&l, &err);
    assert_non_null(new);
    rn_server_free(old);
    assert_true(exists());
    rn_free(talk(new, &o));
    rn_server_free(new);
    assert_false(exists());
}

static void
an_unknown_scope_is_value(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = "::1%nosuch", .family = RN_IPV6};
    assert_null(rn_listen_with(&l, &err));
    assert_ours(err, RN_E_VALUE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv6_literals_connect),
        cmocka_unit_test(ipv6_needs_to_be_asked_for),
        cmocka_unit_test(bad_ipv6_literals_are_value),
        cmocka_unit_test(any_family_listens_on_both),
        cmocka_unit_test(ports_can_be_shared_on_request),
        cmocka_unit_test(unix_sockets_talk),
        cmocka_unit_test(a_path_left_over_is_replaced),
        cmocka_unit_test(a_file_is_never_replaced),
        cmocka_unit_test(abstract_names_need_no_path),
        cmocka_unit_test(bad_paths_are_value),
        cmocka_unit_test(an_unnamed_client_has_no_address),
        cmocka_unit_test(only_the_own_path_is_removed),
        cmocka_unit_test(an_unknown_scope_is_value),
    };
    return cmocka_run_group_tests_name("family", tests, make_folder,
                                       remove_folder);
}
