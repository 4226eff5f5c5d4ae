/* SPDX-License-Identifier: MIT */
/* Accepting connections: one, or many at once, each in a thread of its own. */
#include "serve.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "address.h"
#include "duration.h"
#include "exit.h"
#include "interrupt.h"
#include "report.h"
#include "say.h"
#include "secure.h"
#include "transcript.h"

struct serving serving;

enum {
    MAX = 256,
    EACH = 8, /* descriptors; some for a moment only */
    STACK = 256 * 1024
};

/* What the threads share. */
struct crowd {
    int (*handle)(rn_socket *s, int number, void *context);
    void *context;
    int most;
    pthread_mutex_t lock;
    pthread_cond_t left; /* one has gone */
    int here;
    int fatal; /* an exit code that ends everything */
    uint64_t failed;
};

struct guest {
    struct crowd *crowd;
    rn_socket *s;
    int number;
};

/* ---- Listening */

static rn_server *
listen_with(rn_listen_options *o, rn_error *err)
{
    rn_server *server = rn_listen_with(o, err);
    if (server != NULL || o->address != NULL || o->family != RN_ANY ||
        err->code == RN_E_IN_USE || err->code == RN_E_DENIED)
        return server;
    o->family = RN_IPV4; /* a system without IPv6 */
    return rn_listen_with(o, err);
}

/* A name is looked up; an address comes back as it is. False: it has none. */
static bool
find_address(const char *host, char address[RN_ADDRESS_SIZE], rn_error *err)
{
    rn_lookup_options o = {.family = (rn_family)settings.family,
                           .deadline = settings.deadline,
                           .cancel = interrupt_token()};
    return rn_host_by_name_with(host, &o, address, RN_ADDRESS_SIZE, err) ==
        RN_OK;
}

rn_server *
serve_open(int port, const char *address, int *code)
{
    rn_error err;
    char found[RN_ADDRESS_SIZE];
    rn_listen_options o = {
        .port = port, .address = address, .family = (rn_family)settings.family};
    if (address == NULL && !serving.open)
        o.address = settings.family == RN_IPV6 ? "::1" : "127.0.0.1";
    bool host = address != NULL && strncmp(address, "unix:", 5) != 0;
    if (host)
        o.address = found;
    rn_server *server = !host || find_address(address, found, &err)
        ? listen_with(&o, &err)
        : NULL;
    if (server == NULL) {
        *code = complain(&err);
        return NULL;
    }
    rn_server_set_cancel(server, interrupt_token());
    if (settings.deadline != 0)
        rn_server_set_deadline(server, settings.deadline);
    char where[PLACE_SIZE];
    report_text("listening_address", rn_server_address(server));
    report_count("listening_port", (uint64_t)rn_server_port(server));
    note("listening on %s",
         print_place(where, rn_server_address(server), rn_server_port(server)));
    *code = EXIT_FINE;
    return server;
}

/* ---- One connection */

static void
welcome(const rn_socket *s, int number)
{
    char where[PLACE_SIZE];
    char text[PLACE_SIZE + 40];
    print_place(where, rn_remote_address(s), rn_remote_port(s));
    snprintf(text, sizeof text, "connection from %s",
             *where != '\0' ? where : "a unix socket");
    note("%s", text);
    transcript_event(number, text);
    if (number == 0)
        report_connection(s);
}

/* No connection came. */
static int
complain_nobody(const rn_server *server, const rn_error *err)
{
    char text[DURATION_SIZE];
    if (err->code == RN_E_CANCELED)
        return EXIT_OTHER; /* main knows better */
    if (err->code != RN_E_TIMEOUT)
        return complain(err);
    report_ended("deadline");
    char where[PLACE_SIZE];
    return complain_as(
        EXIT_TIMEOUT, "listen on %s: not through after %s",
        print_place(where, rn_server_address(server), rn_server_port(server)),
        print_duration(settings.deadline_ms * 1000000, text));
}

rn_stream *
serve_secured(rn_socket *s, int number, int *code)
{
    rn_error err;
    *code = EXIT_FINE;
    rn_stream *over = secure_server(s, settings.deadline, &err);
    if (over == NULL)
        *code = complain(&err);
    else if (number == 0)
        secure_tell(over);
    return over;
}

