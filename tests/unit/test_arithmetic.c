/* SPDX-License-Identifier: MIT */
/* The arithmetic of time and of sizes, at its edges. */
#include "../../src/stream/duration.h"
#include "../../src/stream/size.h"
#include "../support/check.h"

static const size_t most = (size_t)PTRDIFF_MAX;

static void
a_time_beyond_the_clock_is_for_ever(void **state)
{
    (void)state;
    assert_true(rni_time_after(5, 7) == 12);
    assert_true(rni_time_after(RN_FOREVER - 7, 6) == RN_FOREVER - 1);
    assert_true(rni_time_after(RN_FOREVER - 7, 8) == RN_FOREVER);
    assert_true(rni_time_after(1, RN_FOREVER) == RN_FOREVER);
}

static void
milliseconds_beyond_the_clock_are_for_ever(void **state)
{
    (void)state;
    int64_t last = RN_FOREVER / 1000000;
    assert_true(rni_time_of_ms(3) == 3000000);
    assert_true(rni_time_of_ms(last) == last * 1000000);
    assert_true(rni_time_of_ms(last + 1) == RN_FOREVER);
    assert_true(rni_time_of_ms(INT64_MAX) == RN_FOREVER);
}

static void
a_capacity_doubles_until_it_is_enough(void **state)
{
    (void)state;
    assert_true(rni_size_grown(0, 1, 7) == 7);
    assert_true(rni_size_grown(7, 8, 7) == 14);
    assert_true(rni_size_grown(14, 100, 7) == 112);
}

static void
a_capacity_beyond_memory_is_none(void **state)
{
    (void)state;
    assert_true(rni_size_grown(1, most, 1) == 0);
    assert_true(rni_size_grown(0, most / 2, 1) == most / 2 + 1);
    assert_true(rni_size_grown(0, 1, most - 1) == most - 1);
    assert_true(rni_size_grown(0, 1, most) == 0);
}

/* The size of a list was once a plain sum, which a peer could make overflow on
 * 32 bits by sending hundreds of millions of empty lines. */
static void
a_list_larger_than_memory_has_no_size(void **state)
{
    (void)state;
    size_t many = SIZE_MAX / (sizeof(rn_line) + 2) + 1;
    assert_true(rni_size_of_list(many, sizeof(rn_line), many) == 0);
    assert_true(rni_size_of_list(most, 1, 0) == 0);
    assert_true(rni_size_of_list(1, 1, most - 2) == 0);
    assert_true(rni_size_of_list(1, 1, most - 3) == most);
    assert_true(rni_size_of_list(3, 16, 5) == 3 * 16 + 5 + 3 + 1);
    assert_true(rni_size_of_list(0, 16, 0) == 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_beyond_the_clock_is_for_ever),
        cmocka_unit_test(milliseconds_beyond_the_clock_are_for_ever),
        cmocka_unit_test(a_capacity_doubles_until_it_is_enough),
        cmocka_unit_test(a_capacity_beyond_memory_is_none),
        cmocka_unit_test(a_list_larger_than_memory_has_no_size),
    };
    return cmocka_run_group_tests_name("arithmetic", tests, NULL, NULL);
}
