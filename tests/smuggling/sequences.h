/* SPDX-License-Identifier: MIT */
/* The corpus of SMTP smuggling (sequences.list), and messages made of it. */
#ifndef SEQUENCES_H
#define SEQUENCES_H

#include <stddef.h>

enum {
    MAX_SEQUENCES = 100,
    MAX_TEXT = 512
};

struct text {
    size_t len;
    char data[MAX_TEXT];
};

struct sequence {
    char name[32];
    struct text bytes;
};

extern struct sequence sequences[MAX_SEQUENCES];
extern int sequence_count;

/* Read the list. Whatever is wrong with it ends the program. */
void sequences_read(const char *path);

void text_add(struct text *t, const void *data, size_t len);
void text_add_string(struct text *t, const char *string);

/* What a message begins with. */
#define MESSAGE_BEGINNING "Subject: one\r\n\r\nfirst"

/* A header, and a body with the sequence in its middle. No end behind it. */
void message_around(const struct text *sequence, struct text *message);

#endif
