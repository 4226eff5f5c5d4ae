/* SPDX-License-Identifier: MIT */
/* runnel: the subcommands, and the words for what went wrong. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const struct {
    const char *name;
    const char *synopsis;
    const char *purpose;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"connect", "connect HOST PORT",
     "send standard input to HOST, print what it answers", cmd_connect},
    {"listen", "listen PORT [ADDRESS]",
     "wait for one connection, then the same (PORT 0: a free one)", cmd_listen},
    {"lookup", "lookup NAME-OR-ADDRESS",
     "print the address of a name, or the name of an address", cmd_lookup},
    {"demo", "demo [HOST PORT]",
     "hold a short conversation in each buffering mode", cmd_demo},
};

enum {
    COMMANDS = sizeof commands / sizeof commands[0]
};

static void
help(FILE *to)
{
    fprintf(to, "runnel %s: TCP connections at a terminal\n\n", rn_version());
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  runnel %-24s %s\n", commands[i].synopsis,
                commands[i].purpose);
    fprintf(to,
            "\nexit codes: 0 fine, 2 usage, 3 lookup, 4 refused or "
            "unreachable, 5 timeout, 6 reset,\n            7 standard "
            "input or output, 1 anything else\n");
}

int
usage(const char *synopsis)
{
    fprintf(stderr, "usage: runnel %s\n", synopsis);
    return EXIT_USAGE;
}

int
complain(const rn_error *err)
{
    fprintf(stderr, "runnel: %s\n", err->message);
    switch (err->code) {
    case RN_OK:
        return EXIT_FINE;
    case RN_E_VALUE:
        return EXIT_USAGE;
    case RN_E_NAME:
        return EXIT_LOOKUP;
    case RN_E_REFUSED:
    case RN_E_UNREACHABLE:
        return EXIT_REFUSED;
    case RN_E_TIMEOUT:
        return EXIT_TIMEOUT;
    case RN_E_RESET:
        return EXIT_RESET;
    default:
        return EXIT_OTHER;
    }
}

int
complain_of(const rn_stream *s)
{
    rn_error err;
    rn_error_of(s, &err);
    return complain(&err);
}

int
parse_port(const char *text)
{
    int port = 0;
    const char *p = text;
    while (*p >= '0' && *p <= '9' && port <= 65535)
        port = port * 10 + (*p++ - '0');
    if (*p == '\0' && p != text && port <= 65535)
        return port;
    fprintf(stderr, "runnel: port \"%.60s\" is not a number from 0 to 65535\n",
            text);
    return -1;
}

/* Were one of the standard streams closed, the next socket would get its number
 * and be taken for it. Empty to read, and refusing to be written. */
static int
hold_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    return fd < 0 ? fd : close(fd);
}

/* What was printed must have been written, or the exit code says so. */
static int
printed(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    perror("runnel: standard output");
    return code == EXIT_FINE ? EXIT_LOCAL : code;
}

int
main(int argc, char **argv)
{
    if (hold_standard_descriptors() < 0)
        return EXIT_OTHER;
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
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return printed(commands[i].run(argc - 1, argv + 1));
    fprintf(stderr, "runnel: no command \"%.60s\"; see runnel --help\n", name);
    return EXIT_USAGE;
}
