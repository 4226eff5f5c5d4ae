/* SPDX-License-Identifier: MIT */
/* Options, from the tables: parsing them with getopt_long, and --help. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "exit.h"
#include "say.h"
#include "secure.h"

struct settings settings = {.family = RN_ANY};

static const struct {
    unsigned groups;
    struct option_spec spec;
} common[] = {
    {COMMON_TIME | COMMON_DEADLINE,
     {"deadline", 0, OPTION_DURATION, &settings.deadline_ms, "TIME",
      "end after TIME, whatever happens", 0}},
    {COMMON_TIME,
     {"idle", 0, OPTION_DURATION, &settings.idle, "TIME",
      "end when no byte has moved for TIME", 0}},
    {COMMON_FAMILY,
     {"ipv4", '4', OPTION_VALUE, &settings.family, NULL, "IPv4 alone",
      RN_IPV4}},
    {COMMON_FAMILY,
     {"ipv6", '6', OPTION_VALUE, &settings.family, NULL, "IPv6 alone",
      RN_IPV6}},
    {COMMON_NETWORK,
     {"source", 0, OPTION_TEXT, &settings.source, "ADDRESS[:PORT]",
      "connect from this local address", 0}},
    {COMMON_TLS, {"tls", 0, OPTION_FLAG, &securing.on, NULL, "over TLS", 0}},
    {COMMON_TLS,
     {"tls-ca", 0, OPTION_TEXT, &securing.ca, "FILE",
      "believe these authorities, not the system's", 0}},
    {COMMON_TLS,
     {"tls-name", 0, OPTION_TEXT, &securing.name, "NAME",
      "the certificate is to be valid for NAME", 0}},
    {COMMON_TLS,
     {"tls-cert", 0, OPTION_TEXT, &securing.cert, "FILE",
      "our certificate, and those behind it", 0}},
    {COMMON_TLS,
     {"tls-key", 0, OPTION_TEXT, &securing.key, "FILE",
      "its key (else in the same file)", 0}},
    {COMMON_TLS,
     {"tls-alpn", 0, OPTION_TEXT, &securing.alpn, "LIST",
      "protocols to agree on, such as h2,http/1.1", 0}},
    {COMMON_TLS,
     {"tls-pin", 0, OPTION_TEXT, &securing.pin, "KEY",
      "the peer's key is to be sha256//BASE64", 0}},
    {COMMON_TLS_SERVER,
     {"tls-client-cert", 0, OPTION_FLAG, &securing.client_cert, NULL,
      "refuse who has no certificate of --tls-ca", 0}},
    {COMMON_TLS,
     {"tls-dangerously-skip-verification", 0, OPTION_FLAG, &securing.unchecked,
      NULL, "take anybody for the peer", 0}},
    {COMMON_LOG,
     {"log", 0, OPTION_TEXT, &settings.log, "FILE",
      "write a transcript: time, direction, text", 0}},
    {COMMON_LOG,
     {"hex", 0, OPTION_FLAG, &settings.hex, NULL, "all of the log in hex", 0}},
    {COMMON_REPORT,
     {"json", 0, OPTION_MAYBE_TEXT, &settings.json, "FILE",
      "one JSON object at the end", 0}},
    {COMMON_REPORT,
     {"verbose", 'v', OPTION_FLAG, &settings.verbose, NULL,
      "say more on stderr", 0}},
    {COMMON_REPORT,
     {"quiet", 'q', OPTION_FLAG, &settings.quiet, NULL,
      "say nothing but failures", 0}},
};

static bool help_wanted;
static const struct option_spec help_spec = {
    "help", 'h', OPTION_FLAG, &help_wanted, NULL, "this", 0};

enum {
    MOST = 48,       /* options of one subcommand */
    NAME_SIZE = 40,  /* of one of their names */
    LONG_CODE = 256, /* getopt's value for the first of them */
    IN_ORDER = 1     /* and for an argument */
};

/* All options of a subcommand, in the order of --help. */
struct table {
    const struct option_spec *spec[MOST];
    int count;
};

