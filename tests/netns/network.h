/* SPDX-License-Identifier: MIT */
/* A network of two hosts, made of namespaces that belong to this process alone
 * and are gone with it: here (10.7.0.1) and far (10.7.0.2 to 10.7.0.5). */
#ifndef NETWORK_H
#define NETWORK_H

#define HERE "10.7.0.1"
#define FAR "10.7.0.2"

/* Make it. 0, or why it cannot be made here, for a skipped test to say. */
const char *network_make(void);

/* Run a command at the far host. */
void at_far(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the far host does with what comes in: an nft(8) rule without its table
 * and chain; NULL takes all rules away. */
void far_rule(const char *rule);

/* A bare socket made at the far host: a listener on a free port, or bound for
 * datagrams to port 53. */
int far_listen(int *port);
int far_dns(void);

#endif
