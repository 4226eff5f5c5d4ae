/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's allocations: some thousands in a handshake, from some hundreds of
 * places. In a scenario that asks for it the first SITE_TIMES of each place are
 * points, and one that fails from then on fails for all of them. What it was
 * given while the library was inside must have been given back in the end.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdint.h>
#include <string.h>

#include "contract.h"
#include "real.h"
#include "secrets.h"

enum {
    SITES = 4096,   /* places; a power of two */
    SITE_TIMES = 1, /* of one place in one run */
    BLOCKS = 1 << 18
};

static struct site {
    const char *file;
    int line;
    int times;
} sites[SITES];

static const void *blocks[BLOCKS]; /* a hash table */
static int used;
static int held;
static bool watched; /* its allocations are points */

static uintptr_t
mix(uintptr_t x)
{
    return (x ^ x >> 15) * 0x9e3779b1u >> 4;
}

/* How often this place has asked before. */
static int
times_before(const char *file, int line)
{
    uintptr_t i = mix((uintptr_t)file + (uintptr_t)line * 8191);
    for (;; i++) {
        struct site *s = &sites[i % SITES];
        if (s->file == NULL)
            *s = (struct site){.file = file, .line = line};
        if (s->file == file && s->line == line)
            return s->times++;
    }
}

static bool
is_of(const char *file, const char *name)
{
    size_t len = strlen(file);
    size_t tail = strlen(name);
    return len >= tail && strcmp(file + len - tail, name) == 0;
}

/* Where OpenSSL 3.0 has no memory for a store it frees a loader twice, and for
 * a name it loses what it had. */
static bool
is_left_alone(const char *file)
{
    return is_of(file, "crypto/store/store_lib.c") ||
        is_of(file, "crypto/core_namemap.c");
}

static bool
fails(const char *file, int line)
{
    if (!sw.inside || !watched || is_left_alone(file))
        return false;
    if (times_before(file, line) < SITE_TIMES)
        return sw_point(SW_OPENSSL) != NULL;
    return sw_lasts(SW_OPENSSL);
}

/* ---- Its blocks */

static const char gone; /* in the place of one that was given back */

static void
note(const void *block)
{
    if (block == NULL || !sw.inside)
        return;
    uintptr_t i = mix((uintptr_t)block);
    while (blocks[i % BLOCKS] != NULL && blocks[i % BLOCKS] != &gone)
        i++;
    used += blocks[i % BLOCKS] == NULL;
    if (used > BLOCKS / 2)
        sw_stuck("too many blocks of OpenSSL's");
    blocks[i % BLOCKS] = block;
    held++;
}

static void
forget(const void *block)
{
    if (block == NULL || used == 0)
        return;
    for (uintptr_t i = mix((uintptr_t)block); blocks[i % BLOCKS] != NULL; i++)
        if (blocks[i % BLOCKS] == block) {
            blocks[i % BLOCKS] = &gone;
            held--;
            return;
        }
}

static void *
their_malloc(size_t n, const char *file, int line)
{
    if (fails(file, line))
        return NULL;
    void *block = __real_malloc(n);
    note(block);
    return block;
}

static void
their_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    forget(block);
    __real_free(block);
}

static void *
their_realloc(void *old, size_t n, const char *file, int line)
{
    if (fails(file, line))
        return NULL;
    forget(old);
    void *block = __real_realloc(old, n);
    note(block);
    return block;
}

void
sw_openssl_set_up(void)
{
    sw_need(CRYPTO_set_mem_functions(their_malloc, their_realloc, their_free) ==
                1,
            "OpenSSL's memory");
}

void
sw_openssl_begin(bool with_points)
{
    memset(sites, 0, sizeof sites);
    memset(blocks, 0, sizeof blocks);
    used = held = 0;
    watched = with_points;
}

/* What OpenSSL keeps for each thread, such as the texts of errors that are no
 * more, is given back first. */
void
sw_openssl_end(void)
{
    OPENSSL_thread_stop();
    watched = false;
    sw_check(held == 0 || sw.warms_up, "%d blocks of OpenSSL's are left", held);
    used = held = 0;
}

void
sw_openssl_left(void)
{
    sw_check(ERR_peek_error() == 0, "an error is left in OpenSSL's queue: %s",
             ERR_reason_error_string(ERR_peek_error()));
}
