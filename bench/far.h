/* SPDX-License-Identifier: MIT */
/* The far end of every client: one bare program, the same for all of them. */
#ifndef FAR_H
#define FAR_H

#include <stddef.h>

/* A listener of 127.0.0.1 for each thing that the far end does. */
enum {
    FAR_SOURCE, /* sends lines for ever, and keeps the socket full */
    FAR_SINK,   /* takes everything, and tells what it was */
    FAR_DRAIN,  /* takes everything and looks at none of it: tells how much */
    FAR_ECHO,   /* sends back what comes; closes when the client does */
    FAR_WHOLE,  /* told a number in a line, sends so many bytes and ends */
    FAR_DIAL,   /* told "port count" in a line, connects there so many times */
    FAR_KINDS
};

struct far {
    int listener[FAR_KINDS];
    int port[FAR_KINDS];
    int text;   /* the lines, in memory that has a descriptor */
    int feed;   /* a pipe to keep full of lines, too; or -1 */
    int report; /* where to tell what the sink got */
    size_t text_size;
};

/* What the sink or the drain took, written to `report` when its client has ended. */
struct far_report {
    unsigned long long bytes;
    unsigned long long lines;
    unsigned long long sum; /* of the bytes */
};

/* Listen, and make the text: lines of `size` bytes, the ending included; the
 * first byte of line i is 'a' + i % 26. Ends the program where that fails. */
void far_open(struct far *far, size_t size, int crlf);

/* Serve for ever. */
_Noreturn void far_run(struct far *far);

/* Close the parent's part. */
void far_close(struct far *far);

#endif
