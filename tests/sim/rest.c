/* SPDX-License-Identifier: MIT */
/* rn_read_all and rn_read_lines, which close, with their judgement. */
#include <string.h>

#include "book.h"

static size_t
begin_rest(const char *name)
{
    reading_begin(name);
    sim.op.then = &book.out;
    if (wire.told_end || wire.told_reader)
        sim_told_end();
    return talk_unsent();
}

/* Whether the stream was closed; then the judgement of that is made. */
static bool
rest_is_closed(int rc, size_t unsent)
{
    book.closed = rn_fd(book.s) == RN_E_CLOSED;
    if (book.closed)
        judge_close(rc, unsent);
    return book.closed;
}

void
call_read_all(void)
{
    char *data = NULL;
    size_t len = 0;
    size_t unsent = begin_rest("read_all");
    int rc = rn_read_all(book.s, &data, &len);
    if (rest_is_closed(rc, unsent)) {
        size_t place = book_place(wire.arrived);
        sim_check(reading_came_to_end(), "all of it, and the end never came");
        sim_check(data != NULL && len == wire.taken - place &&
                      memcmp(data, wire.text + place, len) == 0 &&
                      data[len] == '\0' && len <= book.max_all,
                  "read_all gives %zu bytes, it should be %zu", len,
                  wire.taken - place);
    } else {
        sim_check(rc < 0 && data == NULL, "read_all leaves the stream open");
        if (rc == RN_E_LIMIT)
            sim_check(wire.taken - book.taken > book.max_all, "LIMIT");
        else
            reading_failed(rc, WANT_END, 0);
    }
    rn_release(data);
    book_leave(rc);
}

static void
judge_lines(const rn_lines *lines, size_t place, bool whole)
{
    size_t i = 0;
    for (; place < wire.taken; i++) {
        struct line line = line_at(place, wire.taken, whole);
        if (line.state == LINE_OPEN)
            break;
        sim_check(
            i < lines->count && lines->line[i].len == line.len &&
                memcmp(lines->line[i].text, wire.text + place, line.len) == 0 &&
                lines->line[i].text[line.len] == '\0',
            "line %zu is not what was sent at %zu", i, place);
        place = line.next;
    }
    sim_check(i == lines->count, "%zu lines, it should be %zu", lines->count,
              i);
}

/* Some line of the rest is one that cannot be given. */
static bool
has_bad_line(int code)
{
    size_t place = book_place(wire.taken);
    while (place < wire.taken) {
        struct line line = line_at(place, wire.taken, true);
        if (line.len > book.max_line)
            return code == RN_E_LIMIT;
        if (line.state == LINE_BARE)
            return code == RN_E_NEWLINE;
        if (line.state == LINE_OPEN)
            return code == RN_E_EOF;
        place = line.next;
    }
    return false;
}

void
call_read_lines(void)
{
    rn_lines lines;
    size_t unsent = begin_rest("read_lines");
    bool was_told = book.told_failure;
    int rc = rn_read_lines(book.s, &lines);
    if (rn_fd(book.s) == RN_E_CLOSED) {
        bool broke = rc == RN_E_RESET && !wire.told_end;
        book.told_failure = book.told_failure || rc == RN_E_RESET;
        judge_lines(&lines, book_place(wire.taken), !broke);
        sim_check(broke || (wire.told_end && (wire.ended || was_told)),
                  "all lines, and the end never came");
        book.closed = true;
        if (!broke)
            judge_close(rc, unsent);
    } else {
        sim_check(rc < 0 && lines.count == 0, "read_lines leaves it open");
        bool limit = rc == RN_E_LIMIT && wire.taken - book.taken > book.max_all;
        if (!limit && !has_bad_line(rc))
            reading_failed(rc, WANT_END, 0);
    }
    rn_lines_free(&lines);
    book_leave(rc);
}
