/* SPDX-License-Identifier: MIT */
/*
 * What send and receive say to each other, in lines but for the bytes:
 *
 *     sender                          receiver
 *     runnel-file 1 SIZE NAME
 *                                     go            or: no REASON
 *     SIZE bytes                      (no REASON at any time)
 *     sha256 HEX
 *                                     stored HEX    or: no REASON
 *
 * SIZE is decimal; NAME has no folder, and every byte of it that is not a
 * printing character of ASCII, and %, is %XX. "stored" is said when the file
 * has its name and is on the disk; its HEX is of what the receiver wrote.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checksum.h"
#include "runnel.h"
#include "store.h"

enum {
    TRANSFER_CHUNK = 131072,
    TRANSFER_LINE = 1024 /* the longest; a name of 255 bytes takes 765 */
};

struct transfer {
    uint64_t size;
    uint64_t bytes; /* that went */
    char name[STORE_NAME];
    rn_time begun;
    struct checksum *checksum;
    char hex[CHECKSUM_SIZE];
};

/* Limits and the token, as the command line says. */
void transfer_prepare(rn_socket *s);

/* As rn_write, rn_read_some, rn_readln and rn_eof, with --idle as it is meant
 * (limits.h), and with --log. */
int transfer_write(rn_socket *s, const void *data, size_t len);
ptrdiff_t transfer_read(rn_socket *s, void *data, size_t n);
int transfer_line(rn_socket *s, const char **line);
int transfer_eof(rn_socket *s);

/* The first line. False: the name is too long; or it is no such line. */
bool transfer_print_offer(const struct transfer *t, char line[TRANSFER_LINE]);
bool transfer_parse_offer(struct transfer *t, const char *line);

/* The failure of s, unless a signal is the reason: an exit code. */
int transfer_failed(const rn_socket *s);

/* All went well: print "HEX  path" as sha256sum(1) does, tell --json. */
void transfer_tell(const struct transfer *t, const char *path);

#endif
