/* SPDX-License-Identifier: MIT */
/*
 * Running a command. It gets pipes, not the connection itself: then its end of
 * input, its closing of the output and its exit can be told apart, and what it
 * wrote last arrives whatever it left unread.
 */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "options.h"
#include "say.h"

/* ---- Its environment: the variables of UCSPI, as tcpserver(1) and s6 set */

enum {
    PATIENCE_MS = 1000, /* between SIGTERM and SIGKILL */
    VARIABLES = 5,
    VARIABLE_SIZE = 32 + RN_ADDRESS_SIZE
};

struct environment {
    char text[VARIABLES][VARIABLE_SIZE];
    char **all; /* ours, and these */
};

static int
make_environment(struct environment *v, const rn_socket *peer)
{
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    v->all = calloc(n + VARIABLES + 1, sizeof *v->all);
    if (v->all == NULL)
        return -1;
    memcpy(v->all, environ, n * sizeof *v->all);
    if (peer == NULL)
        return 0;
    bool tcp = rn_remote_port(peer) > 0;
    snprintf(v->text[0], VARIABLE_SIZE, "PROTO=%s", tcp ? "TCP" : "UNIX");
    snprintf(v->text[1], VARIABLE_SIZE, "%sREMOTEIP=%s", "TCP",
             rn_remote_address(peer));
    snprintf(v->text[2], VARIABLE_SIZE, "TCPREMOTEPORT=%d",
             rn_remote_port(peer));
    snprintf(v->text[3], VARIABLE_SIZE, "TCPLOCALIP=%s",
             rn_local_address(peer));
    snprintf(v->text[4], VARIABLE_SIZE, "TCPLOCALPORT=%d", rn_local_port(peer));
    for (int i = 0; i < (tcp ? VARIABLES : 1); i++)
        v->all[n + (size_t)i] = v->text[i];
    return 0;
}

/* ---- A stream that ends when the process does */

static ptrdiff_t
read_life(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    (void)data;
    (void)n;
    return rn_wait_fd(wait, *(int *)ctx, RN_READABLE);
}

static ptrdiff_t
write_life(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    (void)ctx;
    (void)data;
    (void)wait;
    return (ptrdiff_t)n;
}

static int
fd_of_life(void *ctx)
{
    return *(int *)ctx;
}

static int
close_life(void *ctx, const rn_wait *wait)
{
    (void)wait;
    close(*(int *)ctx);
    free(ctx);
    return RN_OK;
}

static const rn_stream_ops life_ops = {.read = read_life,
                                       .write = write_life,
                                       .fd = fd_of_life,
                                       .close = close_life};

static rn_stream *
life_of(pid_t pid)
{
    int *fd = malloc(sizeof *fd);
    if (fd == NULL)
        return NULL;
    *fd = (int)syscall(SYS_pidfd_open, pid, 0);
    rn_stream *s =
        *fd < 0 ? NULL : rn_stream_new(&life_ops, fd, RN_UNBUFFERED, NULL);
    if (s == NULL) {
        if (*fd >= 0)
            close(*fd);
        free(fd);
    }
    return s;
}

/* ---- Starting it */

static int
complain_about(const char *word)
{
    char what[RN_HOST_SIZE];
    int sys = errno;
    snprintf(what, sizeof what, "run %s", word);
    errno = sys;
    return complain_local(what);
}

int
end_check_command(const char *word)
{
    const char *path = getenv("PATH");
    if (strchr(word, '/') != NULL)
        return access(word, X_OK) == 0 ? EXIT_FINE : complain_about(word);
    for (const char *p = path; p != NULL && *word != '\0';) {
        char file[PATH_MAX];
        size_t len = strcspn(p, ":");
        snprintf(file, sizeof file, "%.*s/%s", len > 0 ? (int)len : 1,
                 len > 0 ? p : ".", word);
        if (access(file, X_OK) == 0)
            return EXIT_FINE;
        p = p[len] == ':' ? p + len + 1 : NULL;
    }
    errno = ENOENT;
    return complain_about(word);
}

