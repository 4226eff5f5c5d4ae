/* SPDX-License-Identifier: MIT */
/* The inside of a listening socket: made in listen.c, used in server.c. */
#ifndef RNI_SERVER_H
#define RNI_SERVER_H

#include "address.h"
#include "socket.h"

struct rn_server {
    atomic_int claim;
    atomic_bool closing;
    int fd;
    bool blocks; /* accept(2) on it does, as the last one here needed */
    pid_t maker; /* the process that listened */
    int port;
    bool one_address; /* so that every connection's local end is `bound` */
    union rni_sockaddr bound;
    size_t buffer_size;
    size_t max_line;
    struct rni_limits limits;
    struct rni_path_id path_id; /* of a unix socket's path that we made */
    const char *path;           /* which is in address */
    char address[RN_ADDRESS_SIZE];
};

/* What messages call it. */
static inline struct rni_target
rni_server_target(const rn_server *server)
{
    return (struct rni_target){
        .host = "", .address = server->address, .port = server->port};
}

#endif