static void
add(struct table *t, const struct option_spec *spec)
{
    if (t->count < MOST)
        t->spec[t->count++] = spec;
}

static void
gather(struct table *t, const struct command *command)
{
    t->count = 0;
    for (const struct option_spec *s = command->options;
         s != NULL && s->name != NULL; s++)
        add(t, s);
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (common[i].groups & command->common)
            add(t, &common[i].spec);
    add(t, &help_spec);
}

void
each_option(const struct command *command,
            void (*take)(const struct option_spec *s, void *context),
            void *context)
{
    struct table t;
    gather(&t, command);
    for (int i = 0; i < t.count; i++)
        take(t.spec[i], context);
}

/* ---- Help */

static void
print_option(const struct option_spec *s)
{
    char text[64];
    char letter[8] = "    ";
    if (s->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", s->letter);
    bool maybe = s->kind == OPTION_MAYBE_TEXT;
    const char *before = s->argument == NULL ? ""
        : maybe                              ? "[="
        : s->kind == OPTION_CHOICE           ? "="
                                             : " ";
    snprintf(text, sizeof text, "%s--%s%s%s%s", letter, s->name, before,
             s->argument != NULL ? s->argument : "", maybe ? "]" : "");
    printf("  %-30s %s\n", text, s->help);
}

static int
print_help(const struct command *command, const struct table *t)
{
    printf("usage: runnel %s [OPTION]...%s%s\n\n%s.\n", command->name,
           *command->synopsis != '\0' ? " " : "", command->synopsis,
           command->purpose);
    if (command->more != NULL)
        printf("\n%s\n", command->more);
    printf("\n");
    for (int i = 0; i < t->count; i++)
        print_option(t->spec[i]);
    print_exits(stdout, command->one_failure);
    return EXIT_FINE;
}

/* ---- Parsing */

static int
choose(const struct option_spec *s, const char *name, const char *value)
{
    char shown[QUOTE_SIZE];
    size_t len = strlen(value);
    int index = 0;
    for (const char *p = s->argument;; index++) {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, value, n) == 0) {
            *(int *)s->target = index;
            return PARSED;
        }
        if (p[n] == '\0')
            return complain_usage("%s is one of %s, not %s", name, s->argument,
                                  quoted(shown, value));
        p += n + 1;
    }
}

static int
number(const struct option_spec *s, const char *name, const char *value)
{
    char shown[QUOTE_SIZE];
    char *end;
    long n = strtol(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || n < 1 || n > 1000000)
        return complain_usage("%s takes a number from 1 to 1000000, not %s",
                              name, quoted(shown, value));
    *(int *)s->target = (int)n;
    return PARSED;
}

static int
set(const struct option_spec *s, const char *name, char *value, char **rest)
{
    char shown[QUOTE_SIZE];
    switch (s->kind) {
    case OPTION_FLAG:
        *(bool *)s->target = true;
        return PARSED;
    case OPTION_VALUE:
        *(int *)s->target = s->value;
        return PARSED;
    case OPTION_TEXT:
        *(const char **)s->target = value;
        return PARSED;
    case OPTION_MAYBE_TEXT:
        *(const char **)s->target = value != NULL ? value : "";
        return PARSED;
    case OPTION_DURATION:
        if (parse_duration(value, s->target))
            return PARSED;
        return complain_usage("%s takes a time such as 1.5s, 200ms or 2m, "
                              "not %s",
                              name, quoted(shown, value));
    case OPTION_NUMBER:
        return number(s, name, value);
    case OPTION_CHOICE:
        return choose(s, name, value);
    case OPTION_COMMAND:
        if (*rest == NULL)
            return complain_usage("%s needs a command behind it", name);
        *(char ***)s->target = rest;
        return PARSED;
    }
    return EXIT_OTHER;
}

/* getopt's own form of the table. */
struct getopt_form {
    struct option option[MOST + 1];
    char letters[2 * MOST + 3];
};

