/* SPDX-License-Identifier: MIT */
/*
 * The parts that need no network, for counting their instructions: lines out of
 * a file in memory, lines and pieces into nothing.
 * usage: pure JOB COUNT; the jobs are in the table at the end
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runnel.h"

static rn_stream *
stream_of(int fd, rn_buffering buffering)
{
    rn_error error;
    rn_stream *s = fd < 0 ? NULL : rn_from_fd(fd, (int)buffering, &error);
    if (s == NULL)
        exit(2);
    return s;
}

/* A file of `count` lines of `size` bytes, in few calls: they are counted too.
 */
static int
text_of(long count, size_t size, const char *ending)
{
    static char block[1 << 16];
    size_t end = strlen(ending);
    size_t lines = sizeof block / size;
    int fd = memfd_create("lines", MFD_CLOEXEC);
    memset(block, 'x', sizeof block);
    for (size_t i = 0; i < lines; i++)
        memcpy(block + (i + 1) * size - end, ending, end);
    for (size_t left = (size_t)count; left > 0; left -= lines) {
        lines = left < lines ? left : lines;
        if (write(fd, block, lines * size) != (ssize_t)(lines * size))
            exit(2);
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* The size is that of a line with its ending. */
static int
read_lines(long count, size_t size, const char *ending)
{
    rn_stream *s = stream_of(text_of(count, size, ending), RN_BUFFERED);
    const char *got;
    size_t len;
    long lines = 0;
    while (rn_readln(s, &got, &len) == 1 && len == size - strlen(ending))
        lines++;
    rn_free(s);
    return lines != count;
}

static int
read_lf(long count)
{
    return read_lines(count, 32, "\n");
}

static int
read_lf_8(long count)
{
    return read_lines(count, 8, "\n");
}

static int
read_lf_1024(long count)
{
    return read_lines(count, 1024, "\n");
}

static int
read_crlf(long count)
{
    return read_lines(count, 32, "\r\n");
}

static int
write_lines(long count)
{
    rn_stream *s = stream_of(open("/dev/null", O_WRONLY), RN_BUFFERED);
    int rc = RN_OK;
    while (rc == RN_OK && count-- > 0)
        rc = rn_writeln(s, "a line of one and thirty letters", 31);
    rc = rc == RN_OK ? rn_close(s) : rc;
    rn_free(s);
    return rc != RN_OK;
}

/* A copy of the large piece would be some thousands of instructions. */
static int
write_pieces(long count)
{
    static char head[] = "head\n";
    static char large[65536];
    struct iovec pieces[] = {{head, 5}, {large, sizeof large}, {head, 5}};
    rn_stream *s = stream_of(open("/dev/null", O_WRONLY), RN_UNBUFFERED);
    int rc = RN_OK;
    while (rc == RN_OK && count-- > 0)
        rc = rn_writev(s, pieces, 3);
    rn_free(s);
    return rc != RN_OK;
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(long count);
    } jobs[] = {
        {"readln", read_lf},           {"readln-8", read_lf_8},
        {"readln-1024", read_lf_1024}, {"readln-crlf", read_crlf},
        {"writeln", write_lines},      {"writev-64k", write_pieces},
    };
    if (argc != 3)
        return 2;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
        if (strcmp(jobs[i].name, argv[1]) == 0)
            return jobs[i].run(atol(argv[2]));
    return 2;
}
