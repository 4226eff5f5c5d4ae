/* SPDX-License-Identifier: MIT */
/* Far ends on the loopback interface, and what they leave behind. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>

#include "runnel.h"

/* Two ends of one TCP connection, both runnel's. */
void tcp_pair(rn_socket **client, rn_socket **accepted, rn_buffering buffering);

/* A runnel socket whose far end is a bare descriptor. */
rn_socket *socket_to_raw(int *raw, rn_buffering buffering);

/* A runnel socket to a peer whose system takes only little, so that most of
 * what is written waits until the peer reads. */
rn_socket *socket_to_small(int *raw);

/* A bare listener on a free port of 127.0.0.1, and a bare connection to one. */
int raw_listen(int *port);
int raw_connect(int port);

/* A port of 127.0.0.1 where nobody listens, for as long as *holder is open. */
int closed_port(int *holder);

/* A listener of 127.0.0.1 (on `address`, where not NULL) whose queue is full:
 * connecting to it gets no answer at all. Fills `fds` with what keeps it so. */
enum {
    FULL_FDS = 3
};
int full_port(const char *address, int fds[FULL_FDS]);
void full_port_close(const int fds[FULL_FDS]);

/* All that can be read from a bare descriptor until its end, at most cap - 1
 * bytes, with a NUL behind; how many, or -1 with errno. */
ptrdiff_t raw_read_all(int fd, char *data, size_t cap);

/* How many descriptors this process has open. */
int open_descriptors(void);

/* For a group of cases, before it and after it: a failure where more or fewer
 * descriptors are open then. */
int nothing_was_left_open(void **state);

/* Whether the system says all that tcp(7) has in TCP_INFO; qemu-user, which
 * runs programs of other processors, does not. */
int tells_tcp_info(void);

/* How many data segments a TCP socket has sent (tcp(7), TCP_INFO). */
unsigned segments_sent(int fd);

#endif
