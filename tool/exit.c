/* SPDX-License-Identifier: MIT */
/* Exit codes: their names, their meaning, and which failure has which. */
#include "exit.h"

static const struct {
    int code;
    const char *name;
    const char *meaning;
} exits[] = {
    {EXIT_FINE, "fine", "all went well"},
    {EXIT_OTHER, "other", "anything not below"},
    {EXIT_USAGE, "usage", "the command line is wrong"},
    {EXIT_LOOKUP, "lookup", "the name has no address"},
    {EXIT_REFUSED, "refused", "nobody listens there, or no way to it"},
    {EXIT_TIMEOUT, "timeout", "the time allowed is over"},
    {EXIT_RESET, "reset", "the connection broke"},
    {EXIT_LOCAL, "local", "standard input or output, or a file"},
    {EXIT_TLS, "tls", "TLS failed"},
    {EXIT_COMMAND, "command", "the command of --exec or exec: failed"},
    {EXIT_SIGNAL, "signal", "and n: ended by signal n (130: ^C, 143: TERM)"},
};

enum {
    EXITS = sizeof exits / sizeof exits[0]
};

int
exit_of(int code)
{
    switch (code) {
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
    case RN_E_TLS:
        return EXIT_TLS;
    default:
        return EXIT_OTHER;
    }
}

const char *
exit_name(int exit_code)
{
    if (exit_code > EXIT_SIGNAL)
        return "signal";
    for (int i = 0; i < EXITS; i++)
        if (exits[i].code == exit_code)
            return exits[i].name;
    return "other";
}

void
print_exits(FILE *to, bool one_failure)
{
    fprintf(to, "\nexit codes:\n");
    for (int i = 0; i < EXITS; i++) {
        int code = exits[i].code;
        bool other = code == EXIT_OTHER && one_failure;
        if (!one_failure || code <= EXIT_OTHER || code == EXIT_SIGNAL)
            fprintf(to, "  %3d  %-8s  %s\n", code, exits[i].name,
                    other ? "anything else" : exits[i].meaning);
    }
}
