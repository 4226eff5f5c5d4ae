/* SPDX-License-Identifier: MIT */
/*
 * The judge's book of a conversation: where the caller is in what the peer
 * sent, what the library has accepted, what was set. Kept from the results of
 * the calls alone, and compared with the kernel after every one.
 */
#ifndef SIM_BOOK_H
#define SIM_BOOK_H

#include "wire.h"

struct book {
    rn_stream *s;
    bool closed;
    struct sim_limits in;
    struct sim_limits out;
    bool has_token;

    /* reading */
    size_t taken; /* of wire.text, by the caller */
    bool owes_lf; /* an LF that comes next belongs to the last line */
    int ending;
    bool strict;
    size_t max_line;
    size_t max_all;
    bool told_failure; /* a call has said that the connection broke */

    /* writing */
    rn_buffering buffering;
    size_t buffer_size;
    bool crlf;
    unsigned char wrote[WIRE_MOST]; /* accepted, then what is being tried */
    size_t accepted;
    size_t tried;
    size_t compared; /* of wire.out */
    bool shut;
    int out_broken; /* the code that stays, or 0 */
};

extern struct book book;

void book_begin(rn_stream *s, rn_buffering buffering, size_t buffer_size,
                size_t max_line);

/* A call begins, with the limits of its direction. */
void book_enter(const char *name, enum sim_kind kind);

/* It is over, with `code`: what holds after any call is checked. */
void book_leave(ptrdiff_t code);

/* An LF that the library had to swallow is swallowed, if it has seen it. */
void book_settle(void);

/* ---- What is to be read (lines.c) */

enum line_state {
    LINE_OPEN,
    LINE_WHOLE,
    LINE_BARE /* strict: an ending that is none */
};

struct line {
    enum line_state state;
    size_t len;
    size_t next; /* where the next one begins */
    int ending;
};

/* The line that begins at `from`, of the text up to `to`; `over`: nothing comes
 * behind that. */
struct line line_at(size_t from, size_t to, bool over);

/* Where the caller's next byte is, if so much has arrived. */
size_t book_place(size_t arrived);

enum want {
    WANT_BYTES,
    WANT_LINE,
    WANT_SKIP,
    WANT_END
};

/* Whether a reading call can be served from what has arrived. */
bool book_served(enum want want, size_t n, size_t arrived, bool over);

/* ---- Calls with their judgement (reading.c, rest.c, writing.c, closing.c) */

void call_readln(void);
void call_skip_line(void);
void call_read(size_t n);
void call_read_some(size_t n);
void call_eof(void);
void call_peek(void);
void call_read_all(void);
void call_read_lines(void);

void call_write(size_t n);
void call_flush(void);
void call_shutdown(void);

void call_close(void);
void call_abort(void);
void call_free(void);

/* A reading call begins; it failed with a code that any may give; whether the
 * library has seen an end. */
void reading_begin(const char *name);
void reading_failed(int code, enum want want, size_t n);
bool reading_came_to_end(void);

/* A failure of the end of a read_all or read_lines: the stream was closed. */
void judge_close(int code, size_t unsent_before);

/* Closing took no longer than it may. */
void judge_bound(void);

/* What may be said of a wait that ended. `served`: there was no need for it. */
void judge_stopped(int code, bool served_at_first, bool served_in_time);

#endif
