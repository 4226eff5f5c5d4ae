/* SPDX-License-Identifier: MIT */
/* Windows and their memory. */
#include <stdlib.h>

#include "../../src/stream/stream.h"
#include "../support/check.h"

static void
put(struct rni_window *w, const char *text)
{
    rni_window_put(w, (const unsigned char *)text, strlen(text));
}

static void
put_then_take_gives_the_bytes_back(void **state)
{
    (void)state;
    unsigned char memory[9];
    struct rni_window w = {.base = memory, .cap = 8};
    unsigned char out[8];
    put(&w, "abcde");
    assert_int_equal(rni_window_len(&w), 5);
    assert_int_equal(rni_window_room(&w), 3);
    rni_window_take(&w, out, 2);
    assert_memory_equal(out, "ab", 2);
    put(&w, "fgh");
    assert_int_equal(rni_window_room(&w), 0);
    rni_window_take(&w, out, 6);
    assert_memory_equal(out, "cdefgh", 6);
    assert_int_equal(rni_window_len(&w), 0);
}

static void
nothing_can_be_put_and_taken_without_memory(void **state)
{
    (void)state;
    struct rni_window w = {.base = NULL};
    rni_window_put(&w, NULL, 0);
    rni_window_take(&w, NULL, 0);
    assert_int_equal(rni_window_compact(&w), 0);
    assert_int_equal(rni_window_len(&w), 0);
}

static void
compacting_moves_the_bytes_to_the_start(void **state)
{
    (void)state;
    unsigned char memory[9] = "abcdefgh";
    struct rni_window w = {.base = memory, .cap = 8, .beg = 3, .end = 8};
    assert_int_equal(rni_window_compact(&w), 3);
    assert_int_equal(w.beg, 0);
    assert_int_equal(w.end, 5);
    assert_memory_equal(memory, "defgh", 5);
}

static void
room_grows_in_doubling_steps_and_keeps_the_bytes(void **state)
{
    (void)state;
    struct rni_window w = {.base = NULL};
    assert_code(rni_room(&w, NULL, 1, 4), RN_OK);
    assert_int_equal(w.cap, 4);
    put(&w, "wxyz");
    assert_code(rni_room(&w, NULL, 1, 4), RN_OK);
    assert_int_equal(w.cap, 8);
    assert_code(rni_room(&w, NULL, 30, 4), RN_OK);
    assert_int_equal(w.cap, 64);
    assert_memory_equal(w.base + w.beg, "wxyz", 4);
    rni_room_drop(&w, NULL);
    assert_null(w.base);
    assert_int_equal(w.cap, 0);
}

static void
room_is_made_by_moving_before_growing(void **state)
{
    (void)state;
    struct rni_window w = {.base = NULL};
    struct rni_line line = {.known = 4};
    assert_code(rni_room(&w, NULL, 4, 4), RN_OK);
    put(&w, "abcd");
    w.beg = 3;
    assert_code(rni_room(&w, &line, 3, 4), RN_OK);
    assert_int_equal(w.cap, 4);
    assert_int_equal(w.end, 1);
    assert_int_equal(line.known, 1);
    rni_room_drop(&w, NULL);
}

static void
impossible_room_is_memory_and_changes_nothing(void **state)
{
    (void)state;
    struct rni_window w = {.base = NULL};
    assert_code(rni_room(&w, NULL, 4, 4), RN_OK);
    put(&w, "ab");
    assert_code(rni_room(&w, NULL, SIZE_MAX, 4), RN_E_MEMORY);
    assert_code(rni_room(&w, NULL, PTRDIFF_MAX - 1, 4), RN_E_MEMORY);
    assert_int_equal(rni_window_len(&w), 2);
    assert_memory_equal(w.base, "ab", 2);
    rni_room_drop(&w, NULL);
    /* As much as an object can have, where nothing is held yet. */
    assert_code(rni_room(&w, NULL, PTRDIFF_MAX, 4), RN_E_MEMORY);
    assert_code(rni_room(&w, NULL, PTRDIFF_MAX, PTRDIFF_MAX), RN_E_MEMORY);
    assert_null(w.base);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_then_take_gives_the_bytes_back),
        cmocka_unit_test(nothing_can_be_put_and_taken_without_memory),
        cmocka_unit_test(compacting_moves_the_bytes_to_the_start),
        cmocka_unit_test(room_grows_in_doubling_steps_and_keeps_the_bytes),
        cmocka_unit_test(room_is_made_by_moving_before_growing),
        cmocka_unit_test(impossible_room_is_memory_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
