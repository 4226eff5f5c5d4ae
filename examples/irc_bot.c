/* SPDX-License-Identifier: MIT */
/*
 * A bot that joins a channel and answers who talks to it: "NAME: hello" gets a
 * greeting, "NAME: time" the time, "NAME: go away" makes it leave.
 *
 * usage: irc_bot HOST PORT NAME CHANNEL
 */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SILENCE = 300000 /* ms; a server that lives says PING more often */
};

/* ":who!user@host COMMAND first rest", cut into its parts in place. */
struct message {
    char *who, *command, *first, *text;
};

static void
parse(char *line, struct message *m)
{
    static char nothing[] = "";
    *m = (struct message){nothing, nothing, nothing, nothing};
    if (*line == ':') {
        m->who = line + 1;
        line += strcspn(line, " ");
        line += strspn(line, " ");
        m->who[strcspn(m->who, "! ")] = '\0';
    }
    m->command = line;
    char *text = strstr(line, " :");
    if (text != NULL) {
        *text = '\0';
        m->text = text + 2;
    }
    line += strcspn(line, " ");
    if (*line != '\0') {
        *line = '\0';
        m->first = line + 1;
        m->first[strcspn(m->first, " ")] = '\0';
    }
}

/* 0: it was told to leave. */
static int
answer(rn_socket *s, const char *name, const char *channel, struct message *m)
{
    char now[64];
    time_t t = time(NULL);
    size_t len = strlen(name);
    if (strcmp(m->first, channel) != 0 || strncmp(m->text, name, len) != 0 ||
        m->text[len] != ':')
        return 1;
    const char *words = m->text + len + 1;
    words += strspn(words, " ");
    if (strcmp(words, "go away") == 0) {
        rn_printf(s, "QUIT :as you wish, %s\r\n", m->who);
        return 0;
    }
    if (strcmp(words, "time") == 0) {
        strftime(now, sizeof now, "%H:%M:%S UTC", gmtime(&t));
        rn_printf(s, "PRIVMSG %s :%s: %s\r\n", channel, m->who, now);
    } else {
        rn_printf(s, "PRIVMSG %s :%s: hello\r\n", channel, m->who);
    }
    return 1;
}

/* Until told to leave; a negative code when the connection fails. */
static int
run(rn_socket *s, const char *name, const char *channel)
{
    const char *line;
    struct message m;
    char copy[1024];
    int rc;
    rn_printf(s, "NICK %s\r\nUSER %s 0 * :%s\r\n", name, name, name);
    while ((rc = rn_readln(s, &line, NULL)) > 0) {
        snprintf(copy, sizeof copy, "%s", line);
        parse(copy, &m);
        if (strcmp(m.command, "PING") == 0) {
            rc = rn_printf(s, "PONG :%s\r\n", *m.text ? m.text : m.first);
        } else if (strcmp(m.command, "001") == 0) { /* welcome */
            rc = rn_printf(s, "JOIN %s\r\n", channel);
        } else if (strcmp(m.command, "433") == 0) {
            fprintf(stderr, "irc_bot: the name %s is taken\n", name);
            return RN_E_IN_USE;
        } else if (strcmp(m.command, "ERROR") == 0) {
            fprintf(stderr, "irc_bot: the server says: %s\n", m.text);
        } else if (strcmp(m.command, "PRIVMSG") == 0 &&
                   !answer(s, name, channel, &m)) {
            return rn_flush(s);
        }
        if (rc < 0)
            return rc;
    }
    return rc == 0 ? RN_E_EOF : rc;
}

int
main(int argc, char **argv)
{
    rn_error err;
    if (argc != 5)
        return fprintf(stderr, "usage: irc_bot HOST PORT NAME CHANNEL\n"), 2;
    const rn_connect_options o = {
        .host = argv[1],
        .port = atoi(argv[2]),
        .buffering = RN_LINE_BUFFERED,
        .timeout = 10000,
        .max_line = 1000, /* a line of IRC has 512 bytes, and air */
    };
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        return fprintf(stderr, "irc_bot: %s\n", err.message), 1;
    rn_set_timeout(s, RN_READABLE, SILENCE);
    rn_set_timeout(s, RN_WRITABLE, 10000);
    int rc = run(s, argv[3], argv[4]);
    if (rc == RN_E_EOF)
        fprintf(stderr, "irc_bot: the server has ended the connection\n");
    else if (rc < 0 && rn_error_of(s, &err) < 0)
        fprintf(stderr, "irc_bot: %s\n", err.message);
    rn_close(s);
    rn_free(s);
    return rc < 0;
}
