/* SPDX-License-Identifier: MIT */
#include "scarce.h"

#include <openssl/crypto.h>
#include <stdlib.h>

struct scarce scarce;
static enum whose failing;

void
enter(enum part p)
{
    failing = scarce.part == p || scarce.part == ALL ? scarce.chosen : NOBODY;
}

void
leave(void)
{
    failing = NOBODY;
}

static bool
fails(enum whose whose)
{
    if (whose != failing)
        return false;
    long i = ++scarce.count;
    bool now = i == scarce.at || (scarce.always && i > scarce.at);
    scarce.refused = scarce.refused || now;
    return now;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
void __real_free(void *block);
void __wrap_free(void *block);

static void *
taken(void *block)
{
    scarce.held += block != NULL;
    return block;
}

void *
__wrap_malloc(size_t n)
{
    return fails(OURS) ? NULL : taken(__real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails(OURS) ? NULL : taken(__real_calloc(n, size));
}

void *
__wrap_realloc(void *old, size_t n)
{
    if (fails(OURS))
        return NULL;
    void *block = __real_realloc(old, n);
    scarce.held += old == NULL && block != NULL;
    return block;
}

char *
__wrap_strdup(const char *text)
{
    return fails(OURS) ? NULL : taken(__real_strdup(text));
}

void
__wrap_free(void *block)
{
    scarce.held -= block != NULL;
    __real_free(block);
}

static void *
their_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails(OPENSSL) ? NULL : __real_malloc(n);
}

static void *
their_realloc(void *old, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails(OPENSSL) ? NULL : __real_realloc(old, n);
}

static void
their_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    __real_free(block);
}

bool
scarce_begin(void)
{
    return CRYPTO_set_mem_functions(their_malloc, their_realloc, their_free) ==
        1;
}
