/* SPDX-License-Identifier: MIT */
/* The far end: its descriptors, its turns, and what it sent and got. */
#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "real.h"

enum {
    MOST = 1 << 20
};

static struct {
    int fd; /* what it sends on and reads from, or -1 */
    const char *const *pieces;
    bool ends;
    bool lazy;
    bool may_lose;
    bool (*turn)(short events);
    const struct sw_cover *cover;
    size_t wrote;   /* of what runnel accepted */
    size_t perhaps; /* and of a write that broke */
    size_t got;
    size_t fed;
    size_t taken; /* by runnel's caller */
} peer;
static char wrote[MOST];
static char got[MOST];
static char fed[MOST];

void
sw_peer_begin(void)
{
    memset(&peer, 0, sizeof peer);
    peer.fd = -1;
}

void
sw_feed(const char *const *pieces, bool ends)
{
    peer.pieces = pieces;
    peer.ends = ends;
    for (; *pieces != NULL; pieces++) {
        size_t len = strlen(*pieces);
        sw_need(peer.fed + len < MOST, "what is fed");
        memcpy(fed + peer.fed, *pieces, len);
        peer.fed += len;
    }
}

void
sw_lazy(bool lazy)
{
    peer.lazy = lazy;
}

void
sw_own_turn(bool (*turn)(short events))
{
    peer.turn = turn;
}

void
sw_may_lose(void)
{
    peer.may_lose = true;
}

void
sw_cover(const struct sw_cover *cover)
{
    peer.cover = cover;
}

void
sw_far_is(int fd)
{
    peer.fd = fd;
}

/* At once, not when the one before was confirmed: see sw_drain. */
static bool
send_bytes(const char *data, size_t len)
{
    int at_once = 1;
    __real_setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &at_once,
                      sizeof at_once);
    ssize_t n = __real_send(peer.fd, data, len, MSG_NOSIGNAL);
    if (n < 0 && errno == ENOTSOCK)
        n = __real_write(peer.fd, data, len);
    return n == (ssize_t)len;
}

/* What it has to say. One that is gone already hears nothing. */
static bool
uncover(void)
{
    static char data[MOST];
    size_t n = peer.cover->says(data, sizeof data);
    return n > 0 && send_bytes(data, n);
}

/* What came goes through the cover. */
static void
take_in(const char *data, size_t n)
{
    if (peer.cover == NULL) {
        memcpy(got + peer.got, data, n);
        peer.got += n;
        return;
    }
    /* Without memory OpenSSL offers less, which the peer may refuse. */
    sw_check(peer.cover->hears(data, n) ||
                 (sw.hit[0] != NULL && sw.hit[0]->call == SW_OPENSSL) ||
                 (sw.hit[1] != NULL && sw.hit[1]->call == SW_OPENSSL),
             "the peer cannot read what it got");
    do {
        n = peer.cover->reads(got + peer.got, MOST - peer.got);
        peer.got += n;
    } while (n > 0);
    uncover();
}

