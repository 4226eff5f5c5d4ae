/* SPDX-License-Identifier: MIT */
/*
 * --json: one object at the end. Without it these calls do nothing. Any thread
 * may call them; a later value for a name takes the place of an earlier one.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdint.h>

#include "runnel.h"

void report_begin(const char *command);

/* What follows goes into an object of this name, inside; NULL: no longer. */
void report_into(const char *name);

void report_text(const char *name, const char *value);
void report_count(const char *name, uint64_t value);

/* To what there is already under the name. */
void report_add(const char *name, uint64_t value);

/* A duration in nanoseconds, as milliseconds; below 0: null. */
void report_ms(const char *name, int64_t ns);

/* A string of it; a text may be any bytes. */
json_t *report_json(const char *value);

/* Anything else; takes the value over, without --json too. */
void report_value(const char *name, json_t *value);

/* Of a failure, "message" and the like: never inside. */
void report_failure(const char *name, const char *value);

/* code, phase, errno, message. */
void report_error(const rn_error *err);

/* The addresses that failed, and why. */
void report_attempts(const rn_error *err);

/* Both ends' addresses, and how long lookup and connecting took. */
void report_connection(const rn_socket *s);

/* How a conversation with `s` went (any stream; of a socket also when the first
 * byte came, and the round trip). */
void report_result(const rn_stream *s, uint64_t sent, uint64_t received,
                   const char *ended);

/* Why it ended, if not by a failure: "peer", "input", "signal", ... */
void report_ended(const char *why);

/* Print it, `exit_code` included, to the file of --json=FILE or else to `to`.
 * The exit code, or another one where printing failed. */
int report_end(int exit_code, FILE *to);

#endif
