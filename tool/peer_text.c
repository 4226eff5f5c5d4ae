/* SPDX-License-Identifier: MIT */
/* A peer's bytes on a terminal: see peer_text.h. */
#define _GNU_SOURCE
#include "peer_text.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

static void
start_line(const struct peer_text *p, bool goes_on)
{
    const char *mark = goes_on ? "  " : "< ";
    printf(p->color ? "\033[36m%s" : "%s", mark);
}

static void
end_line(const struct peer_text *p)
{
    fputs(p->color ? "\033[0m\n" : "\n", stdout);
}

/* The marks that turn the direction of writing are no controls to iswprint, but
 * make a line look like another one. */
static bool
is_plain(wchar_t c)
{
    bool turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return c == L'\t' || (iswprint((wint_t)c) && !turns);
}

/* How long the letter at `data` is, 1 for a byte that is none, and 0 where the
 * rest of it is missing. The C1 controls of UTF-8 are letters of two bytes. */
static size_t
letter(const char *data, size_t len, bool all, bool *plain)
{
    wchar_t c;
    mbstate_t state = {0};
    size_t n = mbrtowc(&c, data, len, &state);
    *plain = n > 0 && n <= len && is_plain(c);
    return *plain ? n : n == (size_t)-2 && !all ? 0 : 1;
}

static void
print_letter(const char *data, size_t n, bool plain)
{
    if (plain)
        fwrite(data, 1, n, stdout);
    else
        printf("\\x%02x", (unsigned char)*data);
}

size_t
peer_text_print(struct peer_text *p, const char *data, size_t len, bool all)
{
    bool open = false;
    bool plain;
    size_t i = 0;
    for (size_t n; i < len && (n = letter(data + i, len - i, all, &plain)) > 0;
         i += n) {
        char c = data[i];
        bool ends = c == '\n' || c == '\r';
        bool skip = c == '\n' && p->after_cr;
        p->after_cr = c == '\r';
        if (skip)
            continue;
        if (!open && !(p->inside && ends))
            start_line(p, p->inside && !p->answered);
        p->answered = false;
        if (!ends)
            print_letter(data + i, n, plain);
        else if (open || !p->inside)
            end_line(p);
        open = p->inside = !ends;
    }
    if (open)
        end_line(p);
    return i;
}
