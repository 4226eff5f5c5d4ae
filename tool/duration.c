/* SPDX-License-Identifier: MIT */
/* Durations: from text, and to it. */
#include "duration.h"

#include <stdio.h>
#include <string.h>

#define MICROSECONDS_A_YEAR (INT64_C(366) * 24 * 3600 * 1000000)

static const struct {
    const char *name;
    int64_t us;
} units[] = {
    {"", 1000000},   {"us", 1},         {"ms", 1000},        {"s", 1000000},
    {"m", 60000000}, {"min", 60000000}, {"h", 3600000000LL},
};

static int64_t
unit(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(name, units[i].name) == 0)
            return units[i].us;
    return 0;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool
parse_duration(const char *text, int64_t *ms)
{
    const char *p = text;
    const char *digits = "0123456789.";
    int64_t us = unit(text + strspn(text, digits));
    if (us == 0 || !is_digit(*p))
        return false;
    int64_t sum = 0;
    for (; is_digit(*p); p++) {
        int64_t whole = sum * 10 + (*p - '0') * us;
        if (whole > MICROSECONDS_A_YEAR)
            return false;
        sum = whole;
    }
    bool rest = false;
    if (*p == '.') {
        if (!is_digit(p[1]))
            return false;
        for (p++; is_digit(*p); p++) {
            rest = rest || us % 10 * (*p - '0') != 0;
            us /= 10;
            sum += (*p - '0') * us;
        }
    }
    if (is_digit(*p) || *p == '.')
        return false;
    *ms = (sum + rest + 999) / 1000;
    return true;
}

const char *
print_duration(int64_t ns, char buf[DURATION_SIZE])
{
    static const char *const names[] = {"ns", "us", "ms", "s"};
    double value = (double)ns;
    int i = 0;
    for (; value >= 999.5 && i < 3; i++)
        value /= 1000;
    int decimals = i == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
    snprintf(buf, DURATION_SIZE, "%.*f %s", decimals, value, names[i]);
    return buf;
}
