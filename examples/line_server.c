/* SPDX-License-Identifier: MIT */
/*
 * A server with a thread for each connection: it gives every line back in
 * capitals. Who is silent for a minute has to go, and so does who does not
 * read; at most CLIENTS are served at once. ^C or SIGTERM ends it: no new
 * clients, and those that are there get the answers they wait for.
 *
 * usage: line_server [PORT]   it prints the port; 0 picks a free one
 */
#include <ctype.h>
#include <pthread.h>
#include <runnel.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CLIENTS = 500,
    SILENCE = 60000 /* ms */
};

static rn_cancel *stop; /* set by a signal; stops every wait for input */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fewer = PTHREAD_COND_INITIALIZER;
static int clients;

static void
on_signal(int number)
{
    (void)number;
    rn_cancel_set(stop);
}

static int
serve_lines(rn_socket *s)
{
    const char *line;
    size_t len;
    int rc;
    while ((rc = rn_readln(s, &line, &len)) > 0) {
        char *shout = malloc(len + 1);
        if (shout == NULL)
            return RN_E_MEMORY;
        for (size_t i = 0; i < len; i++)
            shout[i] = (char)toupper((unsigned char)line[i]);
        rc = rn_writeln(s, shout, len);
        free(shout);
        if (rc < 0)
            break;
    }
    return rc;
}

static void *
serve(void *arg)
{
    rn_socket *s = arg;
    rn_error err;
    rn_set_timeout(s, RN_BOTH, SILENCE);
    rn_set_cancel(s, stop);
    int rc = serve_lines(s);
    if (rc < 0 && rc != RN_E_CANCELED) {
        rn_error_of(s, &err);
        fprintf(stderr, "%s\n", err.message);
    }
    /* What was answered still goes out, in a second at the most. */
    rn_set_cancel(s, NULL);
    rn_set_timeout(s, RN_WRITABLE, 1000);
    rn_close(s);
    rn_free(s);
    pthread_mutex_lock(&lock);
    clients--;
    pthread_cond_signal(&fewer);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Wait until there are fewer than so many. */
static void
wait_for_fewer_than(int count)
{
    pthread_mutex_lock(&lock);
    while (clients >= count)
        pthread_cond_wait(&fewer, &lock);
    pthread_mutex_unlock(&lock);
}

static void
start(rn_socket *s)
{
    pthread_t thread;
    pthread_mutex_lock(&lock);
    clients++;
    pthread_mutex_unlock(&lock);
    if (pthread_create(&thread, NULL, serve, s) == 0) {
        pthread_detach(thread);
        return;
    }
    fprintf(stderr, "no thread for %s\n", rn_remote_address(s));
    rn_abort(s);
    rn_free(s);
    pthread_mutex_lock(&lock);
    clients--;
    pthread_mutex_unlock(&lock);
}

int
main(int argc, char **argv)
{
    rn_error err;
    stop = rn_cancel_new(&err);
    rn_server *server = stop
        ? rn_listen(argc > 1 ? atoi(argv[1]) : 7007, "127.0.0.1", &err)
        : NULL;
    if (server == NULL)
        return fprintf(stderr, "%s\n", err.message), 1;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    rn_server_set_cancel(server, stop);
    printf("%d\n", rn_server_port(server));
    fflush(stdout);
    for (;;) {
        rn_socket *s = rn_accept(server, RN_BUFFERED, &err);
        if (s != NULL) {
            start(s);
        } else if (err.code == RN_E_FILES || err.code == RN_E_MEMORY) {
            /* The connection stays in the queue until somebody has gone. */
            fprintf(stderr, "%s\n", err.message);
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        } else {
            break;
        }
        wait_for_fewer_than(CLIENTS);
    }
    if (err.code != RN_E_CANCELED)
        fprintf(stderr, "%s\n", err.message);
    rn_server_free(server);
    wait_for_fewer_than(1);
    rn_cancel_free(stop);
    return err.code != RN_E_CANCELED;
}
