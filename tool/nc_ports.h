/* SPDX-License-Identifier: MIT */
/* What nc(1) takes for a port. */
#ifndef NC_PORTS_H
#define NC_PORTS_H

#include <stdbool.h>

/* A number, the name of a service, or a range in either order: 20-25. False,
 * after a complaint, for anything else. */
bool nc_ports(const char *text, int *low, int *high);

/* The same without ranges; -1 after a complaint. */
int nc_port(const char *text);

#endif
