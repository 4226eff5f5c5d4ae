/* SPDX-License-Identifier: MIT */
/* What send and receive have in common. */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "say.h"
#include "transcript.h"

static const char magic[] = "runnel-file 1 ";
static struct idle idle; /* of the one connection */

void
transfer_prepare(rn_socket *s)
{
    rn_set_cancel(s, interrupt_token());
    rn_set_max_line(s, TRANSFER_LINE);
    rn_set_deadline(s, RN_BOTH, deadline_or_never());
    if (settings.idle > 0)
        rn_set_timeout(s, RN_BOTH, idle_slice());
    idle_begin(&idle);
}

/* ---- Moving bytes */

/* Whether what a call returned is no reason to end: a slice of --idle. */
static bool
goes_on(const rn_socket *s, ptrdiff_t rc)
{
    if (rc >= 0)
        idle_begin(&idle);
    return rc == RN_E_TIMEOUT && !deadline_over() &&
        !idle_over(&idle, 0, s, NULL);
}

int
transfer_write(rn_socket *s, const void *data, size_t len)
{
    int rc;
    do
        rc = rn_write(s, data, len);
    while (goes_on(s, rc));
    if (rc == RN_OK)
        transcript_bytes(SENT, 0, data, len);
    return rc;
}

ptrdiff_t
transfer_read(rn_socket *s, void *data, size_t n)
{
    ptrdiff_t got;
    do
        got = rn_read_some(s, data, n);
    while (goes_on(s, got));
    if (got > 0)
        transcript_bytes(RECEIVED, 0, data, (size_t)got);
    return got;
}

int
transfer_line(rn_socket *s, const char **line)
{
    size_t len;
    int rc;
    do
        rc = rn_readln(s, line, &len);
    while (goes_on(s, rc));
    if (rc > 0)
        transcript_bytes(RECEIVED, 0, *line, len);
    return rc;
}

int
transfer_eof(rn_socket *s)
{
    int rc;
    do
        rc = rn_eof(s);
    while (goes_on(s, rc));
    return rc;
}

/* ---- The offer */

bool
transfer_print_offer(const struct transfer *t, char line[TRANSFER_LINE])
{
    size_t n = (size_t)snprintf(line, TRANSFER_LINE, "%s%llu ", magic,
                                (unsigned long long)t->size);
    for (const char *p = t->name; *p != '\0'; p++) {
        if (n + 5 > TRANSFER_LINE)
            return false;
        bool plain = *p > ' ' && *p <= '~' && *p != '%';
        n += (size_t)sprintf(line + n, plain ? "%c" : "%%%02X",
                             (unsigned char)*p);
    }
    strcpy(line + n, "\n");
    return true;
}

static int
hex_digit(char c)
{
    const char *digits = "0123456789ABCDEF";
    const char *p = c != '\0' ? strchr(digits, c) : NULL;
    return p != NULL ? (int)(p - digits) : -1;
}

static bool
decode(char name[STORE_NAME], const char *p)
{
    size_t n = 0;
    for (; *p != '\0' && n < STORE_NAME - 1; p++) {
        int c = (unsigned char)*p;
        if (c == '%') {
            int high = hex_digit(p[1]);
            int low = high < 0 ? -1 : hex_digit(p[2]);
            c = low < 0 ? 0 : high * 16 + low;
            p += 2;
        } else if (c <= ' ' || c > '~') {
            return false;
        }
        if (c == 0)
            return false;
        name[n++] = (char)c;
    }
    name[n] = '\0';
    return *p == '\0' && n > 0;
}

bool
transfer_parse_offer(struct transfer *t, const char *line)
{
    if (strncmp(line, magic, sizeof magic - 1) != 0)
        return false;
    const char *p = line + sizeof magic - 1;
    const char *digits = p;
    t->size = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (p - digits >= 18) /* so it fits off_t, too */
            return false;
        t->size = t->size * 10 + (uint64_t)(*p - '0');
    }
    return p > digits && *p == ' ' && decode(t->name, p + 1);
}

/* ---- The end */

int
transfer_failed(const rn_socket *s)
{
    rn_error err;
    char peer[RN_HOST_SIZE + 8];
    if (interrupt_signal() != 0)
        return EXIT_OTHER;
    if (rn_error_of(s, &err) != RN_E_TIMEOUT)
        return complain(&err);
    snprintf(peer, sizeof peer, err.port > 0 ? "%s:%d" : "%s", err.host,
             err.port);
    const char *ended;
    int code = complain_over(peer, &ended);
    report_ended(ended);
    return code;
}

/* As sha256sum(1) has it: a name with a line break would lie. */
static void
print_sum(const char *hex, const char *path)
{
    bool odd = strpbrk(path, "\n\r\\") != NULL;
    printf("%s%s  ", odd ? "\\" : "", hex);
    for (; *path != '\0'; path++) {
        if (*path == '\n' || *path == '\r' || *path == '\\')
            printf("\\%c", *path == '\n' ? 'n' : *path == '\r' ? 'r' : '\\');
        else
            putchar(*path);
    }
    putchar('\n');
}

void
transfer_tell(const struct transfer *t, const char *path)
{
    int64_t took = rn_now() - t->begun;
    double rate = took > 0 ? (double)t->bytes / ((double)took / 1e9) : 0;
    char size[BYTES_SIZE];
    char speed[BYTES_SIZE];
    char time[DURATION_SIZE];
    if (settings.json == NULL)
        print_sum(t->hex, path);
    detail("%s in %s, %s/s", print_bytes((double)t->bytes, size),
           print_duration(took, time), print_bytes(rate, speed));
    report_text("file", path);
    report_text("name", t->name);
    report_count("size", t->size);
    report_text("sha256", t->hex);
    report_ms("transfer_ms", took);
    report_count("bytes_per_second", (uint64_t)rate);
    report_ended("stored");
}
