/* SPDX-License-Identifier: MIT */
/*
 * A chat between two terminals: what one types the other reads, line by line.
 * One thread reads the keyboard and writes to the connection, the other reads
 * the connection. ^D ends one's own half; when both have ended, so does the
 * chat.
 *
 * usage: chat PORT        wait for somebody; 0 picks a free port
 *        chat HOST PORT   call them
 */
#include <ctype.h>
#include <pthread.h>
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>

/* Say everything that is typed. */
static void *
talk(void *arg)
{
    rn_socket *s = arg;
    rn_error err;
    const char *line;
    size_t len;
    rn_stream *keyboard = rn_from_fd(0, RN_LINE_BUFFERED | RN_KEEP_FD, &err);
    if (keyboard == NULL) {
        fprintf(stderr, "chat: %s\n", err.message);
        return NULL;
    }
    while (rn_readln(keyboard, &line, &len) > 0)
        if (rn_writeln(s, line, len) < 0)
            break;
    rn_shutdown_write(s);
    rn_free(keyboard);
    return NULL;
}

/* Nobody's terminal obeys what a stranger sends. */
static void
print_line(const char *line, size_t len)
{
    fputs("> ", stdout);
    for (size_t i = 0; i < len; i++)
        putchar(iscntrl((unsigned char)line[i]) ? '?' : line[i]);
    putchar('\n');
    fflush(stdout);
}

static rn_socket *
wait_for_call(int port, rn_error *err)
{
    rn_server *server = rn_listen(port, "127.0.0.1", err);
    if (server == NULL)
        return NULL;
    fprintf(stderr, "chat: waiting on port %d\n", rn_server_port(server));
    rn_socket *s = rn_accept(server, RN_LINE_BUFFERED, err);
    rn_server_free(server);
    return s;
}

int
main(int argc, char **argv)
{
    rn_error err;
    pthread_t talker;
    const char *line;
    size_t len;
    int rc;
    if (argc < 2)
        return fprintf(stderr, "usage: chat [HOST] PORT\n"), 2;
    rn_socket *s = argc == 2
        ? wait_for_call(atoi(argv[1]), &err)
        : rn_connect(argv[1], atoi(argv[2]), RN_LINE_BUFFERED, &err);
    if (s == NULL)
        return fprintf(stderr, "chat: %s\n", err.message), 1;
    rn_set_max_line(s, 1000);
    rn_set_liveness(s,
                    60); /* so that one notices when the other has vanished */
    if (pthread_create(&talker, NULL, talk, s) != 0)
        return fprintf(stderr, "chat: no thread\n"), 1;

    while ((rc = rn_readln(s, &line, &len)) != 0) {
        if (rc > 0) {
            print_line(line, len);
        } else if (rc == RN_E_LIMIT) {
            fputs("> (a line that was too long)\n", stdout);
            rn_skip_line(s);
        } else {
            rn_error_of(s, &err);
            fprintf(stderr, "chat: %s\n", err.message);
            return 1; /* the other thread may be waiting for the keyboard */
        }
    }
    fputs("chat: they have ended; ^D ends it here, too\n", stderr);
    pthread_join(talker, NULL);
    rc = rn_close(s);
    rn_free(s);
    return rc < 0;
}
