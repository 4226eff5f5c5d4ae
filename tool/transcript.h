/* SPDX-License-Identifier: MIT */
/* --log FILE: a transcript. Without it these calls do nothing; any thread may
 * make them. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum transcript_mark {
    SENT = '>',
    RECEIVED = '<',
    EVENT = '*'
};

/* Open the file that --log names. 0, or an exit code after a complaint. */
int transcript_begin(void);

/* Whether bytes should be shown to it. */
bool transcript_wanted(void);

/* `len` bytes that went one way. `number` tells connections apart; 0: there is
 * one. Text goes line by line, anything else in hex, as all does with --hex. */
void transcript_bytes(enum transcript_mark mark, int number, const void *data,
                      size_t len);

/* Something that happened. */
void transcript_event(int number, const char *text);

/* Close it: `exit_code`, or EXIT_LOCAL where that was 0 and writing failed. */
int transcript_end(int exit_code);

#endif
