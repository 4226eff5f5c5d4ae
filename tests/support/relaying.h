/* SPDX-License-Identifier: MIT */
/* A relay in a thread of its own, a pair of sockets for one, and far ends that
 * feed it and read from it. */
#ifndef RELAYING_H
#define RELAYING_H

#include <pthread.h>
#include <stdatomic.h>

#include "runnel.h"

enum {
    RELAY_ROUTES = 4
};

struct relaying {
    rn_route route[RELAY_ROUTES];
    int count;
    rn_relay_options options;
    int rc;
    rn_time ended;
    double cpu; /* milliseconds that the thread needed */
    atomic_int id;
    pthread_t thread;
};

/* Start one whose routes and options are set; wait for it. */
void relay_start(struct relaying *r);
int relay_join(struct relaying *r);

/* The same in this thread. */
int relay_here(struct relaying *r);

/* Until the thread is found to wait for the system. */
void relay_wait_asleep(struct relaying *r);

/* Two sockets with their far ends, and a relay from one to the other. */
struct relay_pair {
    rn_socket *a;
    rn_socket *b;
    int near;
    int far;
    struct relaying r;
};

void relay_pair_open(struct relay_pair *p);
void relay_pair_close(struct relay_pair *p);

/* A far end: writes `len` bytes of a pattern, and closes its descriptor or
 * shuts it down; or reads to the end and counts how much of it is the pattern.
 */
struct far_end {
    int fd;
    size_t len;
    size_t same; /* read: from the start on; SIZE_MAX: something is wrong */
    pthread_t thread;
};

void far_feed(struct far_end *f, int fd, size_t len);
void far_read(struct far_end *f, int fd);
void far_join(struct far_end *f);

/* Byte i of the pattern. */
char far_byte(size_t i);

#endif
