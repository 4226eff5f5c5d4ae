/* SPDX-License-Identifier: MIT */
/* runnel send FILE HOST PORT: a whole file, to `runnel receive`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "commands.h"
#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "progress.h"
#include "report.h"
#include "say.h"
#include "transfer.h"

static int
complain_of_file(const char *path, int sys)
{
    char shown[QUOTE_SIZE];
    quoted(shown, path);
    errno = sys;
    return complain_local(shown);
}

/* A regular file; a pipe would be opened for ever, and has no size. */
static int
open_file(const char *path, struct transfer *t, int *fd)
{
    struct stat st;
    char shown[QUOTE_SIZE];
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0 || fstat(*fd, &st) != 0)
        return complain_of_file(path, errno);
    if (!S_ISREG(st.st_mode))
        return complain_as(EXIT_LOCAL, "%s is not a regular file",
                           quoted(shown, path));
    const char *slash = strrchr(path, '/');
    snprintf(t->name, sizeof t->name, "%s", slash != NULL ? slash + 1 : path);
    t->size = (uint64_t)st.st_size;
    return EXIT_FINE;
}

/* The receiver's next line, which should be `wanted`. */
static int
expect(rn_socket *s, const char *wanted)
{
    const char *line;
    char shown[QUOTE_SIZE];
    int rc = transfer_line(s, &line);
    if (rc < 0)
        return transfer_failed(s);
    if (rc > 0 && strcmp(line, wanted) == 0)
        return EXIT_FINE;
    if (rc > 0 && strncmp(line, "no ", 3) == 0) {
        report_ended("receiver");
        return complain_as(EXIT_OTHER, "the receiver refuses: %s",
                           quoted(shown, line + 3));
    }
    if (rc > 0)
        return complain_as(EXIT_OTHER, "no answer of a receiver: %s",
                           quoted(shown, line));
    return complain_as(EXIT_RESET, "the receiver ended without an answer");
}

/* Whether the receiver speaks, or has ended, before its time. */
static bool
objects(rn_socket *s)
{
    rn_set_deadline(s, RN_READABLE, RN_NOW);
    bool yes = rn_eof(s) != RN_E_AGAIN;
    rn_set_deadline(s, RN_READABLE, deadline_or_never());
    return yes;
}

/* Why sending failed: the receiver may have told it. */
static int
complain_of_sending(rn_socket *s)
{
    bool reset = rn_error_of(s, NULL) == RN_E_RESET;
    if (reset && interrupt_signal() == 0 && objects(s) && rn_pending(s) > 0)
        return expect(s, "");
    return transfer_failed(s);
}

static int
send_bytes(rn_socket *s, const char *path, int fd, struct transfer *t)
{
    static char data[TRANSFER_CHUNK];
    char shown[QUOTE_SIZE];
    while (t->bytes < t->size) {
        uint64_t left = t->size - t->bytes;
        ssize_t n =
            read(fd, data, left < sizeof data ? (size_t)left : sizeof data);
        if (n < 0)
            return complain_of_file(path, errno);
        if (n == 0)
            return complain_as(EXIT_LOCAL, "%s became shorter meanwhile",
                               quoted(shown, path));
        if (!checksum_add(t->checksum, data, (size_t)n))
            return complain_as(EXIT_OTHER, "no checksum to be had");
        if (transfer_write(s, data, (size_t)n) < 0)
            return complain_of_sending(s);
        t->bytes += (uint64_t)n;
        progress_at(t->bytes);
        if (objects(s))
            return expect(s, "");
    }
    return EXIT_FINE;
}

static int
send_sum(rn_socket *s, struct transfer *t)
{
    char sum[CHECKSUM_SIZE + 16];
    char wanted[CHECKSUM_SIZE + 8];
    bool ok = checksum_end(t->checksum, t->hex);
    t->checksum = NULL;
    if (!ok)
        return complain_as(EXIT_OTHER, "no checksum to be had");
    int len = snprintf(sum, sizeof sum, "sha256 %s\n", t->hex);
    if (transfer_write(s, sum, (size_t)len) < 0)
        return complain_of_sending(s);
    snprintf(wanted, sizeof wanted, "stored %s", t->hex);
    return expect(s, wanted);
}

static int
send_file(rn_socket *s, const char *path, int fd, struct transfer *t)
{
    char offer[TRANSFER_LINE];
    if (!transfer_print_offer(t, offer))
        return complain_of_file(path, ENAMETOOLONG);
    if (transfer_write(s, offer, strlen(offer)) < 0)
        return complain_of_sending(s);
    int code = expect(s, "go");
    if (code != EXIT_FINE)
        return code;
    t->begun = rn_now();
    progress_begin(path, t->size);
    code = send_bytes(s, path, fd, t);
    progress_end();
    return code != EXIT_FINE ? code : send_sum(s, t);
}

static int
send_to(const struct target *target, const char *path, int fd,
        struct transfer *t)
{
    rn_error err;
    rn_socket *s = dial(target, RN_UNBUFFERED, &err);
    if (s == NULL)
        return interrupt_signal() != 0 ? EXIT_OTHER : complain(&err);
    transfer_prepare(s);
    int code = send_file(s, path, fd, t);
    if (code == EXIT_FINE)
        rn_close(s); /* the receiver has confirmed all there was */
    else
        rn_abort(s); /* so that it does not take this for an end */
    rn_free(s);
    return code;
}

static int
run(int count, char **args)
{
    struct target target;
    struct transfer t = {0};
    int fd;
    int code = parse_target(count - 1, args + 1, &target);
    if (code != PARSED)
        return code;
    t.checksum = checksum_new();
    if (t.checksum == NULL)
        return complain_as(EXIT_OTHER, "no checksum to be had");
    code = open_file(args[0], &t, &fd);
    if (code == EXIT_FINE)
        code = send_to(&target, args[0], fd, &t);
    if (code == EXIT_FINE)
        transfer_tell(&t, args[0]);
    if (fd >= 0)
        close(fd);
    if (t.checksum != NULL)
        checksum_end(t.checksum, NULL);
    return code;
}

const struct command command_send = {
    .name = "send",
    .synopsis = "FILE HOST PORT",
    .purpose = "send a whole file to runnel receive",
    .more = "Prints its SHA-256 as sha256sum does, and exits with 0 when the "
            "receiver has\nstored all of it, and only then.",
    .least = 2,
    .most = 3,
    .common = COMMON_TIME | COMMON_FAMILY | COMMON_NETWORK | COMMON_LOG |
        COMMON_REPORT,
    .run = run,
};
