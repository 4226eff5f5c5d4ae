/* SPDX-License-Identifier: MIT */
/* Rows of equal steps, and one for all that lies beyond them: a few stragglers
 * would otherwise press everything else into the first row. */
#include "histogram.h"

#include "duration.h"

enum {
    ROWS = 10,
    LABEL = 25, /* columns before the bar */
    LEAST_BAR = 10
};

/* The smallest of 1, 2, 5, 10, 20, 50 ... that is not below `n`. */
static int64_t
round_step(int64_t n)
{
    int64_t power = 1;
    while (power * 10 <= n)
        power *= 10;
    return power >= n    ? power
        : power * 2 >= n ? power * 2
        : power * 5 >= n ? power * 5
                         : power * 10;
}

static void
print_row(FILE *to, int64_t from, const char *relation, size_t n, size_t most,
          int room)
{
    char text[DURATION_SIZE];
    size_t len = (n * (size_t)room + most - 1) / most;
    fprintf(to, "  %s %8s %8zu  ", relation, print_duration(from, text), n);
    while (len-- > 0)
        putc('#', to);
    putc('\n', to);
}

void
print_histogram(FILE *to, const int64_t *sorted, size_t count, int width)
{
    size_t row[ROWS + 1] = {0};
    int64_t usual = sorted[(count - 1) * 9 / 10];
    int64_t step = round_step((usual - sorted[0]) / (ROWS - 1) + 1);
    int64_t start = sorted[0] / step * step;
    size_t most = 1;
    int last = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t at = (sorted[i] - start) / step;
        last = at < ROWS ? (int)at : ROWS;
        if (++row[last] > most)
            most = row[last];
    }
    int room = width - LABEL > LEAST_BAR ? width - LABEL : LEAST_BAR;
    for (int i = 0; i <= last && i < ROWS; i++)
        print_row(to, start + i * step, "  ", row[i], most, room);
    if (row[ROWS] > 0)
        print_row(to, start + ROWS * step, ">=", row[ROWS], most, room);
}
