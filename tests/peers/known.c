/* SPDX-License-Identifier: MIT */
/* The real servers: arguments and files, all of it in a folder of their own. */
#include "known.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../support/check.h"

static char port_text[16];
static char other_text[128];

static void
put_port(const struct server *s)
{
    snprintf(port_text, sizeof port_text, "%d", s->port);
}

static void
fill(const char **argv, ...)
{
    va_list args;
    va_start(args, argv);
    int i = 0;
    do
        argv[i] = va_arg(args, const char *);
    while (argv[i++] != NULL);
    va_end(args);
}

/* Create a file of the folder; its path is in other_text. */
static FILE *
create(const struct server *s, const char *name)
{
    snprintf(other_text, sizeof other_text, "%s/%s", s->dir, name);
    FILE *f = fopen(other_text, "w");
    assert_non_null(f);
    return f;
}

static void
redis_arguments(struct server *s, const char **argv)
{
    put_port(s);
    fill(argv, "redis-server", "--port", port_text, "--bind", "127.0.0.1",
         "--save", "", "--appendonly", "no", "--dir", s->dir, NULL);
}

const struct known known_redis = {"redis", "/usr/bin/redis-server",
                                  "redis-server", "Ready to accept connections",
                                  redis_arguments};

/* /page has a length; below /chunks/ pages have none. */
static void
nginx_arguments(struct server *s, const char **argv)
{
    FILE *f = create(s, "page");
    for (int i = 0; i < KNOWN_PAGE; i++)
        fputc(i % 61 == 60 ? '\n' : 'a' + i % 26, f);
    assert_int_equal(fclose(f), 0);
    f = create(s, "conf");
    fprintf(f,
            "daemon off; master_process off; pid %s/pid;\n"
            "error_log stderr notice; events { worker_connections 64; }\n"
            "http { access_log off; client_body_temp_path %s/a;\n"
            "proxy_temp_path %s/b; fastcgi_temp_path %s/c;\n"
            "uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n"
            "server { listen 127.0.0.1:%d; root %s;\n"
            "location /chunks/ { alias %s/; ssi on; ssi_types *; } } }\n",
            s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->port, s->dir,
            s->dir);
    assert_int_equal(fclose(f), 0);
    fill(argv, "/usr/sbin/nginx", "-p", s->dir, "-c", other_text, "-e",
         "stderr", NULL);
}

const struct known known_nginx = {"nginx", "/usr/sbin/nginx", "nginx-light",
                                  "getrlimit", nginx_arguments};

/* What it gets it tells in its log. A certificate makes it insist on TLS. */
static void
smtp_arguments(struct server *s, const char **argv)
{
    const char *certificate = getenv("CERTIFICATE");
    snprintf(other_text, sizeof other_text, "127.0.0.1:%d", s->port);
    if (certificate != NULL) {
        fill(argv, "/usr/bin/aiosmtpd", "-n", "-d", "-l", other_text,
             "--tlscert", certificate, "--tlskey", certificate, "-c",
             "aiosmtpd.handlers.Debugging", "stderr", NULL);
        return;
    }
    fill(argv, "/usr/bin/aiosmtpd", "-n", "-d", "-l", other_text, "-c",
         "aiosmtpd.handlers.Debugging", "stderr", NULL);
}

const struct known known_smtp = {"smtp", "/usr/bin/aiosmtpd",
                                 "python3-aiosmtpd", "Server is listening",
                                 smtp_arguments};

static void
irc_arguments(struct server *s, const char **argv)
{
    FILE *f = create(s, "conf");
    fprintf(f,
            "[Global]\nName = irc.example.net\nInfo = a test\n"
            "Listen = 127.0.0.1\nPorts = %d\nMotdPhrase = hello\n"
            "ServerUID = nobody\nServerGID = nogroup\n"
            "[Limits]\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\n",
            s->port);
    assert_int_equal(fclose(f), 0);
    fill(argv, "/usr/sbin/ngircd", "-n", "-f", other_text, NULL);
}

const struct known known_irc = {"irc", "/usr/sbin/ngircd", "ngircd",
                                "Now listening on", irc_arguments};

static void
memcached_arguments(struct server *s, const char **argv)
{
    put_port(s);
    fill(argv, "memcached", "-l", "127.0.0.1", "-p", port_text, "-U", "0", "-u",
         "nobody", "-vv", NULL);
}

const struct known known_memcached = {"memcached", "/usr/bin/memcached",
                                      "memcached", "server listening",
                                      memcached_arguments};
