/* SPDX-License-Identifier: MIT */
/* Memory: what is given back is counted and overwritten, what is given out is
 * not zero, and now and then there is none. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "../support/wrapped.h"
#include "kernel.h"

enum {
    SPOILT = 512 /* bytes of each block: enough to be noticed */
};

static int blocks;

static void
spoil(void *block, size_t size, int with)
{
    memset(block, with, size < SPOILT ? size : SPOILT);
}

static bool
none_left(void)
{
    if (!sim_disturbs(sim.rate.memory))
        return false;
    sim_trace("            no memory");
    sim.op.starved = true;
    errno = ENOMEM;
    return true;
}

void *
__wrap_malloc(size_t size)
{
    if (none_left())
        return NULL;
    void *block = __real_malloc(size);
    if (block == NULL)
        sim_bad("this machine has no memory left");
    blocks++;
    spoil(block, size, 0xa5);
    return block;
}

void *
__wrap_calloc(size_t count, size_t size)
{
    if (none_left())
        return NULL;
    blocks++;
    return __real_calloc(count, size);
}

void
__wrap_free(void *block)
{
    if (block == NULL)
        return;
    blocks--;
    spoil(block, malloc_usable_size(block), 0xdd);
    __real_free(block);
}

/* Always moves, so that a pointer kept to the old place is seen. */
void *
__wrap_realloc(void *block, size_t size)
{
    size_t old = block == NULL ? 0 : malloc_usable_size(block);
    void *moved = __wrap_malloc(size);
    if (moved == NULL)
        return NULL;
    if (old > 0)
        memcpy(moved, block, old < size ? old : size);
    __wrap_free(block);
    return moved;
}

char *
__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

void
sim_memory_begin(void)
{
    blocks = 0;
}

void
sim_memory_end(void)
{
    sim_check(blocks == 0, "%d blocks of memory are left", blocks);
}
