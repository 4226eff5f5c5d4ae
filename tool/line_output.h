/* SPDX-License-Identifier: MIT */
/* Standard output for many connections at once, by whole lines. */
#ifndef LINE_OUTPUT_H
#define LINE_OUTPUT_H

#include "end.h"

/* As end_standard without input: an end whose lines are never mixed with those
 * of another one. What is no line after 64 KiB is passed on as it is. */
int end_line_output(struct end *e);

#endif
