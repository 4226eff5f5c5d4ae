/* SPDX-License-Identifier: MIT */
/* A call that waits, in a thread of its own, and how soon it is called back. */
#ifndef WAITER_H
#define WAITER_H

#include <pthread.h>
#include <stdatomic.h>

#include "runnel.h"

struct waiter {
    int (*call)(struct waiter *w);
    rn_socket *s;
    rn_server *server;
    rn_cancel *token;
    int port;
    int result;
    rn_time returned;
    pthread_t thread;
    atomic_int tid;
};

/* Calls for it; writing goes on until it fails. */
int wait_in_read(struct waiter *w);
int wait_in_readln(struct waiter *w);
int wait_in_write(struct waiter *w);
int wait_in_accept(struct waiter *w);

/* Start the call, and come back when its thread sleeps in the kernel, as /proc
 * says: no time is guessed. */
void waiter_begin(struct waiter *w);

/* It came back with this code; how many milliseconds after `start`. */
double waiter_end(struct waiter *w, int expected, rn_time start);

#endif
