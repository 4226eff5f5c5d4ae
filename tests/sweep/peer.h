/* SPDX-License-Identifier: MIT */
/*
 * The far end, played in the same thread: it sends its next piece when runnel
 * would wait for input, and reads when runnel would wait to write. What it was
 * sent and what runnel has handed out are compared byte by byte.
 */
#ifndef SWEEP_PEER_H
#define SWEEP_PEER_H

#include "contract.h"

enum sw_way {
    WAY_TCP,
    WAY_UNIX,
    WAY_IN,  /* a pipe to read */
    WAY_OUT, /* a pipe to write */
    WAY_FILE
};

/* What a scenario does with a stream: whether all of it was done. */
typedef bool sw_talk(rn_stream *s);

void sw_peer_begin(void);
void sw_peer_end(void);

/* A scenario of a stream: open, talk, end, compare. */
void sw_play(enum sw_way way, int flags, sw_talk *talk);

/* The same for a stream that the scenario made, to the raw end `far`. */
void sw_play_on(rn_stream *s, int far, sw_talk *talk);

/* What the peer sends, a piece at each turn, NULL at the end; then, where it
 * ends, it shuts its side down. The pieces must live on. */
void sw_feed(const char *const *pieces, bool ends);

/* The peer does not read while runnel waits; or does again. */
void sw_lazy(bool lazy);

/* What the peer sends and gets goes through this, as TLS. */
struct sw_cover {
    bool (*hears)(const void *data, size_t n);
    size_t (*reads)(void *data, size_t most);
    bool (*writes)(const void *data, size_t n);
    void (*ends)(void); /* NULL: it ends without a word */
    size_t (*says)(void *data, size_t most);
    bool (*was_told_end)(void); /* that nothing is missing */
};
void sw_cover(const struct sw_cover *cover);

/* The peer's end of a connection that the scenario accepts later. */
void sw_far_is(int fd);
bool sw_plain_turn(short events);

/* A turn of the scenario's own, instead of sending and reading. */
void sw_own_turn(bool (*turn)(short events));

/* The peer reads whatever has come. How much. */
size_t sw_drain(void);

/* The stream was not ended in a way that delivers everything. */
void sw_may_lose(void);

/* Not being able to set a run up is no result of it: ends the process. */
void sw_need(bool fine, const char *what);

/* A new descriptor for a stream, and its far end or -1. */
int sw_open_way(enum sw_way way, int *far);

/* A raw connection to a port of 127.0.0.1, and a raw listener. */
int sw_raw_connect(int port);
int sw_raw_listen(int *port, int backlog);
void sw_raw_close(int fd);

/* A path for a unix socket, nobody's. */
const char *sw_path(void);
void sw_path_make(void);
void sw_path_remove(void);

/* ---- Calls with their comparison; false: the talk cannot go on */

bool sw_write(rn_stream *s, const char *text);
bool sw_write_bytes(rn_stream *s, const void *data, size_t len);
bool sw_writeln(rn_stream *s, const char *text);
bool sw_writev(rn_stream *s, const char *text, int pieces);
bool sw_print(rn_stream *s, int width, int number);
bool sw_flush(rn_stream *s);
bool sw_shutdown(rn_stream *s);
bool sw_read(rn_stream *s, size_t n);
bool sw_read_some(rn_stream *s, size_t n);
bool sw_readln(rn_stream *s);
bool sw_skip_line(rn_stream *s);
bool sw_eof(rn_stream *s, int wanted);
bool sw_peek(rn_stream *s);
bool sw_read_all(rn_stream *s);
bool sw_read_lines(rn_stream *s);

/* A call that comes to `code`, where no fault changes that. */
bool sw_read_fails(rn_stream *s, int code);
bool sw_write_fails(rn_stream *s, const void *data, size_t len, int code);

/* ---- What was written and what is to be read */

void sw_wrote(const void *data, size_t len);
void sw_wrote_perhaps(const void *data, size_t len);
void sw_took(const void *data, size_t len);
void sw_took_line(const char *text, size_t len);
void sw_skipped_line(void);
bool sw_is_next(const void *data, size_t len);
size_t sw_left_to_read(void);

#endif
