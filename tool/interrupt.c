/* SPDX-License-Identifier: MIT */
/* Signals that end the program: it puts things in order first. */
#define _GNU_SOURCE
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "exit.h"
#include "say.h"

static rn_cancel *token;
static volatile sig_atomic_t signal_seen;

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

enum {
    ENDING = sizeof ending / sizeof ending[0]
};

static void
handle(int number)
{
    signal_seen = number;
    rn_cancel_set(token);
}

int
interrupt_begin(void)
{
    rn_error err;
    token = rn_cancel_new(&err);
    if (token == NULL)
        return complain(&err);
    /* The second one kills, should putting things in order take too long. */
    struct sigaction once = {.sa_handler = handle,
                             .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    for (int i = 0; i < ENDING; i++) {
        struct sigaction before;
        if (sigaction(ending[i], NULL, &before) == 0 &&
            before.sa_handler != SIG_IGN) /* nohup(1) */
            sigaction(ending[i], &once, NULL);
    }
    return EXIT_FINE;
}

rn_cancel *
interrupt_token(void)
{
    return token;
}

int
interrupt_signal(void)
{
    return signal_seen;
}

void
interrupt_end(void)
{
    rn_cancel *t = token;
    if (signal_seen != 0) {
        struct sigaction fatal = {.sa_handler = SIG_DFL};
        sigaction(signal_seen, &fatal, NULL);
        raise(signal_seen);
    }
    for (int i = 0; i < ENDING; i++) {
        struct sigaction none = {.sa_handler = SIG_DFL};
        sigaction(ending[i], &none, NULL);
    }
    token = NULL;
    rn_cancel_free(t);
}
