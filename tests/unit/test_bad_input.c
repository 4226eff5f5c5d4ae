/* SPDX-License-Identifier: MIT */
/* Values that can never be right, given to the makers: a clear error, nothing
 * leaked, nothing sent. */
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static void
refused(const char *host, int port, int buffering, const char *shown)
{
    rn_error err;
    memset(&err, 0xff, sizeof err);
    int before = open_descriptors();
    assert_null(rn_connect(host, port, (rn_buffering)buffering, &err));
    assert_true(err.code == RN_E_VALUE || err.code == RN_E_NAME);
    assert_int_equal(err.sys_errno, 0);
    if (strstr(err.message, shown) == NULL)
        fail_msg("\"%s\" does not show %s", err.message, shown);
    for (const char *p = err.message; *p != '\0'; p++)
        assert_true(*p >= ' ' && *p <= '~');
    assert_int_equal(open_descriptors(), before);
    assert_null(rn_connect(host, port, (rn_buffering)buffering, NULL));
}

static void
host_names(void **state)
{
    (void)state;
    char *large = malloc(65537);
    memset(large, 'a', 65536);
    large[65536] = '\0';
    refused(NULL, 80, RN_BUFFERED, "NULL");
    refused("", 80, RN_BUFFERED, "\"\"");
    refused(large, 80, RN_BUFFERED, "(65536 bytes)");
    refused("a\rb", 80, RN_BUFFERED, "\"a\\rb\"");
    refused("a\nb", 80, RN_BUFFERED, "\"a\\nb\"");
    refused("a b", 80, RN_BUFFERED, "\"a b\"");
    refused(" a", 80, RN_BUFFERED, "\" a\"");
    refused("a\x80", 80, RN_BUFFERED, "\"a\\x80\"");
    refused("127.1", 80, RN_BUFFERED, "\"127.1\"");
    refused("0177.0.0.1", 80, RN_BUFFERED, "\"0177.0.0.1\"");
    refused("1.2.3.4.5", 80, RN_BUFFERED, "\"1.2.3.4.5\"");
    refused("127.0.0.1:80", 80, RN_BUFFERED, "\"127.0.0.1:80\"");
    free(large);
}

static void
ports(void **state)
{
    (void)state;
    refused("127.0.0.1", -1, RN_BUFFERED, "connect to 127.0.0.1: port -1");
    refused("127.0.0.1", 0, RN_BUFFERED, "connect to 127.0.0.1: port 0");
    refused("127.0.0.1", 65536, RN_BUFFERED, "port 65536");
    refused("127.0.0.1", 2147483647, RN_BUFFERED, "port 2147483647");
    refused("a\nb", 0, RN_BUFFERED, "connect to \"a\\nb\": port 0");
}

static void
modes(void **state)
{
    (void)state;
    refused("127.0.0.1", 80, 3, "connect to 127.0.0.1:80: buffering 3");
    refused("127.0.0.1", 80, -1, "buffering -1");
}

static void
options(void **state)
{
    (void)state;
    rn_error err;
    rn_connect_options o = {.host = "127.0.0.1", .port = 80};
    assert_null(rn_connect_with(NULL, &err));
    assert_ours(err, RN_E_VALUE);
    o.source_port = 65536;
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    assert_non_null(strstr(err.message, "source port 65536"));
}

static void
connect_refuses(rn_connect_options o, const char *why)
{
    rn_error err;
    o.host = "127.0.0.1";
    o.port = 80;
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    if (strstr(err.message, why) == NULL)
        fail_msg("\"%s\" does not say %s", err.message, why);
}

static void
connect_options(void **state)
{
    (void)state;
    connect_refuses((rn_connect_options){.source_port = -1}, "source port -1");
    connect_refuses((rn_connect_options){.family = (rn_family)-1}, "family -1");
    connect_refuses((rn_connect_options){.family = (rn_family)3}, "family 3");
    connect_refuses((rn_connect_options){.liveness = -1}, "liveness -1");
    connect_refuses((rn_connect_options){.liveness = INT_MAX / 1000 + 1},
                    "liveness 2147484");
    connect_refuses((rn_connect_options){.buffer_size = ((size_t)1 << 30) + 1},
                    "1 GiB");
    connect_refuses((rn_connect_options){.timeout = -1}, "negative");
    connect_refuses((rn_connect_options){.deadline = -1}, "negative");
    connect_refuses((rn_connect_options){.source = "x"}, "source address");
    connect_refuses((rn_connect_options){.source = "::1"}, "source address");
    connect_refuses(
        (rn_connect_options){.source = "fe80::1%nosuch", .family = RN_ANY},
        "source address");
}

