/* SPDX-License-Identifier: MIT */
/* Addresses and host names as text. */
#include "../../src/net/address.h"
#include "../support/check.h"

static void
dotted_decimal_is_taken(void **state)
{
    (void)state;
    unsigned char b[4];
    assert_true(rni_parse_ipv4("0.0.0.0", b));
    assert_true(rni_parse_ipv4("255.255.255.255", b));
    assert_true(rni_parse_ipv4("100.50.200.5", b));
    assert_memory_equal(b, "\x64\x32\xc8\x05", 4);
}

static void
what_only_looks_like_it_is_not(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "1",
                                        "1.2.3",
                                        "127.1",
                                        "1.2.3.4.5",
                                        "1.2.3.256",
                                        "1.2.3.999",
                                        "0177.0.0.1",
                                        "1.2.3.04",
                                        "1.2.3.",
                                        ".1.2.3",
                                        "1..2.3",
                                        " 1.2.3.4",
                                        "1.2.3.4 ",
                                        "+1.2.3.4",
                                        "-1.2.3.4",
                                        "0x7f.0.0.1",
                                        "1.2.3.4\n",
                                        "1.2.3.4x",
                                        "1,2,3,4",
                                        "4294967296.0.0.1",
                                        "99999999999999999999.0.0.1",
                                        "::1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        unsigned char b[4] = {9, 9, 9, 9};
        if (rni_parse_ipv4(wrong[i], b))
            fail_msg("\"%s\" was taken for an address", wrong[i]);
        assert_memory_equal(b, "\x09\x09\x09\x09", 4);
    }
}

static void
every_number_round_trips(void **state)
{
    (void)state;
    for (int n = 0; n < 256; n++) {
        char text[RN_ADDRESS_SIZE];
        unsigned char in[4] = {(unsigned char)n, 0, (unsigned char)(255 - n),
                               1};
        unsigned char out[4];
        union rni_sockaddr a = rni_ipv4(in, 80 + n);
        rni_address_text(&a, text);
        assert_true(rni_parse_ipv4(text, out));
        assert_memory_equal(in, out, 4);
        assert_int_equal(rni_address_port(&a), 80 + n);
    }
}

static void
host_names_are_taken(void **state)
{
    (void)state;
    static const char *const right[] = {"localhost",
                                        "a",
                                        "www.host.com",
                                        "www.host.com.",
                                        "a-b.c_d.e1",
                                        "1.example",
                                        "127.0.0.1.nip.example",
                                        "3com.example",
                                        "_sip.example",
                                        "xn--mnchen-3ya.example",
                                        "0x1.example",
                                        "dead.beef",
                                        "WWW.Host.ZA",
                                        "a.0abc",
                                        "a.0x1g"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        if (rni_host_flaw(right[i]) != NULL)
            fail_msg("\"%s\": %s", right[i], rni_host_flaw(right[i]));
    char label[64];
    memset(label, 'a', 63);
    label[63] = '\0';
    assert_null(rni_host_flaw(label));
    char name[254];
    for (int i = 0; i < 253; i++)
        name[i] = i % 50 == 49 ? '.' : 'b';
    name[253] = '\0';
    assert_null(rni_host_flaw(name));
}

static void
flawed_host_names_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *why;
    } rows[] = {
        {"", "empty"},           {".", "empty part"},   {"a..b", "empty part"},
        {".a", "empty part"},    {"a b", "letters"},    {"a\n", "letters"},
        {"a\r.b", "letters"},    {"a/b", "letters"},    {"a:80", "letters"},
        {"\xc3\xa4.de", "xn--"}, {"127.1", "four"},     {"0177.0.0.1", "four"},
        {"1.2.3.4.5", "four"},   {"256.1.1.1", "four"}, {"0x7f000001", "four"},
        {"2130706433", "four"},  {"a.1", "four"},       {"1.2.3.4.", "four"},
        {"a.0X1f", "four"},      {"a{", "letters"},     {"a[", "letters"},
        {"a@", "letters"},       {"a`", "letters"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *flaw = rni_host_flaw(rows[i].name);
        if (flaw == NULL || strstr(flaw, rows[i].why) == NULL)
            fail_msg("\"%s\": %s", rows[i].name, flaw ? flaw : "no flaw");
    }
    char label[65];
    memset(label, 'a', 64);
    label[64] = '\0';
    assert_non_null(strstr(rni_host_flaw(label), "63"));
    char name[256];
    memset(name, 'a', 255);
    for (int i = 40; i < 255; i += 41)
        name[i] = '.';
    name[254] = '\0';
    assert_non_null(strstr(rni_host_flaw(name), "253"));
}

