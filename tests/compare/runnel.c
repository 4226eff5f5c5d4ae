/* SPDX-License-Identifier: MIT */
/* What compare.py asks of each library, with runnel. usage: ROW HOST PORT */
#include <pthread.h>
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rn_cancel *token;

static rn_socket *
join(const char *host, int port)
{
    rn_error err;
    const rn_connect_options o = {
        .host = host, .port = port, .buffering = RN_BUFFERED, .timeout = 1000};
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        puts(err.message);
    return s;
}

static void
print_line(rn_socket *s)
{
    const char *line;
    puts(rn_readln(s, &line, NULL) > 0 ? line : "timeout");
}

static void *
stop(void *arg)
{
    rn_cancel_set(arg);
    return NULL;
}

static void
serve(void)
{
    char data[10];
    static char answer[200000];
    rn_server *server = rn_listen(0, "127.0.0.1", NULL);
    printf("%d\n", rn_server_port(server));
    rn_socket *s = rn_accept(server, RN_BUFFERED, NULL);
    rn_read(s, data, sizeof data);
    rn_write(s, answer, sizeof answer);
    rn_close(s);
    rn_free(s);
    rn_server_free(server);
}

int
main(int argc, char **argv)
{
    const char *row = argv[1];
    const char *line;
    pthread_t thread;
    if (argc != 4)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (strcmp(row, "unread") == 0)
        return serve(), 0;
    rn_socket *s = join(argv[2], atoi(argv[3]));
    if (s == NULL)
        return 1;
    if (strcmp(row, "cr") == 0) {
        print_line(s);
    } else if (strcmp(row, "endings") == 0) {
        while (rn_readln(s, &line, NULL) > 0)
            puts(line);
    } else if (strcmp(row, "resume") == 0) {
        rn_set_timeout(s, RN_READABLE, 200);
        print_line(s);
        rn_set_timeout(s, RN_READABLE, 2000);
        print_line(s);
    } else if (strcmp(row, "drip") == 0) {
        rn_set_timeout(s, RN_READABLE, 500);
        print_line(s);
    } else if (strcmp(row, "cancel") == 0) {
        token = rn_cancel_new(NULL);
        rn_set_cancel(s, token);
        pthread_create(&thread, NULL, stop, token);
        if (rn_readln(s, &line, NULL) == RN_E_CANCELED)
            puts("stopped");
        pthread_join(thread, NULL);
        rn_cancel_reset(token);
        print_line(s);
    } else if (strcmp(row, "flush") == 0) {
        rn_writeln(s, "question", 8);
        print_line(s);
    } else if (strcmp(row, "sigpipe") == 0) {
        print_line(s);
        getchar();
        for (int i = 0; i < 3; i++)
            rn_write(s, "x", 1), rn_flush(s);
        puts("alive");
        getchar();
    } else {
        rn_write(s, "x", 1), rn_flush(s);
    }
    rn_free(s);
}
