/* SPDX-License-Identifier: MIT */
/*
 * The one connection of a seed on which bytes move, from the peer's program to
 * the library's descriptor, as Linux's TCP has it: what was sent, what has
 * arrived, what is confirmed, how it ended. Also the peer, by its script.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "sim.h"

enum {
    WIRE_MOST = 32768, /* bytes in each direction */
    WIRE_STEPS = 40    /* times that bytes came */
};

/* At this time so much had come in all. */
struct wire_mark {
    int64_t at;
    size_t arrived;
    bool over; /* ended, or broken */
};

struct wire {
    int fd;      /* the library's, or -1 */
    bool secret; /* the bytes are TLS: see secret.h */

    /* from the library */
    unsigned char out[WIRE_MOST];
    size_t sent;      /* taken by our kernel */
    size_t confirmed; /* by the peer's */
    size_t got;       /* by the peer's program */
    size_t room;      /* of our kernel, and of the peer's */
    size_t far_room;
    size_t seen_confirmed; /* when the library looked last */
    bool finished;         /* the library shut down */
    bool finish_confirmed;
    bool was_closed;      /* the descriptor */
    bool was_reset;       /* with a reset */
    bool left_unread;     /* with input that had been there at the last look */
    int64_t linger_at;    /* the last time that it shut down */
    int64_t confirmed_at; /* the last time that more was */

    /* from the peer */
    unsigned char text[WIRE_MOST]; /* all that it may ever send */
    size_t text_len;
    size_t arrived;
    size_t taken; /* by the library */
    bool ended;
    bool broken; /* both directions are dead */
    int64_t broken_at;
    int error;   /* that the kernel is still to tell, or 0 */
    size_t junk; /* bytes of a flood: whatever they are */
    size_t junk_taken;
    size_t junk_seen; /* taken when all was seen to be confirmed, or SIZE_MAX */
    bool told_end;    /* the library was told the end ... */
    bool told_reader; /* ... in a receive, a failure for good */
    bool told_error;  /* ... or a failure for good */
    bool looked_dry;  /* nothing was left when it last looked */
    struct wire_mark mark[WIRE_STEPS];
    int marks;
};

extern struct wire wire;

/* Draw a connection and its peer's script. */
void wire_begin(void);

/* It is the connection of this descriptor, from now on. */
void wire_attach(int fd);

/* The network and the peer break it, and the kernel has this to tell. */
void wire_break(int error);

size_t wire_waiting(void); /* bytes that the library could read */
size_t wire_free(void);    /* that our kernel would take */
bool wire_readable(void);
bool wire_writable(void);

/* The library sends: how many are taken. And shuts down, and closes. */
size_t wire_take(const unsigned char *data, size_t n);
void wire_finish(void);
void wire_close(bool reset);

/* Perhaps the peer does what comes next right now. */
void peer_hurries(void);

/* The peer's end (peer.c): acts, reads, and maybe floods one that closes. */
void peer_begin(void);
void peer_attach(void);
void peer_acts(void);
void peer_reads(void);
void peer_sees_finish(void);
bool peer_is_gone(void);
/* Something was confirmed that the peer's program could read. */
void peer_has_news(void);

/* Bytes of the script have arrived; it has ended. */
void wire_arrive(size_t n);
void wire_end(void);
/* The peer's program took bytes: there is room again. */
void wire_got(size_t n);
/* Nothing gets through any more. */
void wire_cut(void);
bool wire_is_cut(void);

/* The bytes that the library is yet to send, by the caller's book (talk.c). */
size_t talk_unsent(void);

#endif
