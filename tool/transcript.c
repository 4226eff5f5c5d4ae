/* SPDX-License-Identifier: MIT */
/* --log FILE: each line has a time (UTC), a direction, and text or hex. */
#include "transcript.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exit.h"
#include "options.h"
#include "say.h"

static FILE *file; /* NULL without --log */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int
transcript_begin(void)
{
    if (settings.log == NULL)
        return EXIT_FINE;
    file = fopen(settings.log, "we");
    return file != NULL ? EXIT_FINE : complain_local(settings.log);
}

bool
transcript_wanted(void)
{
    return file != NULL;
}

static void
print_head(enum transcript_mark mark, int number)
{
    struct timespec now;
    struct tm tm;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    fprintf(file, "%s.%06ldZ ", text, now.tv_nsec / 1000);
    if (number > 0)
        fprintf(file, "#%d ", number);
    fprintf(file, "%c ", (char)mark);
}

static bool
is_control(unsigned char c)
{
    return (c < 0x20 && strchr("\t\r\n", c) == NULL) || c == '\0' || c == 0x7f;
}

/* How many bytes a letter of UTF-8 has that begins so; 0: none does. */
static size_t
letter(unsigned char c)
{
    return c < 0x80 ? 1
        : c < 0xc2  ? 0
        : c < 0xe0  ? 2
        : c < 0xf0  ? 3
        : c < 0xf5  ? 4
                    : 0;
}

/* UTF-8 without controls, those of C1 included, which terminals obey. The first
 * and the last letter may lie in two pieces. */
static bool
is_text(const unsigned char *p, size_t len)
{
    size_t i = 0;
    while (i < len && i < 3 && (p[i] & 0xc0) == 0x80)
        i++;
    while (i < len) {
        size_t n = letter(p[i]);
        if (n == 0 || is_control(p[i]))
            return false;
        for (size_t k = 1; k < n && i + k < len; k++)
            if ((p[i + k] & 0xc0) != 0x80)
                return false;
        if (p[i] == 0xc2 && i + 1 < len && p[i + 1] < 0xa0)
            return false;
        i += n;
    }
    return true;
}

/* One line of text, its ending shown, for it is half of many a protocol. */
static void
print_text(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (p[i]) {
        case '\r':
            fputs("\\r", file);
            break;
        case '\n':
            fputs("\\n", file);
            break;
        case '\t':
            fputs("\\t", file);
            break;
        case '\\':
            fputs("\\\\", file);
            break;
        default:
            putc(p[i], file);
        }
    }
    putc('\n', file);
}

static void
print_hex(const unsigned char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(file, "%02x ", p[i]);
    fprintf(file, "%*s|", (int)(16 - len) * 3, "");
    for (size_t i = 0; i < len; i++)
        putc(p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.', file);
    fputs("|\n", file);
}

void
transcript_bytes(enum transcript_mark mark, int number, const void *data,
                 size_t len)
{
    if (file == NULL)
        return;
    const unsigned char *p = data;
    bool as_text = !settings.hex && is_text(p, len);
    pthread_mutex_lock(&lock);
    while (len > 0) {
        const unsigned char *lf = as_text ? memchr(p, '\n', len) : NULL;
        size_t n = lf != NULL  ? (size_t)(lf - p) + 1
            : as_text          ? len
            : len < (size_t)16 ? len
                               : 16;
        print_head(mark, number);
        if (as_text)
            print_text(p, n);
        else
            print_hex(p, n);
        p += n;
        len -= n;
    }
    pthread_mutex_unlock(&lock);
}

void
transcript_event(int number, const char *text)
{
    if (file == NULL)
        return;
    pthread_mutex_lock(&lock);
    print_head(EVENT, number);
    print_text((const unsigned char *)text, strlen(text));
    pthread_mutex_unlock(&lock);
}

int
transcript_end(int exit_code)
{
    if (file == NULL)
        return exit_code;
    bool bad = ferror(file) != 0;
    bad = fclose(file) != 0 || bad;
    file = NULL;
    if (!bad)
        return exit_code;
    int code = complain_local(settings.log);
    return exit_code == EXIT_FINE ? code : exit_code;
}