size_t
sw_drain(void)
{
    static char data[MOST];
    size_t all = 0;
    const struct timespec at_once = {0};
    for (;;) {
        struct pollfd p = {.fd = peer.fd, .events = POLLIN};
        if (__real_ppoll(&p, 1, &at_once, NULL) <= 0)
            break;
        ssize_t n = __real_read(peer.fd, data, MOST - peer.got);
        if (n <= 0)
            break;
        take_in(data, (size_t)n);
        all += (size_t)n;
    }
    /* Confirmed now, not 40 ms later: nobody waits for real time here. */
    int now = 1;
    __real_setsockopt(peer.fd, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
    return all;
}

/* A client is the first to speak, without having heard anything. */
static bool
send_text(const char *text)
{
    size_t len = strlen(text);
    if (peer.cover == NULL)
        return send_bytes(text, len);
    return peer.cover->writes(text, len) && uncover();
}

static bool
send_piece(void)
{
    if (peer.pieces == NULL)
        return false;
    if (*peer.pieces != NULL) {
        bool sent = send_text(*peer.pieces);
        peer.pieces += sent || peer.cover == NULL;
        return sent;
    }
    if (!peer.ends)
        return false;
    peer.pieces = NULL;
    if (peer.cover != NULL && peer.cover->ends != NULL) {
        peer.cover->ends();
        uncover();
    }
    if (__real_shutdown(peer.fd, SHUT_WR) == 0)
        return true;
    __real_close(peer.fd); /* a pipe */
    peer.fd = -1;
    return true;
}

bool
sw_turn(short events)
{
    return peer.turn != NULL ? peer.turn(events) : sw_plain_turn(events);
}

bool
sw_plain_turn(short events)
{
    if (peer.fd < 0)
        return false;
    if (!peer.lazy && sw_drain() > 0)
        return true;
    if (peer.cover != NULL && uncover())
        return true;
    return events & POLLIN && send_piece();
}

void
sw_wrote(const void *data, size_t len)
{
    sw_need(peer.wrote + len < MOST, "what is written");
    memcpy(wrote + peer.wrote, data, len);
    peer.wrote += len;
}

void
sw_wrote_perhaps(const void *data, size_t len)
{
    if (peer.perhaps > 0 || peer.wrote + len >= MOST)
        return;
    memcpy(wrote + peer.wrote, data, len);
    peer.perhaps = len;
}

void
sw_took(const void *data, size_t len)
{
    sw_check(len <= peer.fed - peer.taken &&
                 memcmp(fed + peer.taken, data, len) == 0,
             "%zu bytes at %zu are not those that were sent", len, peer.taken);
    peer.taken += len;
    if (peer.taken > peer.fed)
        peer.taken = peer.fed;
}

/* Over the ending that the next byte begins. */
static bool
step_over_ending(void)
{
    size_t before = peer.taken;
    if (peer.taken < peer.fed && fed[peer.taken] == '\r') {
        peer.taken++;
        peer.taken += peer.taken < peer.fed && fed[peer.taken] == '\n';
    } else if (peer.taken < peer.fed && fed[peer.taken] == '\n') {
        peer.taken++;
    }
    return peer.taken > before;
}

void
sw_took_line(const char *text, size_t len)
{
    sw_took(text, len);
    sw_check(step_over_ending() || peer.taken == peer.fed || sw_met(SW_END),
             "a line of %zu bytes ends at %zu, where there is no ending", len,
             peer.taken);
}

void
sw_skipped_line(void)
{
    while (!step_over_ending() && peer.taken < peer.fed)
        peer.taken++;
}

bool
sw_is_next(const void *data, size_t len)
{
    return len <= peer.fed - peer.taken &&
        memcmp(fed + peer.taken, data, len) == 0;
}

size_t
sw_left_to_read(void)
{
    return peer.fed - peer.taken;
}

/* ---- A stream's scenario */

/* Some calls after the end, and the same end again. */
static void
judge_closed(rn_stream *s)
{
    const char *line;
    sw.inside = true;
    int again = rn_close(s);
    int fd = rn_fd(s);
    int read = rn_readln(s, &line, NULL);
    int write = rn_write(s, "x", 1);
    sw.inside = false;
    sw_check(again == RN_OK, "closing again gives %s", rn_code_name(again));
    sw_check(fd == RN_E_CLOSED, "rn_fd gives %d after closing", fd);
    sw_check(read == RN_E_CLOSED, "rn_readln gives %d after closing", read);
    sw_check(write == RN_E_CLOSED, "rn_write gives %d after closing", write);
}

static void
judge_delivered(bool all)
{
    if (peer.got > peer.wrote + peer.perhaps ||
        memcmp(got, wrote, peer.got) != 0)
        sw_bad("the peer's %zu bytes are no prefix of the %zu written",
               peer.got, peer.wrote + peer.perhaps);
    else if (all && peer.got != peer.wrote)
        sw_bad("the peer has %zu of %zu bytes, and closing said RN_OK",
               peer.got, peer.wrote);
}

/* A connection that is gone need not take the last word; and where hands could
 * not be shaken there is none. */
static void
judge_told_end(void)
{
    const struct sw_fault *hit = sw.hit[0];
    bool connected = hit == NULL || hit->code == SW_ABSORBED ||
        hit->code == SW_STORM || sw_is_allocation(hit->call);
    bool may_not = sw.plan.mode == SW_ALWAYS && sw_has_failed();
    sw_check(!connected || may_not || sw.hit[1] != NULL || peer.may_lose ||
                 sw_is_broken() || sw_met(SW_END) || peer.cover->was_told_end(),
             "closing said RN_OK, and the peer was not told the end");
}

void
sw_play_on(rn_stream *s, int far, sw_talk *talk)
{
    peer.fd = far;
    bool done = talk(s);
    bool may_stop = sw_is_broken() || sw_met(SW_END) ||
        (sw.plan.mode == SW_ALWAYS && sw_has_failed());
    sw_check(done || may_stop, "the talk stopped, and nothing had failed");
    peer.lazy = false;
    sw_enter(OP_CLOSE);
    int rc = rn_close(s);
    sw_again(rc, s, NULL, 0);
    if (peer.fd >= 0)
        sw_drain();
    judge_closed(s);
    sw_enter(OP_CLOSE);
    rn_free(s);
    sw_leave();
    if (rc == RN_OK && peer.cover != NULL)
        judge_told_end();
    if (far >= 0)
        judge_delivered(rc == RN_OK && !peer.may_lose && !sw_is_broken());
    if (peer.fd >= 0)
        sw_raw_close(peer.fd);
}

void
sw_play(enum sw_way way, int flags, sw_talk *talk)
{
    int far;
    int fd = sw_open_way(way, &far);
    rn_stream *s;
    rn_error err;
    sw_limit_reset(fd);
    do {
        sw_enter(OP_FROM_FD);
        s = rn_from_fd(fd, flags, &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, 0));
    if (s == NULL) { /* left open, as it says */
        __real_close(fd);
        if (far >= 0)
            sw_raw_close(far);
        return;
    }
    if ((flags & RN_KEEP_FD) == 0)
        sw_owns(fd);
    sw_play_on(s, far, talk);
    if (flags & RN_KEEP_FD)
        sw_raw_close(fd);
}
