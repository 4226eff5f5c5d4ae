/* SPDX-License-Identifier: MIT */
/* Stream calls with their comparison: what they took of the input, and what
 * they accepted to be sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum {
    MOST_PIECES = 100
};

/* A call that writes is over: whether it was accepted. */
static bool
wrote(int rc, const void *data, size_t len)
{
    if (rc == RN_OK)
        sw_wrote(data, len);
    else if (sw_is_broken())
        sw_wrote_perhaps(data, len);
    return rc == RN_OK;
}

bool
sw_write_bytes(rn_stream *s, const void *data, size_t len)
{
    int rc;
    do {
        sw_enter(OP_WRITE);
        rc = rn_write(s, data, len);
    } while (sw_again(rc, s, NULL, 0));
    return wrote(rc, data, len);
}

bool
sw_write(rn_stream *s, const char *text)
{
    return sw_write_bytes(s, text, strlen(text));
}

bool
sw_writeln(rn_stream *s, const char *text)
{
    char line[256];
    int rc;
    do {
        sw_enter(OP_WRITE);
        rc = rn_writeln(s, text, strlen(text));
    } while (sw_again(rc, s, NULL, 0));
    int len = snprintf(line, sizeof line, "%s\n", text);
    return wrote(rc, line, (size_t)len);
}

/* The text in so many pieces of one length, the last one with the rest. */
bool
sw_writev(rn_stream *s, const char *text, int count)
{
    struct iovec v[MOST_PIECES];
    size_t len = strlen(text);
    size_t each = len / (size_t)count;
    for (int i = 0; i < count; i++) {
        v[i].iov_base = (void *)(uintptr_t)(text + (size_t)i * each);
        v[i].iov_len = i + 1 < count ? each : len - (size_t)i * each;
    }
    int rc;
    do {
        sw_enter(OP_WRITE);
        rc = rn_writev(s, v, count);
    } while (sw_again(rc, s, NULL, 0));
    return wrote(rc, text, len);
}

bool
sw_print(rn_stream *s, int width, int number)
{
    char text[2048];
    int rc;
    do {
        sw_enter(OP_WRITE);
        rc = rn_printf(s, "<%*d>\n", width, number);
    } while (sw_again(rc, s, NULL, 0));
    int len = snprintf(text, sizeof text, "<%*d>\n", width, number);
    return wrote(rc, text, (size_t)len);
}

bool
sw_flush(rn_stream *s)
{
    int rc;
    do {
        sw_enter(OP_FLUSH);
        rc = rn_flush(s);
    } while (sw_again(rc, s, NULL, 0));
    sw_check(rc != RN_OK || rn_unsent(s) == 0, "rn_flush left something");
    return rc == RN_OK;
}

bool
sw_shutdown(rn_stream *s)
{
    int rc;
    do {
        sw_enter(OP_SHUTDOWN);
        rc = rn_shutdown_write(s);
    } while (sw_again(rc, s, NULL, 0));
    return rc == RN_OK;
}

/* An end that came too early is the fault's, or there is no more. */
static bool
ended(const char *call)
{
    sw_check(sw_met(SW_END) || sw_left_to_read() == 0,
             "%s met an end, and %zu bytes were to come", call,
             sw_left_to_read());
    return false;
}

bool
sw_read(rn_stream *s, size_t n)
{
    char data[4096];
    ptrdiff_t r;
    do {
        sw_enter(OP_READ);
        r = rn_read(s, data, n);
    } while (sw_again(r, s, NULL, 0));
    if (r < 0)
        return false;
    sw_took(data, (size_t)r);
    if (r == (ptrdiff_t)n)
        return true;
    /* Of two faults the second can be that there is no memory to keep the first
     * half: then the next call tells the failure. */
    return r > 0 && sw.hit[1] != NULL ? sw_read(s, n - (size_t)r)
                                      : ended("rn_read");
}

bool
sw_read_some(rn_stream *s, size_t n)
{
    char data[4096];
    while (n > 0) {
        ptrdiff_t r;
        do {
            sw_enter(OP_READ);
            r = rn_read_some(s, data, n);
        } while (sw_again(r, s, NULL, 0));
        if (r <= 0)
            return r == 0 && ended("rn_read_some");
        sw_took(data, (size_t)r);
        n -= (size_t)r;
    }
    return true;
}