static union rni_sockaddr
endpoint(const char *text, int port)
{
    unsigned char b[4];
    union rni_sockaddr a;
    char scope[RNI_SCOPE_SIZE];
    if (rni_parse_ipv4(text, b))
        return rni_ipv4(b, port);
    assert_true(rni_parse_ipv6(text, port, &a, scope));
    return a;
}

static void
endpoints_are_the_same_in_everything_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int port;
    } all[] = {{"10.0.0.1", 80}, {"10.0.0.2", 80}, {"10.0.0.1", 81},
               {"fe80::1", 80},  {"fe80::2", 80},  {"fe80::1", 81}};
    int count = (int)(sizeof all / sizeof all[0]);
    for (int i = 0; i < count; i++) {
        union rni_sockaddr a = endpoint(all[i].text, all[i].port);
        for (int k = 0; k < count; k++) {
            union rni_sockaddr b = endpoint(all[k].text, all[k].port);
            assert_int_equal(rni_same_endpoint(&a, &b), i == k);
        }
    }
    union rni_sockaddr none = {.sa = {.sa_family = AF_UNIX}};
    assert_false(rni_same_endpoint(&none, &none));
}

static void
wildcards_are_of_their_family(void **state)
{
    (void)state;
    char text[RN_ADDRESS_SIZE] = "?";
    union rni_sockaddr a = rni_wildcard(AF_INET, 8080);
    rni_address_text(&a, text);
    assert_string_equal(text, "0.0.0.0");
    assert_int_equal(rni_address_port(&a), 8080);
    a = rni_wildcard(AF_INET6, 8080);
    rni_address_text(&a, text);
    assert_string_equal(text, "::");
    assert_int_equal(rni_address_port(&a), 8080);
    a.sa.sa_family = AF_UNSPEC;
    rni_address_text(&a, text);
    assert_string_equal(text, "");
    assert_int_equal(rni_address_port(&a), 0);
}

