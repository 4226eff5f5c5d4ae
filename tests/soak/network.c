/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "network.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static int
put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return -1;
    fputs(text, f);
    return fclose(f);
}

const char *
network_make(void)
{
    if (system("nft --version >/dev/null 2>&1 && ip -V >/dev/null 2>&1") != 0)
        return "nft or ip is not installed (packages nftables, iproute2)";
    if (unshare(CLONE_NEWNET) < 0)
        return "no network namespace may be made (root is needed)";
    if (system("ip link set lo up") != 0)
        return "the loopback interface does not come up";
    /* Little room in the system, so that slow readers are felt. */
    if (put("/proc/sys/net/ipv4/tcp_rmem", "4096 16384 16384") < 0 ||
        put("/proc/sys/net/ipv4/tcp_wmem", "4096 16384 16384") < 0)
        return "the socket buffers cannot be set";
    /* Of the packets with data and of the last ones of a side: a lost first one
     * would only make connecting wait for a second. A lost reset leaves the
     * other side to find out by itself, in LIVENESS seconds. */
    if (system("nft add table ip t && "
               "nft 'add chain ip t in { type filter hook input priority 0; }'"
               " && nft 'add rule ip t in tcp flags & (fin|syn|rst) == 0 "
               "ip length > 60 numgen random mod 100 < 2 drop' && "
               "nft 'add rule ip t in tcp flags & (fin|syn) == fin "
               "numgen random mod 100 < 2 drop'") != 0)
        return "nft takes no rule";
    return NULL;
}
