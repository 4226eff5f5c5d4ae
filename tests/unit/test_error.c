/* SPDX-License-Identifier: MIT */
/* Codes, names, sentences. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "../../src/error.h"
#include "../support/check.h"
#include "../support/scripted.h"

static void
every_code_has_a_name_and_words_of_its_own(void **state)
{
    (void)state;
    char buf[80];
    for (int a = RN_E_IO; a <= RN_E_VALUE; a++) {
        assert_string_not_equal(rn_code_name(a), "RN_E_?");
        assert_int_not_equal(rni_reason(a, 0, buf, sizeof buf)[0], '\0');
        for (int b = RN_E_IO; b < a; b++) {
            assert_string_not_equal(rn_code_name(a), rn_code_name(b));
            assert_string_not_equal(rni_reason(a, 0, buf, sizeof buf),
                                    rni_reason(b, 0, buf, sizeof buf));
        }
    }
    assert_string_equal(rn_code_name(RN_OK), "RN_OK");
    assert_string_equal(rn_code_name(RN_E_REFUSED), "RN_E_REFUSED");
    assert_string_equal(rn_code_name(12345), "RN_E_?");
    assert_string_equal(rn_code_name(RN_E_IO - 1), "RN_E_?");
    for (int p = RN_PHASE_SETUP; p <= RN_PHASE_CLOSE; p++)
        assert_string_not_equal(rn_phase_name(p), "");
    assert_string_equal(rn_phase_name(99), "");
}

static void
errno_values_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(rn_errno_name(ECONNREFUSED), "ECONNREFUSED");
    assert_string_equal(rn_errno_name(E2BIG), "E2BIG");
    assert_string_equal(rn_errno_name(EWOULDBLOCK), "EAGAIN");
    assert_string_equal(rn_errno_name(0), "");
    assert_string_equal(rn_errno_name(-1), "");
    assert_string_equal(rn_errno_name(99999), "");
    assert_string_equal(rn_errno_name(41), ""); /* a number without a name */
    assert_string_equal(rn_errno_name(EXDEV), "EXDEV");
}

