/* SPDX-License-Identifier: MIT */
/* A person and a peer, while they talk: terminal.h is the whole around it. */
#ifndef TALK_H
#define TALK_H

#include <histedit.h>
#include <signal.h>
#include <stdbool.h>

#include "peer_text.h"
#include "runnel.h"

enum {
    TALK_CHUNK = 4096
};

struct talk {
    rn_socket *s;
    const char *target;
    EditLine *el;
    bool typing; /* there is a line on the screen that is being typed */
    bool over;   /* the peer has ended, or something failed */
    int code;
    const char *ended;
    struct peer_text text;
    char heard[TALK_CHUNK];
    size_t held; /* of it, the beginning of a letter */
    uint64_t sent;
    uint64_t received;
    rn_time moved; /* when a byte moved last */
};

/* What the handlers of signals have seen; but while something is waited for
 * those signals are blocked. */
extern struct talk_signals {
    volatile sig_atomic_t changed; /* the window's size; or we were stopped */
    volatile sig_atomic_t stop;    /* ^Z */
} talk_signals;

/* libedit's EL_GETCFN, whose EL_CLIENTDATA is the struct talk. */
int talk_next_char(EditLine *el, wchar_t *c);

/* Send lines until the keyboard ends, or all does; `past` may be NULL. */
void talk_type(struct talk *t, History *past);

/* The keyboard has ended; the peer may still have something to say. */
void talk_hear_the_rest(struct talk *t);

#endif
