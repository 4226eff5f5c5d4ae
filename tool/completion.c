/* SPDX-License-Identifier: MIT */
/* runnel completion SHELL: what bash, zsh and fish need to complete a command
 * line, out of the same tables as --help. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit.h"
#include "report.h"
#include "say.h"

/* Text between single quotes, where `special` characters get a backslash. */
static void
print_quoted(const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            printf("'\\'");
        else if (strchr(special, *text) != NULL)
            putchar('\\');
        putchar(*text);
    }
}

static bool
takes_value(const struct option_spec *s)
{
    return s->argument != NULL && s->kind != OPTION_COMMAND;
}

static bool
takes_file(const struct option_spec *s)
{
    return takes_value(s) && strcmp(s->argument, "FILE") == 0;
}

/* a|b|c as words. */
static void
print_choices(const struct option_spec *s)
{
    for (const char *p = s->argument; *p != '\0'; p++)
        putchar(*p == '|' ? ' ' : *p);
}

/* ---- bash */

static void
bash_words(const struct option_spec *s, void *unused)
{
    (void)unused;
    if (s->letter != 0)
        printf("-%c ", s->letter);
    printf("--%s ", s->name);
}

static void
bash_values(const struct option_spec *s, void *context)
{
    const struct command *c = context;
    if (s->kind != OPTION_CHOICE)
        return;
    printf("    '%s --%s') words='", c->name, s->name);
    print_choices(s);
    printf("' ;;\n");
}

static void
print_bash(void)
{
    printf("# bash completion for runnel\n"
           "_runnel() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} words=''\n"
           "    local before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    if [ \"$cur\" = = ]; then cur=''; fi\n"
           "    if [ \"$before\" = = ]; then "
           "before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        words='--help --version");
    for (int i = 0; commands[i] != NULL; i++)
        printf(" %s", commands[i]->name);
    printf("'\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "        return\n"
           "    fi\n"
           "    case \"${COMP_WORDS[1]} $before\" in\n");
    for (int i = 0; commands[i] != NULL; i++)
        each_option(commands[i], bash_values, (void *)commands[i]);
    printf("    esac\n"
           "    if [ -z \"$words\" ] && [[ $cur == -* ]]; then\n"
           "        case ${COMP_WORDS[1]} in\n");
    for (int i = 0; commands[i] != NULL; i++) {
        printf("        %s) words='", commands[i]->name);
        each_option(commands[i], bash_words, NULL);
        printf("' ;;\n");
    }
    printf("        esac\n"
           "    fi\n"
           "    if [ -n \"$words\" ]; then\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "    else\n"
           "        COMPREPLY=($(compgen -f -A hostname -- \"$cur\"))\n"
           "    fi\n"
           "}\n"
           "complete -o filenames -F _runnel runnel\n");
}

/* ---- zsh */

static void
zsh_option(const struct option_spec *s, void *unused)
{
    (void)unused;
    bool maybe = s->kind == OPTION_MAYBE_TEXT;
    printf(" \\\n        ");
    if (s->letter != 0)
        printf("'(-%c --%s)'{-%c%s,--%s%s}", s->letter, s->name, s->letter,
               takes_value(s) ? "+" : "", s->name, takes_value(s) ? "=" : "");
    else
        printf("--%s%s", s->name, maybe ? "=-" : takes_value(s) ? "=" : "");
    printf("'[");
    print_quoted(s->help, "[]:\\");
    printf("]");
    if (takes_value(s)) {
        printf(":%s", maybe ? ":" : "");
        print_quoted(s->argument, "[]:\\");
        printf(":");
    }
    if (s->kind == OPTION_CHOICE) {
        printf("(");
        print_choices(s);
        printf(")");
    } else if (takes_file(s)) {
        printf("_files");
    }
    printf("'");
}

static void
print_zsh(void)
{
    printf("#compdef runnel\n"
           "local -a commands=(\n");
    for (int i = 0; commands[i] != NULL; i++) {
        printf("    '%s:", commands[i]->name);
        print_quoted(commands[i]->purpose, ":\\");
        printf("'\n");
    }
    printf(")\n"
           "if ((CURRENT == 2)); then\n"
           "    _describe command commands\n"
           "    return\n"
           "fi\n"
           "local command=$words[2]\n"
           "shift words\n"
           "((CURRENT--))\n"
           "case $command in\n");
    for (int i = 0; commands[i] != NULL; i++) {
        printf("%s)\n    _arguments -s", commands[i]->name);
        each_option(commands[i], zsh_option, NULL);
        printf(" \\\n        '*: :{_alternative files:file:_files "
               "hosts:host:_hosts}'\n    ;;\n");
    }
    printf("esac\n");
}

/* ---- fish */

static void
fish_option(const struct option_spec *s, void *context)
{
    const struct command *c = context;
    printf("complete -c runnel -n '__fish_seen_subcommand_from %s' -l %s",
           c->name, s->name);
    if (s->letter != 0)
        printf(" -s %c", s->letter);
    if (s->kind == OPTION_CHOICE) {
        printf(" -x -a '");
        print_choices(s);
        printf("'");
    } else if (takes_value(s) && s->kind != OPTION_MAYBE_TEXT) {
        printf(takes_file(s) ? " -r -F" : " -x");
    }
    printf(" -d '");
    print_quoted(s->help, "\\");
    printf("'\n");
}

static void
print_fish(void)
{
    for (int i = 0; commands[i] != NULL; i++) {
        printf("complete -c runnel -f -n __fish_use_subcommand -a %s -d '",
               commands[i]->name);
        print_quoted(commands[i]->purpose, "\\");
        printf("'\n");
        each_option(commands[i], fish_option, (void *)commands[i]);
    }
}

static int
run(int count, char **args)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {
        {"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    (void)count;
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(args[0], shells[i].name) != 0)
            continue;
        shells[i].print();
        return EXIT_FINE;
    }
    char shown[QUOTE_SIZE];
    return complain_usage("completion is for bash, zsh or fish, not %s",
                          quoted(shown, args[0]));
}

const struct command command_completion = {
    .name = "completion",
    .synopsis = "SHELL",
    .purpose = "print what bash, zsh or fish completes it with",
    .more = "In ~/.bashrc, say: eval \"$(runnel completion bash)\"",
    .least = 1,
    .most = 1,
    .run = run,
};
