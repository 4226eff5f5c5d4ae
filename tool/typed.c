/* SPDX-License-Identifier: MIT */
/* Wiping the typed line: libedit does not tell in which of its rows the cursor
 * is, so they are counted as it counts when it draws them. */
#define _GNU_SOURCE
#include "typed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "screen.h"

/* The columns of a character that begins in `column`. */
static int
columns_of(wchar_t c, int column)
{
    if (c == L'\t')
        return 8 - column % 8;
    if (iswcntrl((wint_t)c))
        return 2; /* ^X */
    if (!iswprint((wint_t)c))
        return c > 0xffff ? 8 : 7; /* \U+12345 */
    int n = wcwidth(c);
    return n > 0 ? n : 1;
}

/* How many rows are above the cursor's. */
static int
rows_above(const LineInfoW *line, int width)
{
    int row = 0;
    int column = (int)strlen(TYPED_PROMPT);
    for (const wchar_t *p = line->buffer; p < line->cursor; p++) {
        int n = columns_of(*p, column);
        if (n == 2 && column + n > width) { /* a wide one is not cut in two */
            column = 0;
            row++;
        }
        for (column += n; column >= width; column -= width)
            row++;
    }
    return row;
}

void
typed_wipe(EditLine *el)
{
    int width = screen_width(STDOUT_FILENO);
    int rows = width > 0 ? rows_above(el_wline(el), width) : 0;
    if (rows > 0)
        printf("\033[%dA", rows);
    fputs("\r\033[J", stdout);
}