static int
spawn(pid_t *pid, char *const *words, char **env, int in, int out)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t set;
    if (posix_spawn_file_actions_init(&files) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    /* Also what our own parent left open. */
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attr, &set);
    sigaddset(&set, SIGPIPE);
    posix_spawnattr_setsigdefault(&attr, &set);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int sys = posix_spawnp(pid, words[0], &files, &attr, words, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return sys;
}

/* Two pipes: to its input, from its output. */
static int
make_pipes(int to[2], int from[2])
{
    if (pipe2(to, O_CLOEXEC) < 0)
        return errno;
    if (pipe2(from, O_CLOEXEC) == 0)
        return 0;
    int sys = errno;
    close(to[0]);
    close(to[1]);
    return sys;
}

static int
start(struct end *e, char *const *words, char **env)
{
    int to[2];
    int from[2];
    int sys = make_pipes(to, from);
    if (sys != 0)
        return sys;
    sys = spawn(&e->pid, words, env, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    e->out = rn_from_fd(to[1], RN_UNBUFFERED, NULL);
    e->in = rn_from_fd(from[0], RN_UNBUFFERED, NULL);
    if (e->out == NULL)
        close(to[1]);
    if (e->in == NULL)
        close(from[0]);
    if (sys != 0) {
        e->pid = 0;
        return sys;
    }
    e->life = life_of(e->pid);
    if (e->in == NULL || e->out == NULL || e->life == NULL)
        return ENOMEM;
    rn_set_name(e->in, words[0]);
    rn_set_name(e->out, words[0]);
    return 0;
}

int
end_command(struct end *e, char *const *words, const rn_socket *peer)
{
    struct environment v = {0};
    *e = (struct end){.name = words[0]};
    int sys = make_environment(&v, peer) < 0 ? ENOMEM : start(e, words, v.all);
    free(v.all);
    if (sys == 0)
        return EXIT_FINE;
    end_close(e, true);
    errno = sys;
    return complain_about(words[0]);
}

/* Until it has ended, within the limits: EXIT_FINE. */
static int
wait_for_end(const struct end *e)
{
    const char *ended;
    rn_set_deadline(e->life, RN_READABLE, deadline_or_never());
    rn_set_timeout(e->life, RN_READABLE,
                   settings.idle > 0 ? settings.idle : RN_NO_TIMEOUT);
    rn_set_cancel(e->life, interrupt_token());
    int rc = rn_eof(e->life);
    if (rc == 1)
        return EXIT_FINE;
    return rc == RN_E_TIMEOUT ? complain_over(e->name, &ended) : EXIT_OTHER;
}

/* Ask it to end; one that does not listen gets no choice. */
static void
end_it(const struct end *e)
{
    rn_set_deadline(e->life, RN_READABLE, rn_in(PATIENCE_MS));
    rn_set_timeout(e->life, RN_READABLE, RN_NO_TIMEOUT);
    rn_set_cancel(e->life, NULL);
    kill(e->pid, SIGTERM);
    if (e->life == NULL || rn_eof(e->life) != 1)
        kill(e->pid, SIGKILL);
}

int
command_wait(const struct end *e, bool failed)
{
    int status;
    int code = failed ? EXIT_FINE : wait_for_end(e);
    if (failed || code != EXIT_FINE)
        end_it(e);
    while (waitpid(e->pid, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_OTHER;
    if (failed || code != EXIT_FINE || status == 0)
        return code;
    if (WIFEXITED(status))
        return complain_as(EXIT_COMMAND, "%s: exit status %d", e->name,
                           WEXITSTATUS(status));
    if (WTERMSIG(status) == SIGPIPE) /* nobody wanted more of it */
        return EXIT_FINE;
    return complain_as(EXIT_COMMAND, "%s: ended by signal %d", e->name,
                       WTERMSIG(status));
}
