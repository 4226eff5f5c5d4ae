/* SPDX-License-Identifier: MIT */
/* Names and addresses; whatever a network outside would say is not asked. */
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"

static void
an_address_comes_back_as_it_is(void **state)
{
    (void)state;
    char a[RN_ADDRESS_SIZE];
    rn_error err;
    assert_code(rn_host_by_name("100.50.200.5", a, sizeof a, &err), RN_OK);
    assert_string_equal(a, "100.50.200.5");
    assert_code(err.code, RN_OK);
}

static void
localhost_is_found_both_ways(void **state)
{
    (void)state;
    char text[RN_HOST_SIZE];
    rn_error err;
    assert_code(rn_host_by_name("localhost", text, sizeof text, &err), RN_OK);
    assert_string_equal(text, "127.0.0.1");
    assert_code(rn_host_by_address("127.0.0.1", text, sizeof text, &err),
                RN_OK);
    assert_string_equal(text, "localhost");
}

/* RFC 6761 promises that nothing has a name under .invalid. */
static void
an_unknown_name_is_name(void **state)
{
    (void)state;
    char a[RN_ADDRESS_SIZE] = "untouched";
    rn_error err;
    assert_code(rn_host_by_name("nowhere.invalid", a, sizeof a, &err),
                RN_E_NAME);
    assert_int_equal(err.phase, RN_PHASE_LOOKUP);
    assert_string_equal(err.host, "nowhere.invalid");
    assert_non_null(strstr(err.message, "look up nowhere.invalid: "));
    assert_string_equal(a, "untouched");
    assert_null(rn_connect("nowhere.invalid", 80, RN_BUFFERED, &err));
    assert_ours(err, RN_E_NAME);
}

static void
bad_names_are_value_and_shown(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *shown;
    } rows[] = {
        {"", "\"\""},
        {"a b", "\"a b\""},
        {"a\r\nb", "\"a\\r\\nb\""},
        {"\x01", "\"\\x01\""},
        {"127.1", "\"127.1\""},
        {"0177.0.0.1", "\"0177.0.0.1\""},
        {"1.2.3.4.5", "\"1.2.3.4.5\""},
    };
    char text[RN_HOST_SIZE] = "untouched";
    rn_error err;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_code(rn_host_by_name(rows[i].name, text, sizeof text, &err),
                    RN_E_VALUE);
        if (strstr(err.message, rows[i].shown) == NULL)
            fail_msg("%s does not show %s", err.message, rows[i].shown);
        assert_null(rn_connect(rows[i].name, 80, RN_BUFFERED, &err));
        assert_ours(err, RN_E_VALUE);
    }
    assert_string_equal(text, "untouched");
}

static void
bad_addresses_are_value_and_shown(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "localhost", "127.1", "1.2.3.4.5", "0177.0.0.1", "::1", "1.2.3.4 "};
    char text[RN_HOST_SIZE] = "untouched";
    rn_error err;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char shown[32];
        snprintf(shown, sizeof shown, "\"%s\"", wrong[i]);
        assert_code(rn_host_by_address(wrong[i], text, sizeof text, &err),
                    RN_E_VALUE);
        assert_non_null(strstr(err.message, shown));
    }
    assert_string_equal(text, "untouched");
}

static void
null_and_small_memory_are_refused(void **state)
{
    (void)state;
    char text[RN_HOST_SIZE];
    rn_error err;
    assert_code(rn_host_by_name(NULL, text, sizeof text, &err), RN_E_VALUE);
    assert_code(rn_host_by_name("localhost", NULL, 9, &err), RN_E_VALUE);
    assert_code(rn_host_by_address(NULL, text, sizeof text, &err), RN_E_VALUE);
    assert_code(rn_host_by_address("127.0.0.1", NULL, 9, &err), RN_E_VALUE);
    assert_code(rn_host_name(NULL, 9, &err), RN_E_VALUE);
    assert_code(rn_host_by_name("1.2.3.4", text, 7, &err), RN_E_LIMIT);
    assert_code(rn_host_by_name("1.2.3.4", text, 8, &err), RN_OK);
    assert_code(rn_host_by_name("1.2.3.4", text, 0, &err), RN_E_LIMIT);
    assert_code(rn_host_name(text, 1, &err), RN_E_LIMIT);
    assert_non_null(strstr(err.message, "bytes"));
}

static void
the_machine_has_a_name(void **state)
{
    (void)state;
    char ours[RN_HOST_SIZE];
    char theirs[RN_HOST_SIZE];
    assert_code(rn_host_name(ours, sizeof ours, NULL), RN_OK);
    assert_int_equal(gethostname(theirs, sizeof theirs), 0);
    assert_string_equal(ours, theirs);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_comes_back_as_it_is),
        cmocka_unit_test(localhost_is_found_both_ways),
        cmocka_unit_test(an_unknown_name_is_name),
        cmocka_unit_test(bad_names_are_value_and_shown),
        cmocka_unit_test(bad_addresses_are_value_and_shown),
        cmocka_unit_test(null_and_small_memory_are_refused),
        cmocka_unit_test(the_machine_has_a_name),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
