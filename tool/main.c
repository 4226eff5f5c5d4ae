/* SPDX-License-Identifier: MIT */
/* runnel: finds the subcommand and runs it between its setting up and its
 * ending, which are the same for all. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "commands.h"
#include "exit.h"
#include "interrupt.h"
#include "report.h"
#include "say.h"
#include "secure.h"
#include "transcript.h"

const struct command *const commands[] = {&command_connect,
                                          &command_listen,
                                          &command_relay,
                                          &command_wait_for,
                                          &command_ping,
                                          &command_send,
                                          &command_receive,
                                          &command_nc,
                                          &command_lookup,
                                          &command_hostname,
                                          &command_completion,
                                          &command_demo,
                                          NULL};

static void
help(FILE *to)
{
    fprintf(to, "runnel %s: TCP connections at a terminal\n\n", rn_version());
    for (int i = 0; commands[i] != NULL; i++) {
        char text[48];
        snprintf(text, sizeof text, "%s %s", commands[i]->name,
                 commands[i]->synopsis);
        fprintf(to, "  runnel %-26s %s\n", text, commands[i]->purpose);
    }
    fprintf(to,
            "\n  runnel COMMAND --help tells the options of one; "
            "runnel --version\n");
    print_exits(to, false);
}

/* Were one of the standard streams closed, the next socket would get its number
 * and be taken for it. Empty to read, and refusing to be written. */
static int
hold_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
    return fd < 0 ? fd : close(fd);
}

/* What was printed must have been written, or the exit code says so. One line
 * tells what went wrong: of two failures it is the first. */
static int
printed(int code)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || code != EXIT_FINE)
        return code;
    return complain_local("standard output");
}

/* The exit code as this command has it. */
static int
exit_as(const struct command *command, int code)
{
    bool failed = code != EXIT_FINE && code < EXIT_SIGNAL;
    return command->one_failure && failed ? EXIT_OTHER : code;
}

static int
run(const struct command *command, int argc, char **argv)
{
    int count;
    int code = parse_options(command, argc, argv, &count);
    if (code != PARSED)
        return exit_as(command, printed(code));
    code = interrupt_begin();
    if (code != EXIT_FINE)
        return code;
    report_begin(command->name);
    code = parse_source();
    if (code == PARSED && securing.on)
        code = secure_begin(false);
    else if (code == PARSED && !command->knows_tls)
        code = secure_check(command->name);
    if (code == PARSED)
        code = transcript_begin();
    if (code == EXIT_FINE)
        code = command->run(count, argv);
    if (interrupt_signal() != 0) {
        code = EXIT_SIGNAL + interrupt_signal();
        report_ended("signal");
    }
    secure_end();
    code = exit_as(command, transcript_end(code));
    code = report_end(code, command->prints_data ? stderr : stdout);
    code = printed(code);
    interrupt_end();
    return code;
}

static const struct command *
find(const char *name)
{
    for (int i = 0; commands[i] != NULL; i++)
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
    return NULL;
}

int
main(int argc, char **argv)
{
    /* Printing for nobody is exit code 7, as copying for nobody is. */
    signal(SIGPIPE, SIG_IGN);
    if (hold_standard_descriptors() < 0)
        return EXIT_OTHER;
    const char *called = argc > 0 ? argv[0] : "";
    const char *slash = strrchr(called, '/');
    if (strcmp(slash != NULL ? slash + 1 : called, "nc") == 0)
        return run(&command_nc, argc, argv);
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        help(stdout);
        return printed(EXIT_FINE);
    }
    if (strcmp(name, "--version") == 0) {
        printf("runnel %s\n", rn_version());
        return printed(EXIT_FINE);
    }
    const struct command *command = find(name);
    char shown[QUOTE_SIZE];
    if (command == NULL)
        return complain_usage("no command %s; see runnel --help",
                              quoted(shown, name));
    return run(command, argc - 1, argv + 1);
}
