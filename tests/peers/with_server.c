/* SPDX-License-Identifier: MIT */
/*
 * Run a command beside one of the real servers: PORT and FOLDER of its
 * environment tell where that is, and FOLDER/log has what the server says.
 *
 * usage: with_server NAME COMMAND...   exit code 77: the server is not
 * installed
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/check.h"
#include "known.h"

static const struct known *const all[] = {&known_redis, &known_nginx,
                                          &known_smtp, &known_irc};

/* Nobody else reads it, and a full pipe would stop the server. */
static void *
keep_log(void *arg)
{
    struct server *s = arg;
    char path[sizeof s->dir + 8];
    const char *line;
    snprintf(path, sizeof path, "%s/log", s->dir);
    FILE *f = fopen(path, "w");
    while (f != NULL && rn_readln(s->log, &line, NULL) > 0) {
        fprintf(f, "%s\n", line);
        fflush(f);
    }
    if (f != NULL)
        fclose(f);
    return NULL;
}

static int
run(char **command)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int
main(int argc, char **argv)
{
    const struct known *k = NULL;
    struct server s;
    char port[16];
    pthread_t log;
    for (size_t i = 0; argc > 2 && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(argv[1], all[i]->name) == 0)
            k = all[i];
    if (k == NULL)
        return 2;
    if (access(k->path, X_OK) != 0) {
        fprintf(stderr, "NOT RUN: %s is not installed (package %s)\n", k->path,
                k->package);
        return 77;
    }
    server_prepare(&s);
    server_start(&s, k->arguments, k->ready);
    snprintf(port, sizeof port, "%d", s.port);
    setenv("PORT", port, 1);
    setenv("FOLDER", s.dir, 1);
    if (pthread_create(&log, NULL, keep_log, &s) != 0)
        return 1;
    int code = run(argv + 2);
    kill(s.pid, SIGKILL);
    pthread_join(log, NULL);
    server_stop(&s);
    return code;
}
