/* SPDX-License-Identifier: MIT */
/* What the tool says, and the exit code for a failure. */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "exit.h"
#include "interrupt.h"
#include "options.h"
#include "progress.h"
#include "report.h"

/* One write for a line, so that lines of several threads do not mix; and not
 * behind a progress bar. */
static void
print_line(const char *prefix, const char *text)
{
    progress_end();
    fprintf(stderr, "%s%s\n", prefix, text);
}

static atomic_bool complained;

static void
print_complaint(const char *text)
{
    print_line("runnel: ", text);
    complained = true;
}

static int
print_failure(int exit_code, const char *message)
{
    if (!settings.mute && !(settings.quiet && settings.json != NULL))
        print_complaint(message);
    return exit_code;
}

bool
has_complained(void)
{
    return complained;
}

int
complain(const rn_error *err)
{
    report_error(err);
    if (err->code == RN_E_CANCELED && interrupt_signal() != 0)
        return EXIT_OTHER; /* who sent the signal knows */
    return print_failure(exit_of(err->code), err->message);
}

int
complain_of(const rn_stream *s)
{
    rn_error err;
    rn_error_of(s, &err);
    return complain(&err);
}

int
complain_as(int exit_code, const char *format, ...)
{
    char text[RN_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    report_failure("message", text);
    return print_failure(exit_code, text);
}

int
complain_local(const char *what)
{
    int sys = errno;
    report_failure("errno", rn_errno_name(sys));
    return complain_as(EXIT_LOCAL, "%s: %s", what, strerror(sys));
}

int
complain_usage(const char *format, ...)
{
    char text[RN_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    report_failure("message", text);
    print_complaint(text);
    return EXIT_USAGE;
}

const char *
quoted(char buf[QUOTE_SIZE], const char *text)
{
    size_t n = 0;
    buf[n++] = '"';
    for (; *text != '\0' && n < QUOTE_SIZE - 9; text++) {
        bool plain =
            *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';
        n += (size_t)sprintf(buf + n, plain ? "%c" : "\\x%02x",
                             (unsigned char)*text);
    }
    strcpy(buf + n, *text == '\0' ? "\"" : "...\"");
    return buf;
}

void
note(const char *format, ...)
{
    if (settings.quiet)
        return;
    char text[RN_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_line("", text);
}

void
detail(const char *format, ...)
{
    if (!settings.verbose)
        return;
    char text[RN_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_line("", text);
}
