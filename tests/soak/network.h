/* SPDX-License-Identifier: MIT */
/* A loopback interface of this process's own, which loses data. */
#ifndef SOAK_NETWORK_H
#define SOAK_NETWORK_H

/* Make it; it is gone with the last process. NULL, or why it cannot be. */
const char *network_make(void);

#endif