static void
listen_refuses(rn_listen_options o, const char *why)
{
    rn_error err;
    assert_null(rn_listen_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    if (strstr(err.message, why) == NULL)
        fail_msg("\"%s\" does not say %s", err.message, why);
}

static void
listen_options(void **state)
{
    (void)state;
    rn_error err;
    assert_null(rn_listen_with(NULL, &err));
    assert_ours(err, RN_E_VALUE);
    listen_refuses((rn_listen_options){.family = (rn_family)-1}, "family -1");
    listen_refuses((rn_listen_options){.family = (rn_family)3}, "family 3");
    listen_refuses((rn_listen_options){.backlog = -1}, "backlog -1");
    listen_refuses((rn_listen_options){.buffer_size = ((size_t)1 << 30) + 1},
                   "1 GiB");
    listen_refuses((rn_listen_options){.port = -1}, "port -1");
    listen_refuses((rn_listen_options){.port = 65536}, "port 65536");
    listen_refuses((rn_listen_options){.address = "x"}, "an IPv4 address is");
    listen_refuses((rn_listen_options){.address = "x", .family = RN_ANY},
                   "of the family asked for");
    listen_refuses((rn_listen_options){.address = "0.0.0.0", .family = RN_IPV6},
                   "of the family asked for");
    listen_refuses((rn_listen_options){.address = "::"}, "an IPv4 address is");
    listen_refuses(
        (rn_listen_options){.address = "fe80::1%nosuch", .family = RN_IPV6},
        "of the family asked for");
}

static void
lookup_refuses(rn_lookup_options o)
{
    rn_error err;
    char text[RN_HOST_SIZE] = "untouched";
    assert_code(rn_host_by_name_with("127.0.0.1", &o, text, sizeof text, &err),
                RN_E_VALUE);
    assert_ours(err, RN_E_VALUE);
    assert_code(
        rn_host_by_address_with("127.0.0.1", &o, text, sizeof text, &err),
        RN_E_VALUE);
    assert_ours(err, RN_E_VALUE);
    assert_string_equal(text, "untouched");
}

static void
lookup_options(void **state)
{
    (void)state;
    lookup_refuses((rn_lookup_options){.family = (rn_family)-1});
    lookup_refuses((rn_lookup_options){.family = (rn_family)3});
    lookup_refuses((rn_lookup_options){.timeout = -1});
    lookup_refuses((rn_lookup_options){.deadline = -1});
    lookup_refuses((rn_lookup_options){.family = RN_IPV6});
}

/* The listener must see no connection from any of these. */
static void
nothing_is_sent(void **state)
{
    (void)state;
    int port;
    int listener = raw_listen(&port);
    rn_error err;
    assert_null(rn_connect("127.0.0.1", port, (rn_buffering)5, &err));
    assert_null(rn_connect("127.1", port, RN_BUFFERED, &err));
    rn_socket *s = rn_connect("127.0.0.1", port, RN_BUFFERED, &err);
    rn_server *server = NULL;
    assert_non_null(s);
    int first = accept(listener, NULL, NULL);
    rn_stream *peer = rn_from_fd(first, RN_BUFFERED, &err);
    assert_int_equal(rn_remote_port(peer), rn_local_port(s));
    rn_free(peer);
    rn_free(s);
    rn_server_free(server);
    close(listener);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_names),      cmocka_unit_test(ports),
        cmocka_unit_test(modes),           cmocka_unit_test(options),
        cmocka_unit_test(connect_options), cmocka_unit_test(listen_options),
        cmocka_unit_test(lookup_options),  cmocka_unit_test(nothing_is_sent),
    };
    return cmocka_run_group_tests_name("bad input", tests, NULL, NULL);
}
