/* SPDX-License-Identifier: MIT */
/* Scenarios of streams that are open: written, read, ended, in each mode and on
 * each kind of descriptor. */
#include "streams.h"

#include <string.h>

static void
small_buffers(rn_stream *s)
{
    sw_quiet(OP_SET);
    rn_set_buffer_size(s, 16);
    sw_leave();
}

bool
talk_write(rn_stream *s)
{
    small_buffers(s);
    return sw_write(s, "first ") && sw_writeln(s, "second") &&
        sw_writev(s, "the third is of pieces\n", 3) && sw_print(s, 3, 4) &&
        sw_print(s, 700, 5) && sw_writeln(s, "") && sw_flush(s) &&
        sw_write(s, "the last one is longer than a buffer") &&
        sw_write(s, "end");
}

/* More than the system takes at once, so that the writer waits for the peer. */
static bool
write_much(rn_stream *s, size_t most)
{
    static unsigned char much[60000];
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (unsigned char)(i * 7 + i / 251);
    return sw_write(s, "head\n") && sw_write_bytes(s, much, most) &&
        sw_write(s, "tail\n") && sw_flush(s);
}

bool
talk_write_much(rn_stream *s)
{
    return write_much(s, 60000);
}

/* More pieces than one send takes, into small buffers. */
bool
talk_write_pieces(rn_stream *s)
{
    static const char text[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-+"
        "9876543210zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA";
    small_buffers(s);
    return sw_writev(s, text, 100) && sw_writev(s, "and three more", 3) &&
        sw_flush(s);
}

static const char *const words[] = {"He",
                                    "llo, here",
                                    " is a ",
                                    "text of ",
                                    "some pieces, and that is all of it",
                                    NULL};

bool
talk_read(rn_stream *s)
{
    small_buffers(s);
    sw_feed(words, true);
    return sw_read(s, 4) && sw_peek(s) && sw_read_some(s, 9) && sw_eof(s, 0) &&
        sw_peek(s) && sw_read(s, 30) && sw_read(s, 3) && sw_read_some(s, 8) &&
        sw_read(s, sw_left_to_read()) && sw_eof(s, 1);
}

static const char *const lines[] = {
    "one\ntw",
    "o\r\nthree\r",
    "\nfour\rfi",
    "ve\n\n",
    "a line that is so long that it needs several buffers to hold it\r\n",
    "to be dropped, ",
    "all of it\nlast",
    NULL};

bool
talk_lines(rn_stream *s)
{
    small_buffers(s);
    sw_feed(lines, true);
    for (int i = 0; i < 7; i++)
        if (!sw_readln(s))
            return false;
    return sw_skip_line(s) && sw_readln(s) && sw_eof(s, 1);
}

static const char *const strict_lines[] = {"one\r", "\ntwo\r\nthr", "ee\r\n",
                                           NULL};

bool
talk_strict_lines(rn_stream *s)
{
    sw_quiet(OP_SET);
    rn_set_newline(s, RN_NEWLINE_STRICT);
    sw_leave();
    sw_feed(strict_lines, true);
    return sw_readln(s) && sw_readln(s) && sw_readln(s) && sw_eof(s, 1);
}

bool
talk_read_all(rn_stream *s)
{
    small_buffers(s);
    sw_feed(words, true);
    return sw_read(s, 3) && sw_read_all(s);
}

bool
talk_read_nothing(rn_stream *s)
{
    static const char *const silence[] = {NULL};
    sw_feed(silence, true);
    return sw_read_all(s);
}

bool
talk_read_lines(rn_stream *s)
{
    small_buffers(s);
    sw_feed(lines, true);
    return sw_readln(s) && sw_read_lines(s);
}

/* The same with output that must still arrive. */
bool
talk_ask_and_read_all(rn_stream *s)
{
    sw_feed(words, true);
    return sw_writeln(s, "send me all of it") && sw_read_all(s);
}

static const char *const answers[] = {"welcome\n", "yes\n", "and more\n", "bye",
                                      NULL};

bool
talk_dialogue(rn_stream *s)
{
    sw_feed(answers, true);
    return sw_readln(s) && sw_writeln(s, "is it?") && sw_readln(s) &&
        sw_print(s, 5, 17) && sw_write(s, "more?\n") && sw_readln(s) &&
        sw_write(s, "that is all") && sw_shutdown(s) && sw_shutdown(s) &&
        sw_readln(s) && sw_eof(s, 1);
}

/* The peer sends something before it reads: a reader must flush and wait for
 * either. */
bool
talk_both_full(rn_stream *s)
{
    static char much[60000];
    memset(much, 'm', sizeof much);
    sw_quiet(OP_SET);
    rn_set_buffer_size(s, 100000);
    sw_leave();
    sw_feed(answers, false);
    return sw_write_bytes(s, much, sizeof much) && sw_readln(s) &&
        sw_readln(s) && sw_flush(s);
}

bool
talk_abort(rn_stream *s)
{
    sw_feed(answers, false);
    sw_may_lose();
    if (!sw_write(s, "this need not arrive") || !sw_readln(s))
        return false;
    int rc;
    sw_enter(OP_ABORT);
    rc = rn_abort(s);
    sw_again(rc, s, NULL, 0);
    return true;
}

/* Closed with input that nobody read. */
bool
talk_leave_unread(rn_stream *s)
{
    sw_feed(words, false);
    return sw_writeln(s, "must arrive") && sw_read(s, 2) &&
        sw_write(s, "this too") && sw_turn(POLLIN);
}

bool
talk_set(rn_stream *s)
{
    rn_stats stats;
    int rc;
    do {
        sw_enter(OP_SET_TCP);
        rc = rn_set_nodelay(s, 0);
    } while (sw_again(rc, s, NULL, 0));
    do {
        sw_enter(OP_SET_TCP);
        rc = rn_set_liveness(s, 30);
    } while (rc == RN_OK ? sw_again(RN_OK, s, NULL, 0)
                         : sw_again(rc, s, NULL, 0));
    do {
        sw_enter(OP_SET_NAME);
        rc = rn_set_name(s, "a name");
    } while (sw_again(rc, s, NULL, 0));
    sw_enter(OP_SET);
    rn_get_stats(s, &stats);
    sw_leave();
    return true;
}

/* ---- Limits */

static void
set_timeout(rn_stream *s, int64_t ms)
{
    sw_quiet(OP_SET);
    rn_set_timeout(s, RN_BOTH, ms);
    sw_leave();
}

/* The peer is silent for too long, then is heard. */
bool
talk_timeout(rn_stream *s)
{
    static const char *const silence[] = {NULL};
    set_timeout(s, 1500);
    sw_feed(silence, false);
    if (!sw_writeln(s, "hello") || !sw_read_fails(s, RN_E_TIMEOUT))
        return false;
    sw_feed(answers, true);
    return sw_readln(s) && sw_writeln(s, "again") && sw_readln(s) &&
        sw_readln(s) && sw_readln(s) && sw_eof(s, 1);
}

/* A writer's time is over while the peer does not read, and nothing that was
 * accepted is lost. Which write fails is the system's affair. */
bool
talk_write_timeout(rn_stream *s)
{
    static char block[4000];
    set_timeout(s, 500);
    sw_lazy(true);
    for (int i = 0; i < 2000; i++) {
        int rc;
        memset(block, 'a' + i % 26, sizeof block);
        do {
            sw_enter(OP_WRITE);
            rc = rn_write(s, block, sizeof block);
        } while (sw_again(rc, s, NULL, RN_E_TIMEOUT));
        if (rc == RN_OK)
            sw_wrote(block, sizeof block);
        if (rc == RN_E_TIMEOUT)
            break;
        if (rc < 0 && sw_is_broken())
            sw_wrote_perhaps(block, sizeof block);
        if (rc < 0)
            return false;
    }
    sw_lazy(false);
    return sw_write(s, "and then") && sw_flush(s);
}

/* Calls that never wait, in a loop, as an event loop makes them. */
bool
talk_now(rn_stream *s)
{
    size_t got = 0;
    sw_quiet(OP_SET);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    sw_leave();
    sw_feed(answers, false);
    bool wrote = sw_writeln_now(s, "how are you, peer?");
    for (int i = 0; wrote && i < 200 && got < 2; i++) {
        const char *line;
        size_t len;
        int rc;
        do {
            sw_enter(OP_READLN);
            rc = rn_readln(s, &line, &len);
        } while (sw_again(rc, s, NULL, RN_E_AGAIN));
        if (rc == RN_E_AGAIN)
            sw_turn(POLLIN | POLLOUT);
        else if (rc <= 0)
            break;
        if (rc == 1)
            sw_took_line(line, len);
        got += rc == 1;
    }
    sw_quiet(OP_SET); /* closing may wait */
    rn_set_deadline(s, RN_BOTH, RN_FOREVER);
    sw_leave();
    return got == 2;
}

bool
sw_writeln_now(rn_stream *s, const char *text)
{
    int rc = RN_E_AGAIN;
    for (int i = 0; i < 200 && rc == RN_E_AGAIN; i++) {
        do {
            sw_enter(OP_WRITE);
            rc = rn_writeln(s, text, strlen(text));
        } while (sw_again(rc, s, NULL, RN_E_AGAIN));
        sw_turn(POLLOUT);
    }
    if (rc == RN_OK || sw_is_broken())
        (rc == RN_OK ? sw_wrote : sw_wrote_perhaps)(text, strlen(text));
    if (rc == RN_OK)
        sw_wrote("\n", 1);
    return rc == RN_OK;
}

/* A token that is set, and not any more. */
bool
talk_cancel(rn_stream *s)
{
    static const char *const silence[] = {NULL};
    rn_cancel *token;
    rn_error err;
    do {
        sw_enter(OP_CANCEL_NEW);
        token = rn_cancel_new(&err);
    } while (sw_again(token == NULL ? err.code : 0, NULL, &err, 0));
    if (token == NULL)
        return false;
    sw_quiet(OP_SET);
    rn_set_cancel(s, token);
    sw_enter(OP_SET);
    rn_cancel_set(token);
    sw_leave();
    sw_feed(silence, false);
    bool fine = sw_read_fails(s, RN_E_CANCELED);
    sw_enter(OP_SET);
    rn_cancel_reset(token);
    sw_leave();
    sw_feed(answers, true);
    fine =
        fine && sw_readln(s) && sw_writeln(s, "not any more") && sw_readln(s);
    sw_quiet(OP_SET);
    rn_set_cancel(s, NULL);
    sw_enter(OP_SET);
    rn_cancel_free(token);
    sw_leave();
    return fine;
}
