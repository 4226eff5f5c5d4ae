/* SPDX-License-Identifier: MIT */
/* Lines that follow from a few numbers, so that any wrong byte is seen. */
#include <stdio.h>
#include <string.h>

#include "soak.h"

enum {
    SHORT = 200,
    LONG = 3000
};

static uint32_t
next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

int
line_make(const struct line *l, char *text)
{
    uint32_t state = (l->id * 2654435761u) ^ (l->gen * 40503u) ^
        (l->seq * 2246822519u) ^ 1u << 31;
    uint32_t length = next(&state);
    if (l->kind == KIND_FULL)
        length = LONG;
    else
        length = length >> 8 & 7 ? length % SHORT : length % LONG;
    int n = sprintf(text, "%c %u %u %u %u ", l->kind, l->id, l->gen, l->seq,
                    l->pause);
    for (uint32_t i = 0; i < length; i += 4) {
        uint32_t bytes = next(&state) | 0x40404040; /* no CR, LF or NUL */
        uint32_t left = length - i;
        memcpy(text + n, &bytes, left < 4 ? left : 4);
        n += left < 4 ? (int)left : 4;
    }
    text[n] = '\0';
    return n;
}

bool
line_check(const char *text, size_t len, struct line *l)
{
    char want[LINE_SIZE];
    if (sscanf(text, "%c %u %u %u %u ", &l->kind, &l->id, &l->gen, &l->seq,
               &l->pause) != 5)
        return false;
    return (size_t)line_make(l, want) == len && memcmp(want, text, len) == 0;
}
