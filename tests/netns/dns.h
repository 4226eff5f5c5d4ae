/* SPDX-License-Identifier: MIT */
/* A name server that misbehaves by the first part of the name it is asked for:
 * one.*, three.*, nx.*, fail.*, lie.*, late.*; any other gets no answer. */
#ifndef DNS_H
#define DNS_H

/* Serve on the bound datagram socket, in a thread, until it is shut down. */
void dns_start(int fd);
void dns_stop(void);

#endif
