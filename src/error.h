/* SPDX-License-Identifier: MIT */
/* Making errors: codes out of errno values, sentences for people. */
#ifndef RNI_ERROR_H
#define RNI_ERROR_H

#include <stdbool.h>

#include "runnel.h"

/* Whom a call was about. Empty strings and 0 for what is not known. */
struct rni_target {
    const char *host;    /* as the user named it */
    const char *address; /* as text */
    int port;
};

/* The code for a system error in this phase. `sys` is an errno value. */
int rni_code_of_errno(int phase, int sys);

/* Split a failure that a system call's wrapper or a stream kind reported, an
 * RN_E_ code or a negated errno value, into a code and an errno value (or 0).
 */
int rni_code_of(int phase, ptrdiff_t failure, int *sys);

/* Whether a failed call can be repeated with a hope: nothing is broken. */
bool rni_repeatable(int code);

/* Why, for a person: the system's error if there is one, else the code. The
 * text is static or in `buf`. */
const char *rni_reason(int code, int sys, char *buf, size_t cap);

/* Make `err` (may be NULL) an empty one. */
void rni_error_clear(rn_error *err);

/*
 * Fill `err` (may be NULL) with one failure and return its code. The sentence
 * is "<what was done> <target>: <reason>"; the reason is the format, or where
 * that is NULL what rni_reason says. `target` may be NULL.
 */
int rni_error_set(rn_error *err, int code, int phase, int sys,
                  const struct rni_target *target, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* `text` in quotes, for a sentence: what is not printable ASCII escaped, cut
 * after some 40 bytes and then with its length behind. Returns buf. */
enum {
    RNI_QUOTE_SIZE = 224
};
const char *rni_quote(char buf[RNI_QUOTE_SIZE], const char *text);

#endif