bool
sw_readln(rn_stream *s)
{
    const char *line = NULL;
    size_t len = 0;
    int rc;
    do {
        sw_enter(OP_READLN);
        rc = rn_readln(s, &line, &len);
    } while (sw_again(rc, s, NULL, 0));
    if (rc <= 0)
        return rc == 0 && ended("rn_readln");
    sw_check(strlen(line) == len, "a line of %zu bytes is not terminated", len);
    sw_took_line(line, len);
    return true;
}

/* What it drops is known by what comes behind it: the scenario's lines are all
 * different. */
bool
sw_skip_line(rn_stream *s)
{
    int rc;
    do {
        sw_enter(OP_READLN);
        rc = rn_skip_line(s);
    } while (sw_again(rc, s, NULL, 0));
    if (rc > 0)
        sw_skipped_line();
    return rc > 0 || (rc == 0 && sw_met(SW_END) && ended("rn_skip_line"));
}

bool
sw_eof(rn_stream *s, int wanted)
{
    int rc;
    do {
        sw_enter(OP_READ);
        rc = rn_eof(s);
    } while (sw_again(rc, s, NULL, 0));
    if (rc < 0)
        return false;
    sw_check(rc == wanted || sw_met(SW_END), "rn_eof gave %d", rc);
    return rc == wanted;
}

bool
sw_peek(rn_stream *s)
{
    const void *data;
    sw_enter(OP_PEEK);
    ptrdiff_t n = rn_peek(s, &data);
    ptrdiff_t pending = rn_pending(s);
    if (sw_again(n, s, NULL, 0) || n < 0)
        return false;
    /* Of TLS more can be had without waiting than has been asked for. */
    sw_check(n == pending || (sw_is_over_tls() && n < pending),
             "%td bytes to peek at, %td pending", n, pending);
    sw_check(sw_is_next(data, (size_t)n), "rn_peek shows other bytes");
    return true;
}

bool
sw_read_all(rn_stream *s)
{
    char *data = NULL;
    size_t len = 0;
    int rc;
    do {
        sw_enter(OP_READ_ALL);
        rc = rn_read_all(s, &data, &len);
    } while (data == NULL && sw_again(rc, s, NULL, 0));
    if (data == NULL)
        return false;
    if (rc < 0) { /* only the closing failed */
        sw_again(rc, s, NULL, 0);
        sw_may_lose();
    }
    sw_leave();
    sw_took(data, len);
    sw.inside = true;
    rn_release(data);
    sw.inside = false;
    if (sw_left_to_read() > 0)
        ended("rn_read_all");
    return true;
}

bool
sw_read_lines(rn_stream *s)
{
    rn_lines lines;
    int rc;
    do {
        sw_enter(OP_READ_ALL);
        rc = rn_read_lines(s, &lines);
    } while (rn_fd(s) != RN_E_CLOSED && sw_again(rc, s, NULL, 0));
    if (rc < 0 && rn_fd(s) == RN_E_CLOSED) { /* reading or closing failed */
        sw_again(rc, s, NULL, 0);
        sw_may_lose();
    }
    sw_leave();
    for (size_t i = 0; i < lines.count; i++)
        sw_took_line(lines.line[i].text, lines.line[i].len);
    sw.inside = true;
    rn_lines_free(&lines);
    sw.inside = false;
    if (rc == RN_OK && sw_left_to_read() > 0)
        ended("rn_read_lines");
    return rc == RN_OK || sw_left_to_read() == 0;
}

bool
sw_read_fails(rn_stream *s, int code)
{
    const char *line;
    size_t len;
    int rc;
    do {
        sw_enter(OP_READLN);
        rc = rn_readln(s, &line, &len);
    } while (sw_again(rc, s, NULL, code));
    if (rc == 1)
        sw_took_line(line, len);
    sw_check(rc < 0 || sw_met(SW_END), "rn_readln gave %d instead of %s", rc,
             rn_code_name(code));
    return rc == code;
}

bool
sw_write_fails(rn_stream *s, const void *data, size_t len, int code)
{
    int rc;
    do {
        sw_enter(OP_WRITE);
        rc = rn_write(s, data, len);
    } while (sw_again(rc, s, NULL, code));
    wrote(rc, data, len);
    sw_check(rc < 0, "rn_write gave RN_OK instead of %s", rn_code_name(code));
    return rc == code;
}
