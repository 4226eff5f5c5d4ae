/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "servers.h"

#include <glob.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"

const char *smtp_folder;
static char script[256];
static char port_text[64];

/* ---- Servers that print "message " and what they took in hexadecimal */

static void
run_script(struct server *s, const char **argv, const char *interpreter,
           const char *name, const char *kind)
{
    int i = 0;
    snprintf(script, sizeof script, "%s/%s", smtp_folder, name);
    snprintf(port_text, sizeof port_text, "%d", s->port);
    argv[i++] = interpreter;
    argv[i++] = script;
    if (kind != NULL)
        argv[i++] = kind;
    argv[i] = port_text;
}

static void
aiosmtpd_arguments(struct server *s, const char **argv)
{
    run_script(s, argv, "/usr/bin/python3", "smtp_server.py", "aiosmtpd");
}

static void
smtpd_arguments(struct server *s, const char **argv)
{
    run_script(s, argv, "/usr/bin/python3", "smtp_server.py", "smtpd");
}

static void
perl_arguments(struct server *s, const char **argv)
{
    run_script(s, argv, "/usr/bin/perl", "smtp_server.pl", NULL);
}

static size_t
printed_message(struct server *s, char *data)
{
    const char *line;
    size_t len = 0;
    do
        assert_int_equal(rn_readln(s->log, &line, NULL), 1);
    while (strncmp(line, "message ", 8) != 0);
    for (line += 8; line[0] != '\0'; line += 2) {
        const char digits[3] = {line[0], line[1], 0};
        assert_true(len < MAX_MESSAGE);
        data[len++] = (char)strtoul(digits, NULL, 16);
    }
    return len;
}

/* ---- exim, which keeps what it took in its queue */

static void
exim_arguments(struct server *s, const char **argv)
{
    struct passwd *user = getpwnam("Debian-exim");
    if (user == NULL || geteuid() != 0) {
        print_message("SKIPPED: exim changes its user: root is needed\n");
        skip();
    }
    static char conf[128];
    snprintf(conf, sizeof conf, "%s/conf", s->dir);
    FILE *f = fopen(conf, "w");
    assert_non_null(f);
    fprintf(f,
            "primary_hostname = here.example\n"
            "spool_directory = %s\nlog_file_path = %s/%%slog\n"
            "queue_only\nsmtp_enforce_sync = false\ntls_advertise_hosts =\n"
            "acl_smtp_rcpt = all\nacl_smtp_data = all\nkeep_environment =\n"
            "begin acl\nall:\n  accept\n",
            s->dir, s->dir);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chown(s->dir, user->pw_uid, user->pw_gid), 0);
    snprintf(port_text, sizeof port_text, "127.0.0.1:%d", s->port);
    static char pid[128];
    snprintf(pid, sizeof pid, "%s/pid", s->dir);
    const char *all[] = {
        "/usr/sbin/exim4",  "-bdf", "-C", conf, "-oP", pid, "-oX", port_text,
        "-d-all+local_scan"};
    memcpy(argv, all, sizeof all);
}

/* The file of its queue: a line of its own, then the body. It is taken out, so
 * that it is the only one. */
static size_t
queued_message(struct server *s, char *data)
{
    char pattern[128];
    glob_t found;
    size_t len = 0;
    snprintf(pattern, sizeof pattern, "%s/input/*-D", s->dir);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    FILE *f = fopen(found.gl_pathv[0], "r");
    assert_non_null(f);
    while (fgetc(f) != '\n')
        assert_false(feof(f));
    data[len++] = '\n'; /* the header is elsewhere */
    len += fread(data + len, 1, MAX_MESSAGE - len, f);
    fclose(f);
    assert_int_equal(remove(found.gl_pathv[0]), 0);
    globfree(&found);
    return len;
}

const struct smtp_server aiosmtpd = {
    .name = "aiosmtpd",
    .needs = "/usr/lib/python3/dist-packages/aiosmtpd",
    .package = "python3-aiosmtpd",
    .arguments = aiosmtpd_arguments,
    .ready = "ready",
    .message = printed_message,
};

const struct smtp_server smtpd = {
    .name = "Python's smtpd",
    .needs = "/usr/lib/python3.11/smtpd.py",
    .package = "libpython3.11-stdlib",
    .arguments = smtpd_arguments,
    .ready = "ready",
    .message = printed_message,
};

const struct smtp_server net_smtp_server = {
    .name = "Net::SMTP::Server",
    .needs = "/usr/share/perl5/Net/SMTP/Server.pm",
    .package = "libnet-smtp-server-perl",
    .arguments = perl_arguments,
    .ready = "ready",
    .message = printed_message,
};

const struct smtp_server exim = {
    .name = "exim",
    .needs = "/usr/sbin/exim4",
    .package = "exim4-daemon-light",
    .arguments = exim_arguments,
    .ready = "Listening...",
    .message = queued_message,
    .half_close = true,
};

void
smtp_server_start(struct server *s, const struct smtp_server *kind)
{
    if (access(kind->needs, F_OK) != 0) {
        print_message("SKIPPED: %s is not installed (package %s)\n", kind->name,
                      kind->package);
        skip();
    }
    server_start(s, kind->arguments, kind->ready);
}
