/* SPDX-License-Identifier: MIT */
/*
 * The far end of one TLS connection, by OpenSSL between two pieces of memory:
 * no descriptor, no clock, no thread. What the library sent is put in, what is
 * to be sent to it is taken out. For tests that play both ends in one thread.
 */
#ifndef FAR_H
#define FAR_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certificates.h"

enum {
    FAR_MOST = 1 << 18 /* bytes on their way into it, and out of it */
};

/*
 * From now on what OpenSSL draws by chance is fixed by the seed, in this whole
 * process: keys, nonces, tickets, and so the length of everything.
 */
void far_chance(uint64_t seed);

/* What all connections share: who the far end is, and whom it trusts. */
void far_begin(const struct identity *self, const char *ca_file);
void far_end(void);

/* Another connection; the old one is dropped. TLS1_2_VERSION, TLS1_3_VERSION.
 */
void far_open(bool serves, int version);
void far_close(void);

/* These bytes have come. False: they are no TLS that it can go on with. */
bool far_hears(const void *data, size_t n);

/* What is to be sent to the library: how much. */
size_t far_says(void *data, size_t most);

/* Hands were shaken, as far as it sees. */
bool far_agreed(void);

/* What the library wrote: how much of it there is now. */
size_t far_reads(void *data, size_t most);

/* False: not while hands are being shaken. */
bool far_writes(const void *data, size_t n);

/* It says that it is through (close_notify); and whether the library did. */
void far_says_goodbye(void);
bool far_heard_goodbye(void);

/* Whether the library has refused, with a fatal alert. */
bool far_was_refused(void);

#endif