static void
convert(const struct table *t, struct getopt_form *g)
{
    char *p = g->letters;
    *p++ = '-'; /* arguments in their place among the options */
    *p++ = ':'; /* a missing value is told apart */
    for (int i = 0; i < t->count; i++) {
        const struct option_spec *s = t->spec[i];
        bool rest = s->kind == OPTION_COMMAND;
        int has = s->argument == NULL || rest ? no_argument
            : s->kind == OPTION_MAYBE_TEXT    ? optional_argument
                                              : required_argument;
        g->option[i] = (struct option){s->name, has, NULL, LONG_CODE + i};
        if (s->letter != 0) {
            *p++ = (char)s->letter;
            if (has == required_argument)
                *p++ = ':';
        }
    }
    g->option[t->count] = (struct option){0};
    *p = '\0';
}

static const struct option_spec *
find(const struct table *t, int code)
{
    if (code >= LONG_CODE)
        return t->spec[code - LONG_CODE];
    for (int i = 0; i < t->count; i++)
        if (t->spec[i]->letter == code)
            return t->spec[i];
    return NULL;
}

/* What a letter that is not there would be for, or NULL. */
static const char *
purpose_of_absent(const struct command *command, int letter)
{
    for (const struct absent_letter *a = command->absent;
         a != NULL && a->letter != 0; a++)
        if (a->letter == letter)
            return a->what;
    return NULL;
}

static int
refuse(const struct command *command, int code, char **argv)
{
    const char *text = argv[optind - 1];
    char letter[3] = {'-', (char)optopt, '\0'};
    bool by_letter =
        strncmp(text, "--", 2) != 0 && optopt > 0 && optopt < LONG_CODE;
    const char *what = by_letter ? purpose_of_absent(command, optopt) : NULL;
    if (what != NULL)
        return complain_usage("%s: %s is not there (%s); see runnel %s --help",
                              command->name, letter, what, command->name);
    const char *why = code == ':' ? "needs a value" : "is not known here";
    char shown[QUOTE_SIZE];
    return complain_usage(
        "%s: option %s %s; see runnel %s --help", command->name,
        quoted(shown, by_letter ? letter : text), why, command->name);
}

/* As it stands on the command line, for messages. */
static const char *
print_name(const struct option_spec *s, int code, char name[NAME_SIZE])
{
    if (code < LONG_CODE)
        snprintf(name, NAME_SIZE, "-%c", code);
    else
        snprintf(name, NAME_SIZE, "--%s", s->name);
    return name;
}

static int
take_options(const struct command *command, const struct table *t, int argc,
             char **argv, int *count)
{
    struct getopt_form g;
    convert(t, &g);
    opterr = 0;
    optind = 1;
    int code;
    while ((code = getopt_long(argc, argv, g.letters, g.option, NULL)) >= 0) {
        if (code == IN_ORDER) {
            argv[(*count)++] = optarg;
            continue;
        }
        if (code == '?' || code == ':')
            return refuse(command, code, argv);
        const struct option_spec *s = find(t, code);
        char name[NAME_SIZE];
        int rc = set(s, print_name(s, code, name), optarg, argv + optind);
        if (rc != PARSED || s->kind == OPTION_COMMAND)
            return rc;
    }
    while (optind < argc)
        argv[(*count)++] = argv[optind++];
    return PARSED;
}

static int
count_arguments(const struct command *command, int count, char **argv)
{
    bool few = count < command->least;
    char shown[QUOTE_SIZE];
    if (!few && (command->most < 0 || count <= command->most))
        return PARSED;
    return complain_usage(
        "%s: %s%s; usage: runnel %s%s%s", command->name,
        few ? "something is missing" : quoted(shown, argv[command->most]),
        few ? "" : " is too much", command->name,
        *command->synopsis != '\0' ? " " : "", command->synopsis);
}

int
parse_options(const struct command *command, int argc, char **argv, int *count)
{
    struct table t;
    gather(&t, command);
    *count = 0;
    int rc = take_options(command, &t, argc, argv, count);
    if (rc != PARSED)
        return rc;
    if (help_wanted)
        return print_help(command, &t);
    rc = count_arguments(command, *count, argv);
    if (rc != PARSED)
        return rc;
    if (settings.deadline_ms > 0)
        settings.deadline = rn_in(settings.deadline_ms);
    return PARSED;
}