static void
errno_values_become_the_right_codes(void **state)
{
    (void)state;
    static const struct {
        int sys;
        int phase;
        int code;
    } rows[] = {
        {ECONNREFUSED, RN_PHASE_CONNECT, RN_E_REFUSED},
        {ETIMEDOUT, RN_PHASE_CONNECT, RN_E_TIMEOUT},
        {ETIMEDOUT, RN_PHASE_READ, RN_E_RESET},
        {EHOSTUNREACH, RN_PHASE_CONNECT, RN_E_UNREACHABLE},
        {ENETUNREACH, RN_PHASE_CONNECT, RN_E_UNREACHABLE},
        {ECONNRESET, RN_PHASE_READ, RN_E_RESET},
        {EPIPE, RN_PHASE_WRITE, RN_E_RESET},
        {EADDRINUSE, RN_PHASE_LISTEN, RN_E_IN_USE},
        {EADDRNOTAVAIL, RN_PHASE_LISTEN, RN_E_VALUE},
        {EADDRNOTAVAIL, RN_PHASE_CONNECT, RN_E_IN_USE},
        {EACCES, RN_PHASE_LISTEN, RN_E_DENIED},
        {ENOENT, RN_PHASE_LISTEN, RN_E_VALUE},
        {ENOENT, RN_PHASE_CONNECT, RN_E_REFUSED},
        {EMFILE, RN_PHASE_ACCEPT, RN_E_FILES},
        {ENFILE, RN_PHASE_ACCEPT, RN_E_FILES},
        {ENOBUFS, RN_PHASE_WRITE, RN_E_MEMORY},
        {EAGAIN, RN_PHASE_READ, RN_E_AGAIN},
        {EAGAIN, RN_PHASE_ACCEPT, RN_E_AGAIN},
        {EAGAIN, RN_PHASE_CONNECT, RN_E_IO},
        {EINVAL, RN_PHASE_READ, RN_E_IO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int sys;
        assert_code(rni_code_of(rows[i].phase, -rows[i].sys, &sys),
                    rows[i].code);
        assert_int_equal(sys, rows[i].sys);
        assert_code(rni_code_of(rows[i].phase, rows[i].code, &sys),
                    rows[i].code);
        assert_int_equal(sys, 0);
    }
    int sys;
    assert_code(rni_code_of(RN_PHASE_READ, -99999, &sys), RN_E_IO);
    assert_code(
        rni_code_of(RN_PHASE_READ, (ptrdiff_t)(INT_MIN - INT64_C(1)), &sys),
        RN_E_IO);
    assert_code(rni_code_of(RN_PHASE_READ, RN_OK, &sys), RN_OK);
    assert_code(rni_code_of(RN_PHASE_READ, 7, &sys), RN_E_IO);
    assert_int_equal(sys, 0);
}

static void
what_can_be_repeated_is_known_for_every_code(void **state)
{
    (void)state;
    static const int repeatable[] = {RN_E_AGAIN,   RN_E_TIMEOUT, RN_E_CANCELED,
                                     RN_E_BUSY,    RN_E_EOF,     RN_E_LIMIT,
                                     RN_E_NEWLINE, RN_E_VALUE,   RN_E_MEMORY};
    for (int code = RN_E_IO; code <= RN_E_VALUE; code++) {
        bool listed = false;
        for (size_t i = 0; i < sizeof repeatable / sizeof repeatable[0]; i++)
            listed = listed || repeatable[i] == code;
        assert_int_equal(rni_repeatable(code), listed);
    }
}

static void
what_has_no_words_still_gets_some(void **state)
{
    (void)state;
    char buf[80];
    char small[3];
    assert_string_equal(rni_reason(12345, 0, buf, sizeof buf), "unknown error");
    /* Too little room for strerror(3)'s text. */
    rni_reason(RN_E_IO, EDOM, small, sizeof small);
    assert_true(strlen(small) < sizeof small);
    rn_error err;
    rni_error_set(&err, RN_E_IO, 99, 0, NULL, "so it is");
    assert_string_equal(err.message, "so it is");
}

static void
a_sentence_names_what_where_and_why(void **state)
{
    (void)state;
    rn_error err;
    struct rni_target named = {
        .host = "a.example", .address = "192.0.2.1", .port = 80};
    rni_error_set(&err, RN_E_RESET, RN_PHASE_READ, ECONNRESET, &named, NULL);
    assert_string_equal(err.message,
                        "read from a.example:80 (192.0.2.1): "
                        "connection reset by the peer");
    assert_string_equal(err.host, "a.example");
    assert_string_equal(err.address, "192.0.2.1");
    assert_int_equal(err.port, 80);
    assert_int_equal(err.sys_errno, ECONNRESET);

    struct rni_target numeric = {
        .host = "192.0.2.1", .address = "192.0.2.1", .port = 80};
    rni_error_set(&err, RN_E_REFUSED, RN_PHASE_CONNECT, 0, &numeric, NULL);
    assert_string_equal(err.message,
                        "connect to 192.0.2.1:80: connection refused");

    struct rni_target none = {.host = "", .address = ""};
    rni_error_set(&err, RN_E_IO, RN_PHASE_WRITE, ENOSPC, &none, NULL);
    assert_string_equal(err.message,
                        "write to the stream: No space left on device");
    struct rni_target odd = {.host = "a\"b", .address = ""};
    rni_error_set(&err, RN_E_IO, RN_PHASE_READ, 0, &odd, "no");
    assert_string_equal(err.message, "read from \"a\\\"b\": no");
    odd.host = "a\x7f";
    rni_error_set(&err, RN_E_IO, RN_PHASE_READ, 0, &odd, "no");
    assert_string_equal(err.message, "read from \"a\\x7f\": no");

    rni_error_set(&err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL, "n is %d", -1);
    assert_string_equal(err.message, "n is -1");
    assert_code(rni_error_set(NULL, RN_E_VALUE, 0, 0, NULL, "x"), RN_E_VALUE);
}

static void
quotes_escape_and_cut(void **state)
{
    (void)state;
    char buf[RNI_QUOTE_SIZE];
    assert_string_equal(rni_quote(buf, ""), "\"\"");
    assert_string_equal(rni_quote(buf, "a\r\n\t\"\\b"),
                        "\"a\\r\\n\\t\\\"\\\\b\"");
    assert_string_equal(rni_quote(buf, "\x01\x7f\xff"), "\"\\x01\\x7f\\xff\"");
    char *large = malloc(65537);
    memset(large, 0x01, 65536);
    large[65536] = '\0';
    rni_quote(buf, large);
    assert_non_null(strstr(buf, "(65536 bytes)"));
    assert_true(strlen(buf) < RNI_QUOTE_SIZE);

    /* Nothing overflows, whatever comes together. */
    rn_error err;
    struct rni_target t = {.host = large, .address = large, .port = 65535};
    rni_error_set(&err, RN_E_NAME, RN_PHASE_LOOKUP, 0, &t, "%s", large);
    assert_true(strlen(err.message) < RN_MESSAGE_SIZE);
    assert_true(strlen(err.host) < RN_HOST_SIZE);
    free(large);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_and_words_of_its_own),
        cmocka_unit_test(errno_values_have_their_names),
        cmocka_unit_test(errno_values_become_the_right_codes),
        cmocka_unit_test(what_can_be_repeated_is_known_for_every_code),
        cmocka_unit_test(what_has_no_words_still_gets_some),
        cmocka_unit_test(a_sentence_names_what_where_and_why),
        cmocka_unit_test(quotes_escape_and_cut),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
