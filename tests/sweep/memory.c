/* SPDX-License-Identifier: MIT */
/* Allocation: what runnel has is known block by block. What it gets is not
 * zero, and what it gives back is overwritten, so that neither can be used. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "real.h"
#include "sweep.h"

enum {
    BLOCKS = 512
};

static void *blocks[BLOCKS];
static int count;

static int
find(const void *block)
{
    for (int i = count - 1; i >= 0; i--)
        if (blocks[i] == block)
            return i;
    return -1;
}

static void *
keep(void *block)
{
    if (block == NULL || count == BLOCKS)
        sw_stuck("this machine's memory, or too many blocks at once");
    blocks[count++] = block;
    return block;
}

/* Whether the call is to fail. */
static bool
fails(enum sw_call call)
{
    if (sw_point(call) == NULL)
        return false;
    errno = ENOMEM;
    return true;
}

void *
__wrap_malloc(size_t size)
{
    if (!sw.inside)
        return __real_malloc(size);
    if (fails(SW_MALLOC))
        return NULL;
    return memset(keep(__real_malloc(size)), 0xa5, size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    if (!sw.inside)
        return __real_calloc(n, size);
    return fails(SW_CALLOC) ? NULL : keep(__real_calloc(n, size));
}

char *
__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    if (!sw.inside)
        return memcpy(__real_malloc(size), text, size);
    return fails(SW_STRDUP) ? NULL
                            : memcpy(keep(__real_malloc(size)), text, size);
}

void
__wrap_free(void *block)
{
    if (!sw.inside || block == NULL) {
        __real_free(block);
        return;
    }
    int i = find(block);
    if (i < 0) {
        sw_bad("memory is freed that is not its own, or twice");
        return;
    }
    blocks[i] = blocks[--count];
    memset(block, 0xdd, malloc_usable_size(block));
    __real_free(block);
}

/* Always moves, so that a pointer kept to the old place is seen. */
void *
__wrap_realloc(void *block, size_t size)
{
    if (!sw.inside)
        return __real_realloc(block, size);
    if (fails(SW_REALLOC))
        return NULL;
    unsigned char *moved = keep(__real_malloc(size));
    size_t old = block == NULL ? 0 : malloc_usable_size(block);
    if (block != NULL)
        memcpy(moved, block, old < size ? old : size);
    if (old < size)
        memset(moved + old, 0xa5, size - old);
    __wrap_free(block);
    return moved;
}

void
sw_memory_begin(void)
{
    count = 0;
}

void
sw_memory_end(void)
{
    if (count > 0)
        sw_bad("%d blocks of memory are left", count);
    count = 0;
}
