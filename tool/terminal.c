/* SPDX-License-Identifier: MIT */
/*
 * The conversation of a person with a peer. libedit reads the person's line,
 * asking us for each character; while we wait for one the peer may say
 * something: then the line being typed is wiped off, the peer's lines are
 * printed in its place, and it is drawn again below.
 */
#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "converse.h"
#include "duration.h"
#include "exit.h"
#include "history.h"
#include "interrupt.h"
#include "pump.h"
#include "report.h"
#include "say.h"
#include "transcript.h"

enum {
    CHUNK = 4096,
    PROMPT = 2 /* columns */
};

struct talk {
    rn_socket *s;
    const char *target;
    EditLine *el;
    bool color;
    bool over; /* the peer has ended, or something failed */
    int code;
    const char *ended;
    bool inside;   /* the peer's last line has not ended */
    bool answered; /* but the person has typed one since */
    bool after_cr; /* an LF behind it belongs to it */
    uint64_t sent;
    uint64_t received;
    rn_time moved; /* when a byte moved last */
};

static volatile sig_atomic_t
    changed; /* the window's size, or we were stopped */

static void
on_change(int number)
{
    (void)number;
    changed = 1;
}

/* ---- What the peer says */

static void
start_line(struct talk *t, bool goes_on)
{
    const char *mark = goes_on ? "  " : "< ";
    printf(t->color ? "\033[36m%s" : "%s", mark);
}

static void
end_line(const struct talk *t)
{
    fputs(t->color ? "\033[0m\n" : "\n", stdout);
}

/* Letters, and nothing that a terminal obeys. */
static void
print_char(unsigned char c)
{
    if (c == '\t' || (c >= 0x20 && c != 0x7f))
        putchar(c);
    else
        printf("\\x%02x", c);
}

/* Lines, each with a mark; one that is not complete is shown, too (it may be a
 * question), and goes on in the next. */
static void
print_bytes(struct talk *t, const char *data, size_t len)
{
    bool open = false;
    for (size_t i = 0; i < len; i++) {
        char c = data[i];
        bool skip = c == '\n' && t->after_cr;
        t->after_cr = c == '\r';
        if (skip)
            continue;
        if (!open && !(t->inside && (c == '\n' || c == '\r')))
            start_line(t, t->inside && !t->answered);
        t->answered = false;
        if (c == '\n' || c == '\r') {
            if (open || !t->inside)
                end_line(t);
            open = t->inside = false;
            continue;
        }
        print_char((unsigned char)c);
        open = t->inside = true;
    }
    if (open)
        end_line(t);
}

static void
finish(struct talk *t, int code, const char *ended)
{
    t->over = true;
    t->code = code;
    t->ended = ended;
}

/* Print what has come; nothing waits. */
static void
hear(struct talk *t)
{
    char data[CHUNK];
    ptrdiff_t n = rn_read_some(t->s, data, sizeof data);
    if (n == RN_E_AGAIN)
        return;
    if (n == 0)
        finish(t, EXIT_FINE, "peer");
    if (n < 0) {
        int code = complain_of(t->s);
        finish(t, code, exit_name(code));
    }
    if (n <= 0)
        return;
    t->moved = rn_now();
    t->received += (uint64_t)n;
    transcript_bytes(RECEIVED, 0, data, (size_t)n);
    print_bytes(t, data, (size_t)n);
    fflush(stdout);
}

/* ---- The line that is being typed */

/* To its first column and row, and away with it. */
static void
wipe(const struct talk *t)
{
    struct winsize size;
    const LineInfo *line = el_line(t->el);
    long column = PROMPT + (line->cursor - line->buffer);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
        column >= size.ws_col)
        printf("\033[%ldA", column / size.ws_col);
    fputs("\r\033[J", stdout);
}

/* ---- Waiting for either */

/* When waiting ends, whatever happens. */
static rn_time
limit(const struct talk *t)
{
    rn_time end = settings.deadline != 0 ? settings.deadline : RN_FOREVER;
    if (settings.idle > 0 && t->moved + settings.idle * 1000000 < end)
        end = t->moved + settings.idle * 1000000;
    return end;
}

static void
time_over(struct talk *t)
{
    char text[DURATION_SIZE];
    bool deadline = settings.deadline != 0 && rn_now() >= settings.deadline;
    int64_t ms = deadline ? settings.deadline_ms : settings.idle;
    int code = complain_as(EXIT_TIMEOUT,
                           deadline ? "%s: not through after %s"
                                    : "%s: no byte has moved for %s",
                           t->target, print_duration(ms * 1000000, text));
    finish(t, code, deadline ? "deadline" : "idle");
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

/* What libedit calls for each character. 0 ends its line. */
static int
next_char(EditLine *el, wchar_t *c)
{
    struct talk *t;
    el_get(el, EL_CLIENTDATA, &t);
    while (!t->over) {
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = rn_fd(t->s), .events = POLLIN}};
        await(t, fds, 2);
        if (changed) {
            changed = 0;
            el_set(el, EL_PREP_TERM, 1);
            el_resize(el);
            wipe(t);
            redraw(t);
        }
        if (fds[1].revents != 0) {
            wipe(t);
            hear(t);
            if (!t->over)
                redraw(t);
        } else if (fds[0].revents != 0) {
            return read_char(c);
        }
    }
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
        int code = complain_of(t->s);
        finish(t, code, exit_name(code));
        return;
    }
    char text[CHUNK];
    int n = snprintf(text, sizeof text, "%.*s%s", (int)len, line, ending);
    if (n > 0 && (size_t)n < sizeof text)
        transcript_bytes(SENT, 0, text, (size_t)n);
    else
        transcript_bytes(SENT, 0, line, len);
    t->answered = true;
    t->sent += len + strlen(ending);
    t->moved = rn_now();
}

