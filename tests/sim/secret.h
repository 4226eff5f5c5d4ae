/* SPDX-License-Identifier: MIT */
/*
 * Conversations over TLS, in some of the seeds. The far end is OpenSSL's, with
 * nothing left to chance; what it has to say comes cut in all ways. The caller
 * does less than without TLS, and is judged by the same laws.
 */
#ifndef SIM_SECRET_H
#define SIM_SECRET_H

#include "wire.h"

/* Once, before and after all seeds. */
void secret_set_up(void);
void secret_drop(void);

/* Whether this seed is one of them; then, after wire_begin. */
bool secret_is(uint64_t seed);
void secret_begin(uint64_t seed);

/* The whole conversation on a stream that was connected. */
void secret_talk(rn_stream *below);

/* ---- The peer's end (secret_far.c) */

struct secret {
    bool serves; /* the peer is the server */
    bool notifies;

    /* from the peer */
    unsigned char text[WIRE_MOST]; /* all that it may ever write */
    size_t text_len;
    size_t due;  /* it wanted to write so much by now */
    size_t said; /* and has */
    struct {
        size_t cipher; /* when so much has come, */
        size_t plain;  /* so much can be read */
    } record[WIRE_STEPS + 1];
    int records;
    size_t goodbye; /* when so much has come it has said so; or SIZE_MAX */

    /* from the library */
    unsigned char got[WIRE_MOST];
    size_t got_len;
};

extern struct secret secret;

void secret_far_begin(void);
void secret_far_speaks(void); /* who begins says something unasked */
void secret_hears(size_t n);
void secret_writes(size_t n);
void secret_ends(void);

/* The peer takes in at once what was confirmed. */
void secret_catches_up(void);

/* How much could be read when so much had come. */
size_t secret_plain_at(size_t cipher);

#endif
