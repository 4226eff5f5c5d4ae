/* SPDX-License-Identifier: MIT */
/* The rule of lines once more, in the simplest words: no state, no window. */
#include "book.h"

struct line
line_at(size_t from, size_t to, bool over)
{
    const unsigned char *text = wire.text;
    size_t i = from;
    while (i < to && text[i] != '\r' && text[i] != '\n')
        i++;
    struct line line = {.len = i - from, .next = i, .state = LINE_OPEN};
    if (i == to) {
        if (over && i > from && !book.strict)
            line.state = LINE_WHOLE;
        return line;
    }
    bool cr = text[i] == '\r';
    bool lf_next = cr && i + 1 < to && text[i + 1] == '\n';
    if (lf_next) {
        line.ending = RN_ENDING_CRLF;
        line.next = i + 2;
        line.state = LINE_WHOLE;
        return line;
    }
    line.ending = cr ? RN_ENDING_CR : RN_ENDING_LF;
    line.next = i + 1;
    line.state = book.strict ? LINE_BARE : LINE_WHOLE;
    if (book.strict && cr && i + 1 == to)
        line.state = LINE_OPEN; /* its LF may come yet */
    return line;
}

size_t
book_place(size_t arrived)
{
    bool skip =
        book.owes_lf && book.taken < arrived && wire.text[book.taken] == '\n';
    return book.taken + skip;
}

/* rn_skip_line goes over what a strict rn_readln would refuse. */
static bool
skips(size_t from, size_t to)
{
    for (;;) {
        struct line line = line_at(from, to, false);
        if (line.state != LINE_BARE)
            return line.state == LINE_WHOLE;
        from = line.next;
    }
}

bool
book_served(enum want want, size_t n, size_t arrived, bool over)
{
    size_t place = book_place(arrived);
    if (over)
        return true;
    switch (want) {
    case WANT_BYTES:
        return arrived - place >= n;
    case WANT_LINE: {
        struct line line = line_at(place, arrived, false);
        return line.state != LINE_OPEN || line.len > book.max_line;
    }
    case WANT_SKIP:
        return skips(place, arrived);
    default:
        return false;
    }
}