static char *
prompt(EditLine *el)
{
    static char text[] = "> ";
    (void)el;
    return text;
}

static void
type_lines(struct talk *t, History *past)
{
    int len;
    const char *line;
    HistEvent event;
    while (!t->over && (line = el_gets(t->el, &len)) != NULL && len > 0) {
        if (line[0] != '\n' && past != NULL)
            history(past, &event, H_ENTER, line);
        say_line(t, line, (size_t)len);
    }
}

/* The keyboard has ended; the peer may still have something to say. */
static void
hear_the_rest(struct talk *t)
{
    if (conversing.eof == EOF_CLOSE) {
        finish(t, EXIT_FINE, "input");
        return;
    }
    if (conversing.eof == EOF_HALF && rn_shutdown_write(t->s) < 0) {
        int code = complain_of(t->s);
        finish(t, code, exit_name(code));
    }
    while (!t->over) {
        struct pollfd fd = {.fd = rn_fd(t->s), .events = POLLIN};
        await(t, &fd, 1);
        if (fd.revents != 0)
            hear(t);
    }
}

/* ---- The whole */

static void
set_signals(void)
{
    /* Blocked but for the moment of waiting: none can slip in before it. */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGCONT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct sigaction change = {.sa_handler = on_change};
    sigaction(SIGWINCH, &change, NULL);
    sigaction(SIGCONT, &change, NULL);
}

static bool
is_colorful(void)
{
    const char *term = getenv("TERM");
    const char *no = getenv("NO_COLOR"); /* no-color.org */
    return term != NULL && strcmp(term, "dumb") != 0 &&
        (no == NULL || *no == '\0');
}

static void
greet(const struct talk *t)
{
    rn_stats stats;
    char lookup[DURATION_SIZE];
    char connect[DURATION_SIZE];
    if (rn_get_stats(t->s, &stats) == RN_OK && stats.connect >= 0)
        note("-- %s (%s): lookup %s, connect %s. ^D ends your side", t->target,
             rn_remote_address(t->s),
             print_duration(stats.lookup > 0 ? stats.lookup : 0, lookup),
             print_duration(stats.connect, connect));
    else
        note("-- %s. ^D ends your side", t->target);
}

static void
part(const struct talk *t, rn_time begun)
{
    char text[DURATION_SIZE];
    const char *what =
        strcmp(t->ended, "peer") == 0 ? "the peer has ended" : t->ended;
    note("-- %s: %llu bytes sent, %llu received in %s", what,
         (unsigned long long)t->sent, (unsigned long long)t->received,
         print_duration(rn_now() - begun, text));
}

static int
talk(struct talk *t)
{
    History *past = history_open();
    if (past != NULL)
        el_set(t->el, EL_HIST, history, past);
    type_lines(t, past);
    wipe(t);
    history_close(past);
    el_end(t->el);
    if (!t->over)
        hear_the_rest(t);
    fflush(stdout);
    return t->code;
}

int
converse_at_terminal(rn_socket *s, const char *target)
{
    struct talk t = {.s = s,
                     .target = target,
                     .color = is_colorful(),
                     .ended = "peer",
                     .moved = rn_now()};
    setlocale(LC_CTYPE, "");
    set_signals();
    rn_time begun = rn_now();
    rn_set_cancel(s, interrupt_token());
    rn_set_deadline(s, RN_READABLE, RN_NOW);
    if (settings.deadline != 0)
        rn_set_deadline(s, RN_WRITABLE, settings.deadline);
    greet(&t);
    t.el = el_init("runnel", stdin, stdout, stderr);
    int code = EXIT_OTHER;
    if (t.el != NULL) {
        el_set(t.el, EL_CLIENTDATA, &t);
        el_set(t.el, EL_PROMPT, prompt);
        el_set(t.el, EL_EDITOR, "emacs");
        el_set(t.el, EL_GETCFN, next_char);
        el_source(t.el, NULL);
        code = talk(&t);
    }
    part(&t, begun);
    report_result(s, t.sent, t.received, t.ended);
    if (code == EXIT_FINE && rn_close(s) < 0)
        code = complain_of(s);
    rn_free(s);
    return code;
}
