/* SPDX-License-Identifier: MIT */
/*
 * The library's system calls against the list, in both directions. Every call
 * of the library is made in a process that the kernel stops (seccomp(2)) at the
 * first system call which is not listed; then again without each listed one in
 * turn, which has to stop it. Host names, whose system calls are the C
 * library's, have their own part of the list. Prints TAP.
 * usage: test_syscalls LIST
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operations.h"

enum part {
    LIBRARY,
    PROCESS,
    LOOKUP
};
static const char *const part_names[] = {"[library]", "[process]", "[lookup]"};

struct call {
    char name[40];
    int number;
    enum part part;
};

enum {
    MOST = 100,
    NONE = -1,
    SECONDS = 20 /* that one run may take */
};
static struct call calls[MOST];
static int count;

/* What a run tells of itself before it ends. */
struct report {
    int number; /* of the system call that was not allowed */
    char where[100];
};
static int report_to;

_Noreturn static void
give_up(const char *why, const char *what)
{
    printf("Bail out! %s%s\n", why, what);
    exit(1);
}

/* One line of the list. */
static void
take(const char *line, int *part)
{
    char word[40];
    if (line[0] == '#' || sscanf(line, "%39s", word) != 1)
        return;
    if (word[0] == '[') {
        for (*part = LIBRARY; strcmp(part_names[*part], word) != 0; ++*part)
            if (*part == LOOKUP)
                give_up("the list has no such part: ", word);
        return;
    }
    struct call c = {.number = seccomp_syscall_resolve_name(word),
                     .part = (enum part) * part};
    if (c.number < 0 || count == MOST || *part < 0)
        give_up("the list names no system call: ", word);
    memcpy(c.name, word, sizeof word);
    calls[count++] = c;
}

static void
read_list(const char *path)
{
    char line[200];
    int part = NONE;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        give_up("no list: ", path);
    while (fgets(line, sizeof line, f) != NULL)
        take(line, &part);
    fclose(f);
}

/* ---- In the process that is watched */

static void
report(int number, const char *where)
{
    struct report r = {.number = number};
    strncpy(r.where, where, sizeof r.where - 1);
    if (write(report_to, &r, sizeof r) != sizeof r)
        _exit(3);
}

/* SIGSYS: a system call was not allowed. Telling is a write(2): where that is
 * not allowed either, the kernel ends the process on the spot. */
static void
not_allowed(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    report(info->si_syscall, doing);
    _exit(1);
}

static void
too_long(int sig)
{
    (void)sig;
    report(NONE, doing);
    _exit(1);
}

/* From here on nothing but the list up to `last`, without the one at `left_out`
 * (NONE: with all), and the end of the process. */
static void
confine(enum part last, int left_out)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO,
                            .sa_sigaction = not_allowed};
    sigaction(SIGSYS, &act, NULL);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    int rc = filter == NULL ? -ENOMEM : 0;
    for (int i = 0; i < count && rc == 0; i++)
        if (i != left_out && calls[i].part <= last)
            rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i].number, 0);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(exit_group), 0);
    if (rc == 0)
        rc = seccomp_load(filter);
    if (rc < 0) {
        report(NONE, strerror(-rc));
        _exit(2);
    }
    seccomp_release(filter);
}

static bool
surround(struct surroundings *around, const char *dir)
{
    int broken[2];
    memset(around, 0, sizeof *around);
    around->file = fileno(tmpfile());
    if (around->file < 0 || pipe(around->pipe) < 0 || pipe(broken) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, around->pair) < 0)
        return false;
    close(broken[0]);
    around->broken_pipe = broken[1];
    snprintf(around->abstract, sizeof around->abstract, "unix:@%s", dir);
    snprintf(around->dead, sizeof around->dead, "unix:%s/dead", dir);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", around->dead + 5);
    unlink(at.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int rc = bind(fd, (struct sockaddr *)&at, sizeof at);
    close(fd);
    return rc == 0;
}

_Noreturn static void
run(enum part last, int left_out, const char *dir)
{
    struct surroundings around;
    signal(SIGALRM, too_long);
    alarm(SECONDS);
    if (!surround(&around, dir)) {
        report(NONE, "the surroundings");
        _exit(2);
    }
    confine(last, left_out);
    int rc = last == LOOKUP ? lookups() : operations(&around);
    if (rc != 0)
        report(NONE, wrong);
    _exit(rc == 0 ? 0 : 2);
}

/* ---- Outside */

/* How such a run ends. True: well. What it told is in *told. */
static bool
runs(enum part last, int left_out, const char *dir, struct report *told)
{
    int ends[2];
    int status = 0;
    if (pipe(ends) < 0)
        give_up("pipe: ", strerror(errno));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        report_to = ends[1];
        run(last, left_out, dir);
    }
    close(ends[1]);
    *told = (struct report){.number = NONE};
    ssize_t n = read(ends[0], told, sizeof *told);
    close(ends[0]);
    waitpid(child, &status, 0);
    /* Nothing was told: in a thread that hears no signals, as a lookup's, or
     * where telling was not allowed. */
    bool stopped = n <= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    if (stopped && left_out != NONE)
        told->number = calls[left_out].number;
    else if (n <= 0)
        snprintf(told->where, sizeof told->where,
                 stopped ? "SIGSYS, in a thread of the library's own"
                         : "status 0x%x",
                 (unsigned)status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int number;

static void
result(bool ok, const char *name, const struct report *told)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++number, name);
    if (ok)
        return;
    char *call = told->number >= 0
        ? seccomp_syscall_resolve_num_arch(seccomp_arch_native(), told->number)
        : NULL;
    if (call != NULL)
        printf("# not on the list: %s, in %s\n", call, told->where);
    else
        printf("# it ended in: %s\n", told->where);
    free(call);
}

static int
check(const char *list, const char *dir)
{
    struct report told;
    int good = 0;
    int all = 0;
    read_list(list);
    bool complete = runs(PROCESS, NONE, dir, &told);
    result(complete, "every call with the listed system calls", &told);
    bool ok = runs(LOOKUP, NONE, dir, &told);
    result(ok, "host names with the listed system calls", &told);
    /* Without them all, each of these would end where the first did. */
    for (int i = 0; i < count && complete; i++) {
        char name[100];
        if (calls[i].part != LIBRARY)
            continue;
        bool ended_well = runs(PROCESS, i, dir, &told);
        bool missed = !ended_well && told.number == calls[i].number;
        if (ended_well)
            snprintf(told.where, sizeof told.where,
                     "success, as nothing makes it, the list is stale");
        snprintf(name, sizeof name, "needed: %.39s", calls[i].name);
        result(missed, name, &told);
        good += missed;
        all++;
    }
    printf("1..%d\n# system calls %d/%d\n", number, good, all);
    return complete && ok && good == all ? 0 : 1;
}

static int
not_run(const char *why)
{
    printf("# SKIPPED: NOT RUN: %s\n1..0 # SKIP %s\n", why, why);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    if (seccomp_arch_native() != SCMP_ARCH_X86_64)
        return not_run("the list of system calls is that of x86-64");
    if (prctl(PR_GET_SECCOMP) < 0)
        return not_run("the kernel has no seccomp(2)");
    char dir[] = "/tmp/runnel-syscalls-XXXXXX";
    if (mkdtemp(dir) == NULL)
        give_up("mkdtemp: ", strerror(errno));
    int rc = check(argv[1], dir);
    char path[sizeof dir + 10];
    snprintf(path, sizeof path, "%s/dead", dir);
    unlink(path);
    rmdir(dir);
    return rc;
}
