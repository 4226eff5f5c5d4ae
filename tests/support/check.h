/* SPDX-License-Identifier: MIT */
/* cmocka with what it needs before it, and checks that name runnel's codes. */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "runnel.h"

/* A text as a piece for rn_writev, whose struct iovec knows no const. */
#define PIECE(text)                                                            \
    {                                                                          \
        (void *)(uintptr_t)(text), sizeof(text) - 1                            \
    }

/* A call's code is the expected one; else both names are printed. */
#define assert_code(call, expected)                                            \
    check_code((long)(call), (expected), #call, __FILE__, __LINE__)

static inline void
check_code(long got, int expected, const char *call, const char *file, int line)
{
    if (got != expected)
        print_error("%s gave %s (%ld), not %s\n", call,
                    got < 0 ? rn_code_name((int)got) : "a result", got,
                    rn_code_name(expected));
    _assert_true(got == expected, call, file, line);
}

/* The story is of this code, and not of a failure of the system's. */
#define assert_ours(err, expected)                                             \
    do {                                                                       \
        assert_code((err).code, (expected));                                   \
        assert_int_equal((err).sys_errno, 0);                                  \
    } while (0)

/* The next line of s is `text`. */
#define assert_line(s, text) check_line((s), (text), __FILE__, __LINE__)

static inline void
check_line(rn_stream *s, const char *text, const char *file, int at)
{
    const char *line = NULL;
    size_t len = 0;
    int rc = rn_readln(s, &line, &len);
    if (rc != 1)
        print_error("expected the line \"%s\", got %s\n", text,
                    rc == 0 ? "the end" : rn_code_name(rc));
    _assert_int_equal((unsigned long)rc, 1, file, at);
    _assert_string_equal(line, text, file, at);
    _assert_int_equal(len, strlen(text), file, at);
}

/* rn_read of n bytes gives just `text`. */
#define assert_read(s, n, text) check_read((s), (n), (text), __FILE__, __LINE__)

static inline void
check_read(rn_stream *s, size_t n, const char *text, const char *file, int at)
{
    char data[4096];
    assert_true(n < sizeof data);
    ptrdiff_t got = rn_read(s, data, n);
    if (got < 0)
        print_error("rn_read gave %s\n", rn_code_name((int)got));
    _assert_int_equal((unsigned long)got, strlen(text), file, at);
    data[got] = '\0';
    _assert_string_equal(data, text, file, at);
}

#endif