/* Every connection that comes in comes from here. */
static rn_socket *
accept_next(rn_server *server, int number, rn_error *err)
{
    rn_socket *s = rn_accept(server, RN_UNBUFFERED, err);
    if (s != NULL)
        welcome(s, number);
    return s;
}

rn_socket *
serve_accept(rn_server *server, int *code)
{
    rn_error err;
    rn_socket *s = accept_next(server, 0, &err);
    *code = s != NULL ? EXIT_FINE : complain_nobody(server, &err);
    return s;
}

static int
serve_one(rn_server *server, struct crowd *c)
{
    int code;
    rn_socket *s = serve_accept(server, &code);
    rn_server_free(server);
    if (s != NULL && serving.tls)
        s = serve_secured(s, 0, &code);
    return s != NULL ? c->handle(s, 0, c->context) : code;
}

/* ---- Many */

int
serve_code(int code, int number)
{
    return code == EXIT_LOCAL && number > 0 ? EXIT_OTHER : code;
}

static void *
run_guest(void *arg)
{
    struct guest g = *(struct guest *)arg;
    struct crowd *c = g.crowd;
    free(arg);
    int code;
    rn_stream *s = serving.tls ? serve_secured(g.s, g.number, &code) : g.s;
    if (s != NULL)
        code = c->handle(s, g.number, c->context);
    pthread_mutex_lock(&c->lock);
    c->here--;
    c->failed += code != EXIT_FINE;
    if (code == EXIT_LOCAL && c->fatal == EXIT_FINE) {
        c->fatal = code;
        rn_cancel_set(interrupt_token());
    }
    pthread_cond_signal(&c->left);
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* Wait until fewer than `limit` are there. */
static void
wait_for_room(struct crowd *c, int limit)
{
    pthread_mutex_lock(&c->lock);
    while (c->here >= limit)
        pthread_cond_wait(&c->left, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

static int
admit(struct crowd *c, rn_socket *s, int number)
{
    pthread_t thread;
    pthread_attr_t attr;
    struct guest *g = malloc(sizeof *g);
    if (g == NULL || pthread_attr_init(&attr) != 0) {
        free(g);
        return -1;
    }
    *g = (struct guest){c, s, number};
    pthread_attr_setstacksize(&attr, STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&c->lock);
    c->here++;
    int rc = pthread_create(&thread, &attr, run_guest, g);
    c->here -= rc != 0;
    pthread_mutex_unlock(&c->lock);
    pthread_attr_destroy(&attr);
    if (rc != 0)
        free(g);
    return rc;
}

/* No descriptor, thread or memory for another one: when somebody has left there
 * is. With nobody there, there will be none. */
static bool
can_wait(struct crowd *c)
{
    pthread_mutex_lock(&c->lock);
    int here = c->here;
    pthread_mutex_unlock(&c->lock);
    if (here > 0)
        wait_for_room(c, here);
    return here > 0;
}

/* As many descriptors as so many connections may take, with a command each. The
 * usual limit is there for select(2), which is not used here. */
static void
make_room(int most)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)most * EACH + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int
serve_many(rn_server *server, struct crowd *c)
{
    rn_error err;
    int number = 0;
    int code = EXIT_FINE;
    make_room(c->most);
    for (;;) {
        wait_for_room(c, c->most);
        rn_socket *s = accept_next(server, number + 1, &err);
        if (s != NULL) {
            if (admit(c, s, ++number) != 0) {
                rn_free(s);
                complain_as(EXIT_OTHER, "no thread for another connection");
            }
            continue;
        }
        if (err.code == RN_E_FILES && can_wait(c))
            continue;
        code = complain_nobody(server, &err);
        break;
    }
    rn_server_close(server);
    wait_for_room(c, 1);
    rn_server_free(server);
    report_count("connections", (uint64_t)number);
    report_count("connections_failed", c->failed);
    return c->fatal != EXIT_FINE ? c->fatal : code;
}

int
serve(rn_server *server, int (*handle)(rn_socket *s, int number, void *context),
      void *context)
{
    struct crowd c = {.handle = handle,
                      .context = context,
                      .most = serving.max > 0 ? serving.max : MAX,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .left = PTHREAD_COND_INITIALIZER};
    return serving.keep ? serve_many(server, &c) : serve_one(server, &c);
}
