/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: a whole stream over a socket pair. The input is a script: each
 * byte an operation, often with an argument behind it; the other end sends the
 * bytes that the script says and gathers what comes. Whatever is done, what was
 * read is what was sent but for line endings, and what arrived is what was
 * written, in order and once.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MOST = 1 << 16
};

struct play {
    const uint8_t *at;
    const uint8_t *end;
    rn_stream *s;
    int peer;
    char sent[MOST]; /* by the peer, without CR and LF */
    size_t sent_len;
    size_t read_len; /* of those, what was read */
    char written[MOST];
    size_t written_len;
    size_t arrived_len;
    bool ended; /* the peer sends no more */
};

static void
check(bool fine)
{
    if (!fine)
        abort();
}

static uint8_t
next(struct play *p)
{
    return p->at < p->end ? *p->at++ : 0;
}

/* Bytes that the stream gave: the same as were sent, endings left out. */
static void
got(struct play *p, const char *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (data[i] == '\r' || data[i] == '\n')
            continue;
        check(p->read_len < p->sent_len && p->sent[p->read_len] == data[i]);
        p->read_len++;
    }
}

static void
peer_sends(struct play *p)
{
    char data[32];
    size_t n = next(p) % sizeof data;
    for (size_t i = 0; i < n; i++)
        data[i] = (char)next(p);
    if (p->ended || n == 0 || p->sent_len + n > MOST)
        return;
    check(send(p->peer, data, n, MSG_NOSIGNAL) == (ssize_t)n);
    for (size_t i = 0; i < n; i++)
        if (data[i] != '\r' && data[i] != '\n')
            p->sent[p->sent_len++] = data[i];
}

static void
peer_gathers(struct play *p)
{
    char data[4096];
    ssize_t n;
    while ((n = recv(p->peer, data, sizeof data, MSG_DONTWAIT)) > 0) {
        check(p->arrived_len + (size_t)n <= p->written_len);
        check(memcmp(data, p->written + p->arrived_len, (size_t)n) == 0);
        p->arrived_len += (size_t)n;
    }
}

/* Bytes that a write call is given, perhaps with a line break of its own. */
static void
write_bytes(struct play *p, bool line)
{
    char data[64];
    size_t n = next(p) % (sizeof data - 1);
    memset(data, 'a' + next(p) % 26, n);
    data[n] = '\n';
    if (p->written_len + n + 1 > MOST)
        return;
    int rc = line ? rn_writeln(p->s, data, n) : rn_write(p->s, data, n);
    if (rc != RN_OK)
        return; /* taken whole or not at all */
    memcpy(p->written + p->written_len, data, n + 1);
    p->written_len += line ? n + 1 : n;
}

static void
read_line(struct play *p)
{
    const char *line;
    size_t len;
    if (rn_readln(p->s, &line, &len) <= 0)
        return;
    check(line[len] == '\0');
    check(memchr(line, '\n', len) == NULL && memchr(line, '\r', len) == NULL);
    got(p, line, len);
}

static void
read_bytes(struct play *p, bool some)
{
    char data[300];
    size_t n = next(p);
    ptrdiff_t r =
        some ? rn_read_some(p->s, data, n + 1) : rn_read(p->s, data, n);
    if (r > 0)
        got(p, data, (size_t)r);
}

static void
look(struct play *p)
{
    const void *data;
    ptrdiff_t n = rn_peek(p->s, &data);
    check(n < 0 || n == rn_pending(p->s));
    rn_eof(p->s);
    check(n < 0 || rn_pending(p->s) >= n);
}

static void
set(struct play *p)
{
    uint8_t what = next(p);
    if (what % 3 == 0)
        rn_set_buffer_size(p->s, (size_t)next(p) + 1);
    else if (what % 3 == 1)
        rn_set_max_line(p->s, (size_t)next(p) + 1);
    else
        rn_set_unlocked(p->s, what & 8);
}

static void
step(struct play *p)
{
    switch (next(p) % 11) {
    case 0:
        peer_sends(p);
        break;
    case 1:
        peer_gathers(p);
        break;
    case 2:
        write_bytes(p, false);
        break;
    case 3:
        write_bytes(p, true);
        break;
    case 4:
        read_line(p);
        break;
    case 5:
        read_bytes(p, false);
        break;
    case 6:
        read_bytes(p, true);
        break;
    case 7:
        look(p);
        break;
    case 8:
        rn_flush(p->s);
        break;
    case 9:
        set(p);
        break;
    case 10:
        shutdown(p->peer, SHUT_WR);
        p->ended = true;
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct play p;
    int pair[2];
    if (size < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return 0;
    p = (struct play){.at = data + 1, .end = data + size, .peer = pair[1]};
    p.s = rn_from_fd(pair[0], data[0] % 3, NULL);
    check(p.s != NULL);
    rn_set_deadline(p.s, RN_BOTH, RN_NOW);
    while (p.at < p.end)
        step(&p);
    bool all = rn_flush(p.s) == RN_OK;
    rn_close(p.s);
    peer_gathers(&p);
    check(!all || p.arrived_len == p.written_len);
    rn_free(p.s);
    close(pair[1]);
    return 0;
}
