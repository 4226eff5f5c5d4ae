/* SPDX-License-Identifier: MIT */
/* The command line: tables of options, of which --help is printed too. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "runnel.h"

enum option_kind {
    OPTION_FLAG,       /* bool *: true */
    OPTION_VALUE,      /* int *: the spec's value */
    OPTION_TEXT,       /* const char ** */
    OPTION_MAYBE_TEXT, /* const char **: "" where it has no =TEXT */
    OPTION_DURATION,   /* int64_t *: milliseconds */
    OPTION_NUMBER,     /* int *: 1 or more */
    OPTION_CHOICE,     /* int *: which of the words in `argument`, a|b|c */
    OPTION_COMMAND     /* char ***: all the rest of the command line */
};

/* One option. A table of them ends with a NULL name. */
struct option_spec {
    const char *name; /* the long one, without dashes */
    int letter;       /* the short one, or 0 */
    enum option_kind kind;
    void *target;
    const char *argument; /* what --help calls it, NULL: it has none */
    const char *help;
    int value;
};

/* Which of the common options a subcommand has. */
enum {
    COMMON_TIME = 1,        /* --deadline, --idle */
    COMMON_FAMILY = 32,     /* -4, -6 */
    COMMON_NETWORK = 2,     /* --source */
    COMMON_LOG = 4,         /* --log, --hex */
    COMMON_REPORT = 8,      /* --json, -v, -q */
    COMMON_DEADLINE = 16,   /* --deadline alone */
    COMMON_TLS = 64,        /* --tls and its kin */
    COMMON_TLS_SERVER = 128 /* those of whom others connect to */
};

/* What the common options said. */
struct settings {
    int64_t deadline_ms; /* 0: none; as it was given */
    rn_time deadline;    /* 0: none; counted from the start */
    int64_t idle;        /* milliseconds; 0: none */
    int family;          /* rn_family; RN_ANY unless -4 or -6 */
    const char *source;
    const char *log;
    bool hex;
    const char *json; /* NULL: no; "": where stderr or stdout is free; a file */
    bool verbose;
    bool quiet;
    bool mute; /* not even failures are told */
};
extern struct settings settings;

/* A letter that people will try; a table ends with a 0. */
struct absent_letter {
    int letter;
    const char *what; /* it would be for */
};

struct command {
    const char *name;
    const char *synopsis; /* its arguments, as "HOST PORT" */
    const char *purpose;  /* one line for runnel --help */
    const char *more;     /* paragraphs for its own --help; may be NULL */
    int least;            /* how many arguments it takes */
    int most;             /* -1: any number */
    unsigned common;      /* COMMON_... */
    const struct option_spec *options;  /* its own; NULL: none */
    const struct absent_letter *absent; /* NULL: none */
    bool knows_tls;                     /* its arguments can ask for TLS, too */
    bool one_failure;                   /* its exit codes are 0 and 1 */
    bool prints_data; /* stdout is for bytes, so --json goes to stderr */
    int (*run)(int count, char **args);
};

enum {
    PARSED = -1, /* go on and run it */
};

/* Take the options out of argv, whose first is the subcommand's name; the rest
 * are the arguments: *count of them, the array is argv's. PARSED, or an exit
 * code after --help or a complaint. */
int parse_options(const struct command *command, int argc, char **argv,
                  int *count);

/* Every option of a subcommand, common ones included, as --help lists them. */
void each_option(const struct command *command,
                 void (*take)(const struct option_spec *s, void *context),
                 void *context);

#endif
