/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "server.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

enum {
    TRIES = 5,
    MAX_ARGS = 24
};

void
server_prepare(struct server *s)
{
    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "/tmp/runnel-peer-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
}

/* In the child: become the program, and end with the test whatever happens. */
static void
become(const char **argv, int log, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    dprintf(STDERR_FILENO, "cannot start %s\n", argv[0]);
    _exit(127);
}

static void
end(struct server *s)
{
    int status;
    kill(s->pid, SIGKILL);
    waitpid(s->pid, &status, 0);
    while (waitpid(-1, &status, 0) > 0)
        continue; /* what it had started is now ours, and ends by itself */
    rn_free(s->log);
    s->log = NULL;
    s->pid = 0;
}

static int
try_start(struct server *s,
          void (*arguments)(struct server *s, const char **argv),
          const char *ready)
{
    const char *argv[MAX_ARGS] = {NULL};
    int holder;
    int log[2];
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    s->port = closed_port(&holder);
    arguments(s, argv);
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    close(holder);
    pid_t parent = getpid();
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0)
        become(argv, log[1], parent);
    close(log[1]);
    s->log = rn_from_fd(log[0], RN_BUFFERED, NULL);
    const char *line;
    char last[200] = "(it said nothing)";
    while (rn_readln(s->log, &line, NULL) > 0) {
        if (strstr(line, ready) != NULL)
            return 1;
        snprintf(last, sizeof last, "%s", line);
    }
    print_error("%s ended: %s\n", argv[0], last);
    end(s);
    return 0;
}

void
server_start(struct server *s,
             void (*arguments)(struct server *s, const char **argv),
             const char *ready)
{
    for (int i = 0; i < TRIES; i++)
        if (try_start(s, arguments, ready))
            return;
    fail_msg("the server did not start");
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void
server_stop(struct server *s)
{
    if (s->pid > 0)
        end(s);
    nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

rn_socket *
server_connect(const struct server *s, rn_buffering buffering)
{
    rn_error err;
    rn_socket *c = rn_connect("localhost", s->port, buffering, &err);
    if (c == NULL)
        fail_msg("%s", err.message);
    return c;
}
