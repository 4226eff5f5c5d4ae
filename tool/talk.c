/* SPDX-License-Identifier: MIT */
/*
 * What happens while a person and a peer talk. libedit reads the person's line,
 * asking us for each character; while we wait for one the peer may say
 * something: then the line being typed is wiped off, the peer's lines are
 * printed in its place, and it is drawn again below.
 */
#define _GNU_SOURCE
#include "talk.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "converse.h"
#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "options.h"
#include "pump.h"
#include "say.h"
#include "transcript.h"
#include "typed.h"

struct talk_signals talk_signals;

/* ---- What the peer says */

static void
finish(struct talk *t, int code, const char *ended)
{
    t->over = true;
    t->code = code;
    t->ended = ended;
}

/* For good: what is said next begins in its place. */
static void
leave_line(struct talk *t)
{
    if (t->typing)
        typed_wipe(t->el);
    t->typing = false;
    fflush(stdout);
}

static void
fail(struct talk *t)
{
    leave_line(t);
    int code = complain_of(t->s);
    finish(t, code, exit_name(code));
}

/* Print what has come, and what is held back where there will be no more;
 * nothing waits. */
static void
hear(struct talk *t)
{
    char *data = t->heard + t->held;
    ptrdiff_t n = rn_read_some(t->s, data, sizeof t->heard - t->held);
    if (n == RN_E_AGAIN)
        return;
    if (n < 0) {
        fail(t);
        return;
    }
    size_t there = t->held + (size_t)n;
    size_t shown = peer_text_print(&t->text, t->heard, there, n == 0);
    t->held = there - shown;
    transcript_bytes(RECEIVED, 0, data, (size_t)n);
    memmove(t->heard, t->heard + shown, t->held);
    fflush(stdout);
    t->moved = rn_now();
    t->received += (uint64_t)n;
    if (n == 0)
        finish(t, EXIT_FINE, "peer");
}

/* ---- Waiting for either */

static void
time_over(struct talk *t)
{
    const char *ended;
    leave_line(t);
    int code = complain_over(t->target, &ended);
    finish(t, code, ended);
}

/* Until when, at most. */
static rn_time
limit(const struct talk *t)
{
    rn_time end = deadline_or_never();
    rn_time idle = t->moved + settings.idle * 1000000;
    return settings.idle > 0 && idle < end ? idle : end;
}

/* As everybody expects of ^Z, with the terminal as it was. */
static void
sleep_until_continued(struct talk *t)
{
    talk_signals.stop = 0;
    if (t->typing)
        el_set(t->el, EL_PREP_TERM, 0);
    raise(SIGSTOP);
    talk_signals.changed = 1;
}

/* Wait for one of them, in which alone signals may come. */
static void
await(struct talk *t, struct pollfd *fds, nfds_t count)
{
    sigset_t none;
    sigemptyset(&none);
    rn_time end = limit(t);
    struct timespec left = {0};
    int64_t ns = end == RN_FOREVER ? 0 : end - rn_now();
    if (ns > 0)
        left = (struct timespec){.tv_sec = (time_t)(ns / 1000000000),
                                 .tv_nsec = (long)(ns % 1000000000)};
    int n = ppoll(fds, count, end == RN_FOREVER ? NULL : &left, &none);
    if (talk_signals.stop)
        sleep_until_continued(t);
    if (interrupt_signal() != 0)
        finish(t, EXIT_OTHER, "signal");
    else if (n == 0)
        time_over(t);
    if (n <= 0)
        for (nfds_t i = 0; i < count; i++)
            fds[i].revents = 0;
}

static void
redraw(struct talk *t)
{
    t->typing = true;
    el_set(t->el, EL_REFRESH);
    fflush(stdout);
}

/* One character of the keyboard; 1, or 0 at its end. */
static int
read_char(wchar_t *c)
{
    mbstate_t state = {0};
    char byte;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        size_t r = mbrtowc(c, &byte, 1, &state);
        if (r == (size_t)-1)
            memset(&state, 0, sizeof state);
        else if (r != (size_t)-2)
            return 1;
    }
}

/* Wait for the peer or the keyboard; whether it is the keyboard. What the peer
 * has said is heard first. */
static bool
await_key(struct talk *t)
{
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = rn_fd(t->s), .events = POLLIN}};
    bool heard = rn_pending(t->s) > 0;
    if (!heard)
        await(t, fds, 2);
    if (talk_signals.changed && !t->over) {
        talk_signals.changed = 0;
        el_set(t->el, EL_PREP_TERM, 1);
        el_resize(t->el);
        typed_wipe(t->el);
        redraw(t);
    }
    if (!heard && fds[1].revents == 0)
        return fds[0].revents != 0;
    leave_line(t);
    hear(t);
    if (!t->over)
        redraw(t);
    return false;
}

int
talk_next_char(EditLine *el, wchar_t *c)
{
    struct talk *t;
    el_get(el, EL_CLIENTDATA, &t);
    while (!t->over)
        if (await_key(t))
            return read_char(c);
    return 0;
}

/* ---- What the person says */

static void
say_line(struct talk *t, const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\n')
        len--;
    const char *ending = conversing.crlf ? "\r\n" : "\n";
    struct iovec pieces[2] = {
        {.iov_base = (void *)(uintptr_t)line, .iov_len = len},
        {.iov_base = (void *)(uintptr_t)ending, .iov_len = strlen(ending)}};
    /* Here, too, it may be long until a peer that does not read takes it. */
    sigset_t blocked;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, &blocked);
    int rc = rn_writev(t->s, pieces, 2);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    if (rc < 0) {
        fail(t);
        return;
    }
    char text[TALK_CHUNK];
    int n = snprintf(text, sizeof text, "%.*s%s", (int)len, line, ending);
    if (n > 0 && (size_t)n < sizeof text)
        transcript_bytes(SENT, 0, text, (size_t)n);
    else
        transcript_bytes(SENT, 0, line, len);
    t->text.answered = true;
    t->sent += len + strlen(ending);
    t->moved = rn_now();
}

void
talk_type(struct talk *t, History *past)
{
    int len;
    const char *line;
    HistEvent event;
    while (!t->over) {
        t->typing = true;
        line = el_gets(t->el, &len);
        if (t->over || line == NULL || len <= 0)
            break;
        t->typing = false;
        /* One that begins with a blank is a secret, as a shell's ignorespace
         * has it. */
        if (strchr(" \t\n", line[0]) == NULL && past != NULL)
            history(past, &event, H_ENTER, line);
        say_line(t, line, (size_t)len);
    }
    leave_line(t);
}

void
talk_hear_the_rest(struct talk *t)
{
    if (conversing.eof == EOF_CLOSE) {
        finish(t, EXIT_FINE, "input");
        return;
    }
    if (conversing.eof == EOF_HALF && rn_shutdown_write(t->s) < 0)
        fail(t);
    while (!t->over) {
        struct pollfd fd = {.fd = rn_fd(t->s), .events = POLLIN};
        if (rn_pending(t->s) <= 0)
            await(t, &fd, 1);
        if (!t->over)
            hear(t);
    }
}
