/* SPDX-License-Identifier: MIT */
/*
 * What each client of the TLS benchmark is: told JOB PORT AUTHORITY COUNT, it
 * prints what it counted, which must be what the far end sent or took.
 * read: COUNT blocks of 64 KiB; readln: COUNT lines of 32 bytes; write: COUNT
 * blocks; idle: COUNT connections at once, and then the bytes of heap of each.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE = 32,
    BLOCK = 65536
};

static char block[BLOCK];

static size_t
heap_used(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

#endif
