/* SPDX-License-Identifier: MIT */
#include "mail.h"

#include <string.h>

static size_t
line_length(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] != '\r' && text[n] != '\n')
        n++;
    return n;
}

static int
write_line(rn_stream *s, const char *text, size_t len)
{
    struct iovec line[3] = {
        {(void *)(uintptr_t) ".", len > 0 && text[0] == '.'},
        {(void *)(uintptr_t)text, len},
        {(void *)(uintptr_t) "\r\n", 2},
    };
    return rn_writev(s, line, 3);
}

int
mail_write(rn_stream *s, const char *text, size_t len)
{
    int rc = RN_OK;
    size_t at = 0;
    while (rc == RN_OK && at < len) {
        size_t n = line_length(text + at, len - at);
        rc = write_line(s, text + at, n);
        at += n;
        if (at + 1 < len && text[at] == '\r' && text[at + 1] == '\n')
            at++;
        at++;
    }
    return rc < 0 ? rc : rn_write(s, ".\r\n", 3);
}

/* A CR ends a line at once. Whether its LF comes is known when the byte behind
 * it is there: rn_eof waits for one. Under the strict rule nothing else ends a
 * line, and this asks for nothing. */
static int
check_ending(rn_stream *s)
{
    int rc = RN_OK;
    if (rn_line_ending(s) == RN_ENDING_CR)
        rc = rn_eof(s);
    switch (rn_line_ending(s)) {
    case RN_ENDING_CRLF:
        return RN_OK;
    case RN_ENDING_NONE:
        return RN_E_EOF;
    case RN_ENDING_CR:
        return rc < 0 ? rc : RN_E_NEWLINE;
    default:
        return RN_E_NEWLINE;
    }
}

static int
take_line(rn_stream *s, struct mail *m)
{
    const char *line;
    size_t len;
    int rc = rn_readln(s, &line, &len);
    if (rc <= 0)
        return rc < 0 ? rc : RN_E_EOF;
    m->at_end = len == 1 && line[0] == '.';
    if (m->at_end)
        return RN_OK;
    size_t dot = len > 0 && line[0] == '.';
    len -= dot;
    if (len + 1 > MAIL_MAX - m->len)
        return RN_E_LIMIT;
    memcpy(m->text + m->len, line + dot, len);
    m->len += len;
    m->text[m->len++] = '\n';
    return RN_OK;
}

int
mail_read(rn_stream *s, struct mail *m)
{
    int rc;
    do {
        if (!m->in_doubt && (rc = take_line(s, m)) < 0)
            return rc;
        rc = check_ending(s);
        m->in_doubt = rc == RN_E_AGAIN;
    } while (rc == RN_OK && !m->at_end);
    return rc;
}
