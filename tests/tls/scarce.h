/* SPDX-License-Identifier: MIT */
/* Memory that can be refused: who asks for it, and when there is none. For a
 * program that is linked with each of its calls wrapped. */
#ifndef SCARCE_H
#define SCARCE_H

#include <stdbool.h>

enum whose {
    NOBODY,
    OURS,
    OPENSSL
};

/* The parts of a conversation. */
enum part {
    CLIENT_CONFIG,
    SERVER_CONFIG,
    BEGINNING,
    TALKING,
    ASKING,
    ALL
};

extern struct scarce {
    enum whose chosen; /* who fails in the part */
    enum part part;
    long count;   /* so many were asked for */
    long at;      /* this one is refused */
    bool always;  /* and all behind it */
    bool refused; /* that has happened */
    long held;    /* pieces of ours that were not freed */
} scarce;

/* Before OpenSSL has asked for any; false: it has. */
bool scarce_begin(void);

/* That part begins, or there is memory for all. */
void enter(enum part p);
void leave(void);

#endif
