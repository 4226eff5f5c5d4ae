/* SPDX-License-Identifier: MIT */
/* Every call of the library for TLS, with a server in a thread. What it adds to
 * the core's system calls is OpenSSL's doing, and reading files. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tls/certificates.h"
#include "operations.h"
#include "runnel_tls.h"

static char cert_file[PATH_SIZE];
static char key_file[PATH_SIZE];
static char keylog_file[PATH_SIZE];

/* The certificates are made by another process, so that this one has OpenSSL as
 * a program has it that begins. */
bool
sets_begin(void)
{
    int status = 1;
    certificates_begin();
    certificate_path(cert_file, "self.cert.pem");
    certificate_path(key_file, "self.key.pem");
    certificate_path(keylog_file, "keys");
    pid_t child = fork();
    if (child == 0) {
        struct identity id;
        certificate_make(&id, "self", "IP:127.0.0.1", NULL, -1, 50);
        certificate_free(&id);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 &&
        setenv("SSLKEYLOGFILE", keylog_file, 1) == 0;
}

void
sets_end(void)
{
    certificates_end();
}

enum {
    CONNECTIONS = 4
};

/* Send back a line of each connection, to those that trust it. */
static void *
serve(void *server)
{
    const rn_tls_options o = {.cert_file = cert_file, .key_file = key_file};
    for (int i = 0; i < CONNECTIONS; i++) {
        const char *line;
        size_t len;
        rn_socket *a = rn_accept(server, RN_BUFFERED, NULL);
        rn_stream *s = rn_tls_accept(a, &o, NULL);
        if (s != NULL && rn_readln(s, &line, &len) > 0)
            rn_writeln(s, line, len);
        rn_free(s != NULL ? s : a);
    }
    return NULL;
}

static int
conversation(rn_stream *s)
{
    rn_tls_info info;
    const char *line;
    char *text;
    MUST(s != NULL);
    MUST(rn_tls_get_info(s, &info) == RN_OK && info.verified);
    MUST(rn_tls_get_chain(s, &text) == RN_OK);
    rn_release(text);
    MUST(rn_writeln(s, "there", 5) == RN_OK && rn_flush(s) == RN_OK);
    MUST(rn_readln(s, &line, NULL) == 1 && strcmp(line, "there") == 0);
    MUST(rn_shutdown_write(s) == RN_OK);
    MUST(rn_read_all(s, &text, NULL) == RN_OK);
    rn_release(text);
    rn_free(s);
    return 0;
}

/* Settings that are shared, by which the second connection resumes. */
static int
shared(int port)
{
    const rn_tls_options o = {.ca_file = cert_file, .keylog = 1};
    rn_tls_config *config = rn_tls_config_new(&o, NULL);
    MUST(config != NULL);
    const rn_tls_options with = {.config = config};
    const rn_connect_options to = {
        .host = "127.0.0.1", .port = port, .timeout = 60000};
    MUST(conversation(
             rn_tls_connect("127.0.0.1", port, RN_BUFFERED, &with, NULL)) == 0);
    MUST(conversation(rn_tls_connect_with(&to, &with, NULL)) == 0);
    MUST(rn_tls_config_reload(config, NULL) == RN_OK);
    rn_tls_config_free(config);
    return 0;
}

/* On an open connection; and whom the system does not trust is refused. */
static int
started(int port)
{
    const rn_tls_options o = {.ca_file = cert_file};
    rn_error err;
    rn_socket *c = rn_connect("127.0.0.1", port, RN_BUFFERED, NULL);
    MUST(c != NULL);
    MUST(conversation(rn_tls_start(c, &o, NULL)) == 0);
    c = rn_connect("127.0.0.1", port, RN_BUFFERED, NULL);
    MUST(c != NULL && rn_tls_start(c, NULL, &err) == NULL);
    MUST(err.code == RN_E_TLS);
    rn_free(c);
    return 0;
}

static int
operations(const struct surroundings *around)
{
    (void)around;
    pthread_t thread;
    rn_server *server = rn_listen(0, "127.0.0.1", NULL);
    MUST(server != NULL);
    MUST(pthread_create(&thread, NULL, serve, server) == 0);
    MUST(shared(rn_server_port(server)) == 0);
    MUST(started(rn_server_port(server)) == 0);
    MUST(pthread_join(thread, NULL) == 0);
    rn_server_free(server);
    return 0;
}

static const struct set all[] = {{"TLS", TLS, operations}};
const struct set *const sets = all;
const int set_count = sizeof all / sizeof *all;