/* Brackets, a scope, and what is too long for either. */
static void
ipv6_texts_are_taken_apart(void **state)
{
    (void)state;
    union rni_sockaddr a;
    char text[RN_ADDRESS_SIZE];
    char scope[RNI_SCOPE_SIZE];
    memset(&a, 0xff, sizeof a);
    assert_true(rni_parse_ipv6("[fe80::1%abcdefghijklmno]", 443, &a, scope));
    assert_string_equal(scope, "abcdefghijklmno");
    assert_int_equal(rni_address_port(&a), 443);
    assert_int_equal(a.in6.sin6_scope_id, 0);
    assert_int_equal(a.in6.sin6_flowinfo, 0);
    rni_address_text(&a, text);
    assert_string_equal(text, "fe80::1");
    a.in6.sin6_scope_id = 7;
    rni_address_text(&a, text);
    assert_string_equal(text, "fe80::1%7");
    assert_true(rni_parse_ipv6("::1", 0, &a, scope));
    assert_string_equal(scope, "");
    static const char *const wrong[] = {
        "",     "[",   "]",     "[]",      "[::1", "::1]",
        "::1%", "g::", "%eth0", "1.2.3.4", "::1 ", "fe80::1%abcdefghijklmnop"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (rni_parse_ipv6(wrong[i], 0, &a, scope))
            fail_msg("\"%s\" was taken for an address", wrong[i]);
    char large[RN_ADDRESS_SIZE + 2];
    memset(large, '1', sizeof large);
    large[RN_ADDRESS_SIZE] = '\0';
    assert_false(rni_parse_ipv6(large, 0, &a, scope));
    /* The longest that fits is cut by nothing and refused for itself. */
    large[RN_ADDRESS_SIZE - 1] = '\0';
    assert_false(rni_parse_ipv6(large, 0, &a, scope));
}

static void
unix_paths_are_taken_apart(void **state)
{
    (void)state;
    union rni_sockaddr a;
    const char *flaw = "";
    char text[RN_ADDRESS_SIZE + 10];
    assert_false(rni_parse_unix("unix", &a, &flaw));
    assert_false(rni_parse_unix("/unix:a", &a, &flaw));
    memset(&a, 0xff, sizeof a);
    assert_true(rni_parse_unix("unix:/tmp/a", &a, &flaw));
    assert_null(flaw);
    assert_string_equal(a.un.sun_path, "/tmp/a");
    rni_address_text(&a, text);
    assert_string_equal(text, "/tmp/a");
    assert_int_equal(rni_address_length(&a), 2 + 6 + 1);
    memset(&a, 0xff, sizeof a);
    assert_true(rni_parse_unix("unix:@a", &a, &flaw));
    assert_null(flaw);
    assert_memory_equal(a.un.sun_path, "\0a\0", 3);
    rni_address_text(&a, text);
    assert_string_equal(text, "@a");
    assert_int_equal(rni_address_length(&a), 2 + 2);
    assert_true(rni_parse_unix("unix:", &a, &flaw));
    assert_non_null(flaw);
    assert_true(rni_parse_unix("unix:@", &a, &flaw));
    assert_non_null(flaw);
    memcpy(text, "unix:", 5);
    memset(text + 5, 'p', 108);
    text[5 + 108] = '\0';
    assert_true(rni_parse_unix(text, &a, &flaw));
    assert_non_null(strstr(flaw, "107"));
    text[5 + 107] = '\0';
    assert_true(rni_parse_unix(text, &a, &flaw));
    assert_null(flaw);
    rni_address_text(&a, text);
    assert_int_equal(strlen(text), 107);
    assert_int_equal(rni_address_length(&a), 2 + 107 + 1);
}

static void
every_byte_is_right_in_a_name_or_not(void **state)
{
    (void)state;
    static const char right[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    for (int c = 1; c < 256; c++) {
        const char name[] = {'a', (char)c, 'b', '\0'};
        const char *flaw = rni_host_flaw(name);
        if ((strchr(right, c) != NULL) != (flaw == NULL))
            fail_msg("byte %d: %s", c, flaw == NULL ? "no flaw" : flaw);
    }
    /* And in a last part that is a number, decimal or not. */
    for (int c = 1; c < 256; c++) {
        const char decimal[] = {'a', '.', '1', (char)c, '\0'};
        const char other[] = {'a', '.', '0', 'x', (char)c, '\0'};
        const char *flaw = rni_host_flaw(decimal);
        bool is_number = flaw != NULL && strstr(flaw, "four") != NULL;
        assert_int_equal(is_number, strchr("0123456789.", c) != NULL);
        flaw = rni_host_flaw(other);
        is_number = flaw != NULL && strstr(flaw, "four") != NULL;
        assert_int_equal(is_number,
                         strchr("0123456789abcdefABCDEF.", c) != NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dotted_decimal_is_taken),
        cmocka_unit_test(what_only_looks_like_it_is_not),
        cmocka_unit_test(every_number_round_trips),
        cmocka_unit_test(host_names_are_taken),
        cmocka_unit_test(every_byte_is_right_in_a_name_or_not),
        cmocka_unit_test(flawed_host_names_say_what_is_wrong),
        cmocka_unit_test(endpoints_are_the_same_in_everything_or_not),
        cmocka_unit_test(wildcards_are_of_their_family),
        cmocka_unit_test(ipv6_texts_are_taken_apart),
        cmocka_unit_test(unix_paths_are_taken_apart),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
