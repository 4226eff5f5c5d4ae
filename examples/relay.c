/*
 * A port forwarder: every connection to PORT of this machine goes on to TOPORT
 * of HOST, in a thread of its own, until both sides have ended.
 *
 * usage: relay PORT HOST TOPORT [CONNECTIONS]   ends after so many, if given
 */
#include <pthread.h>
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>

static char **target; /* host and port */

/* An hour in which nothing was said, and both are let go. */
static void *
forward(void *arg)
{
    rn_error err;
    rn_socket *near = arg;
    const rn_relay_options options = {.idle = 3600 * 1000};
    const rn_connect_options to = {
        .host = target[0], .port = atoi(target[1]), .timeout = 10000};
    rn_socket *far = rn_connect_with(&to, &err);
    if (far == NULL) {
        fprintf(stderr, "%s\n", err.message);
        rn_abort(near);
    } else if (rn_relay(near, far, &options) == RN_OK) {
        rn_close(near);
        rn_close(far);
    } else {
        /* Each side sees that it was cut off, not an end. */
        rn_abort(near);
        rn_abort(far);
    }
    rn_free(far);
    rn_free(near);
    return NULL;
}

int
main(int argc, char **argv)
{
    rn_error err;
    if (argc < 4)
        return fprintf(stderr, "usage: relay PORT HOST TOPORT\n"), 2;
    target = argv + 2;
    int left = argc > 4 ? atoi(argv[4]) : -1;
    rn_server *server = rn_listen(atoi(argv[1]), "127.0.0.1", &err);
    if (server == NULL)
        return fprintf(stderr, "%s\n", err.message), 1;
    printf("%d\n", rn_server_port(server));
    fflush(stdout);
    pthread_t *threads = calloc(left > 0 ? (size_t)left : 1, sizeof *threads);
    int count = 0;
    while (threads != NULL && left != count) {
        rn_socket *s = rn_accept(server, RN_UNBUFFERED, &err);
        if (s == NULL)
            return fprintf(stderr, "%s\n", err.message), 1;
        pthread_t *thread = &threads[left > 0 ? count++ : 0];
        if (pthread_create(thread, NULL, forward, s) != 0)
            return fprintf(stderr, "no thread for a connection\n"), 1;
        if (left < 0)
            pthread_detach(*thread);
    }
    rn_server_free(server);
    while (count > 0)
        pthread_join(threads[--count], NULL);
    free(threads);
    return 0;
}
