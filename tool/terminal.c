/* SPDX-License-Identifier: MIT */
/* A person at a terminal: signals, libedit, the status line, and the ends. */
#define _GNU_SOURCE
#include "terminal.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "exit.h"
#include "history.h"
#include "interrupt.h"
#include "limits.h"
#include "options.h"
#include "report.h"
#include "say.h"
#include "secure.h"
#include "talk.h"
#include "typed.h"

static void
on_change(int number)
{
    (void)number;
    talk_signals.changed = 1;
}

static void
on_stop(int number)
{
    (void)number;
    talk_signals.stop = 1;
}

/* Blocked but for the moment of waiting: none can slip in before it. */
static void
set_signals(sigset_t *before)
{
    static const int all[] = {SIGINT,   SIGTERM, SIGHUP, SIGQUIT,
                              SIGWINCH, SIGCONT, SIGTSTP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        sigaddset(&set, all[i]);
    sigprocmask(SIG_BLOCK, &set, before);
    struct sigaction change = {.sa_handler = on_change};
    sigaction(SIGWINCH, &change, NULL);
    sigaction(SIGCONT, &change, NULL);
    struct sigaction stop = {.sa_handler = on_stop};
    struct sigaction was;
    if (sigaction(SIGTSTP, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
        sigaction(SIGTSTP, &stop, NULL);
}

/* What remains may wait, and is to be stopped as anything else. */
static void
unset_signals(const sigset_t *before)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(SIGTSTP, &usual, NULL);
    sigprocmask(SIG_SETMASK, before, NULL);
}

static char *
prompt(EditLine *el)
{
    static char text[] = TYPED_PROMPT;
    (void)el;
    return text;
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
        note("-- %s (%s%s): lookup %s, connect %s. ^D ends your side",
             t->target, rn_remote_address(t->s), secure_words(t->s),
             print_duration(stats.lookup > 0 ? stats.lookup : 0, lookup),
             print_duration(stats.connect, connect));
    else
        note("-- %s%s. ^D ends your side", t->target, secure_words(t->s));
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
    talk_type(t, past);
    history_close(past);
    el_end(t->el);
    if (!t->over)
        talk_hear_the_rest(t);
    fflush(stdout);
    return t->code;
}

int
converse_at_terminal(rn_socket *s, const char *target)
{
    struct talk t = {.s = s,
                     .target = target,
                     .text = {.color = is_colorful()},
                     .ended = "peer",
                     .moved = rn_now()};
    setlocale(LC_CTYPE, "");
    sigset_t before;
    set_signals(&before);
    rn_time begun = rn_now();
    rn_set_cancel(s, interrupt_token());
    rn_set_deadline(s, RN_READABLE, RN_NOW);
    rn_set_deadline(s, RN_WRITABLE, deadline_or_never());
    if (settings.idle > 0)
        rn_set_timeout(s, RN_WRITABLE, settings.idle);
    greet(&t);
    t.el = el_init("runnel", stdin, stdout, stderr);
    int code = EXIT_OTHER;
    if (t.el != NULL) {
        el_set(t.el, EL_CLIENTDATA, &t);
        el_set(t.el, EL_PROMPT, prompt);
        el_set(t.el, EL_EDITOR, "emacs");
        el_set(t.el, EL_GETCFN, talk_next_char);
        el_source(t.el, NULL);
        code = talk(&t);
    }
    unset_signals(&before);
    part(&t, begun);
    report_result(s, t.sent, t.received, t.ended);
    if (code == EXIT_FINE && rn_close(s) < 0)
        code = complain_of(s);
    rn_free(s);
    return code;
}
