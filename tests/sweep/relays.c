/* SPDX-License-Identifier: MIT */
/* Scenarios of rn_relay_routes: what the peer sends comes back to it, or what
 * is in a pipe goes to it; whole, once and in order, or a beginning of it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "real.h"
#include "streams.h"

#if defined __has_include
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define SINGLE
#endif
#endif

/* What is to be moved, and how much of it was so far. */
struct load {
    char bytes[80000];
    size_t len;
    size_t moved;
};

/* Relay until it is done, or says `wanted`. */
static int
relay(struct load *load, rn_stream *from, rn_stream *to, int64_t idle,
      int wanted)
{
    rn_route route = {.from = from, .to = to};
    const rn_relay_options options = {.idle = idle};
    rn_error err;
    int rc;
    do {
        sw_enter(OP_RELAY);
        rc = rn_relay_routes(&route, 1, &options);
        sw_leave();
        sw_check((route.failed != NULL) == (route.code != RN_OK) &&
                     (route.failed == NULL || route.code == rc),
                 "the route tells %s, and the relay %s",
                 rn_code_name(route.code), rn_code_name(rc));
        sw_check(route.bytes <= load->len - load->moved, "too many were moved");
        sw_wrote(load->bytes + load->moved, (size_t)route.bytes);
        load->moved += (size_t)route.bytes;
        err = (rn_error){.code = rc, .message = "of no stream"};
        if (route.failed != NULL)
            rn_error_of(route.failed, &err);
    } while (sw_again(rc, to, &err, wanted));
    if (rc < 0 && sw_is_broken())
        sw_wrote_perhaps(load->bytes + load->moved, load->len - load->moved);
    sw_check(rc != RN_OK || load->moved == load->len || sw_is_broken() ||
                 sw_has_failed() || sw_met(SW_END),
             "%zu of %zu were moved, and all is well", load->moved, load->len);
    return rc;
}

static struct load *
feed(const char *const *pieces)
{
    static struct load load;
    load.len = load.moved = 0;
    for (int i = 0; pieces[i] != NULL; i++) {
        size_t len = strlen(pieces[i]);
        memcpy(load.bytes + load.len, pieces[i], len);
        load.len += len;
    }
    sw_feed(pieces, true);
    return &load;
}

static const char *const said[] = {"a line\nread ", "ahead\n", "and", " more",
                                   NULL};

bool
talk_echo(rn_stream *s)
{
    struct load *load = feed(said);
    if (!sw_write(s, "unsent: ") || !sw_readln(s))
        return false;
    load->len -= 7;
    memmove(load->bytes, load->bytes + 7, load->len);
    return relay(load, s, s, 0, 0) == RN_OK;
}

/* There might be one that closes the stream. */
bool
talk_echo_beside_threads(rn_stream *s)
{
#ifdef SINGLE
    char before = __libc_single_threaded; /* a sanitizer may have a thread */
    __libc_single_threaded = 0;
    bool fine = talk_echo(s);
    __libc_single_threaded = before;
    return fine;
#else
    return talk_echo(s); /* where nobody tells, there always might */
#endif
}

/* The peer does not read for a while. */
bool
talk_echo_stopped(rn_stream *s)
{
    enum {
        PIECE = 3000,
        PIECES = 8
    };
    static char text[PIECES][PIECE + 1];
    static const char *pieces[PIECES + 1];
    for (int i = 0; i < PIECES; i++) {
        memset(text[i], 'a' + i, PIECE);
        pieces[i] = text[i];
    }
    int small = 1; /* the least there is */
    __real_setsockopt(rn_fd(s), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    struct load *load = feed(pieces);
    sw_lazy(true);
    int rc = relay(load, s, s, 500, RN_E_TIMEOUT);
    if (rc != RN_E_TIMEOUT)
        return false;
    sw_lazy(false);
    return relay(load, s, s, 0, 0) == RN_OK;
}

bool
talk_relay_pipe(rn_stream *s)
{
    static struct load load;
    int ends[2];
    rn_error err;
    load.moved = 0;
#ifdef RNI_BUFFER_SIZE
    load.len = 700; /* tiny buffers: as many calls all the same */
#else
    load.len = 20000;
#endif
    for (size_t i = 0; i < load.len; i++)
        load.bytes[i] = (char)(i * 7 + i / 251);
    sw_need(__real_pipe2(ends, O_CLOEXEC) == 0, "a pipe");
    sw_need(__real_write(ends[1], load.bytes, load.len) == (ssize_t)load.len,
            "a full pipe");
    __real_close(ends[1]);
    sw_quiet(OP_FROM_FD);
    rn_stream *from = rn_from_fd(ends[0], RN_BUFFERED, &err);
    sw_leave();
    sw_need(from != NULL, "a stream");
    sw_owns(ends[0]);
    int rc = relay(&load, from, s, 0, 0);
    sw_enter(OP_CLOSE);
    rn_free(from);
    sw_leave();
    return rc == RN_OK;
}
