/* SPDX-License-Identifier: MIT */
/*
 * A library's system calls against the list. Every call of the library is made
 * in a process that the kernel stops (seccomp(2)) at the first system call
 * which is not listed; then, for those that are the library's own, again
 * without each in turn, which has to stop it. Host names, whose system calls
 * are the C library's, and TLS, whose are OpenSSL's, have their own parts of
 * the list. Prints TAP.
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
#include <sys/wait.h>
#include <unistd.h>

#include "operations.h"

const char *volatile doing = "";
const char *wrong = "";

static const char *const part_names[] = {"[library]", "[process]", "[lookup]",
                                         "[tls]"};

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
            if (*part == TLS)
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

int
failed(const char *what)
{
    if (wrong[0] == '\0')
        wrong = what;
    return 1;
}

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

/* From here on nothing but [library], [process] and `part`, without the one at
 * `left_out` (NONE: with all), and the end of the process. */
static void
confine(enum part part, int left_out)
{
    struct sigaction act = {.sa_flags = SA_SIGINFO,
                            .sa_sigaction = not_allowed};
    sigaction(SIGSYS, &act, NULL);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    int rc = filter == NULL ? -ENOMEM : 0;
    for (int i = 0; i < count && rc == 0; i++)
        if (i != left_out &&
            (calls[i].part <= PROCESS || calls[i].part == part))
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

_Noreturn static void
run(const struct set *set, int left_out, const char *dir)
{
    struct surroundings around;
    signal(SIGALRM, too_long);
    alarm(SECONDS);
    if (!surround(&around, dir)) {
        report(NONE, "the surroundings");
        _exit(2);
    }
    confine(set->part, left_out);
    int rc = set->calls(&around);
    if (rc != 0)
        report(NONE, wrong);
    _exit(rc == 0 ? 0 : 2);
}

/* ---- Outside */

/* How such a run ends. True: well. What it told is in *told. */
static bool
runs(const struct set *set, int left_out, const char *dir, struct report *told)
{
    int ends[2];
    int status = 0;
    if (pipe(ends) < 0)
        give_up("pipe: ", strerror(errno));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        report_to = ends[1];
        run(set, left_out, dir);
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

/* Each of [library] is needed: without them all, each run would end where the
 * first did. */
static bool
each_is_needed(const struct set *set, const char *dir)
{
    int good = 0;
    int all = 0;
    for (int i = 0; i < count; i++) {
        struct report told;
        char name[100];
        if (calls[i].part != LIBRARY)
            continue;
        bool ended_well = runs(set, i, dir, &told);
        bool missed = !ended_well && told.number == calls[i].number;
        if (ended_well)
            snprintf(told.where, sizeof told.where,
                     "success, as nothing makes it, the list is stale");
        snprintf(name, sizeof name, "needed: %.39s", calls[i].name);
        result(missed, name, &told);
        good += missed;
        all++;
    }
    printf("# system calls %d/%d\n", good, all);
    return good == all;
}

static int
check(const char *list, const char *dir)
{
    bool ok = true;
    read_list(list);
    for (int i = 0; i < set_count; i++) {
        struct report told;
        char name[100];
        bool complete = runs(&sets[i], NONE, dir, &told);
        snprintf(name, sizeof name, "%.40s with the listed system calls",
                 sets[i].name);
        result(complete, name, &told);
        ok = ok && complete;
        if (complete && sets[i].part == PROCESS)
            ok = each_is_needed(&sets[i], dir) && ok;
    }
    printf("1..%d\n", number);
    return ok ? 0 : 1;
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
    if (!sets_begin())
        give_up("what is needed could not be made", "");
    int rc = check(argv[1], dir);
    sets_end();
    char path[sizeof dir + 10];
    snprintf(path, sizeof path, "%s/dead", dir);
    unlink(path);
    rmdir(dir);
    return rc;
}
