/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

static int here_ns;
static int far_ns;

static void
need(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    abort();
}

static void
run(const char *format, va_list args, const char *prefix)
{
    char command[600];
    int n = snprintf(command, sizeof command, "%s", prefix);
    vsnprintf(command + n, sizeof command - (size_t)n, format, args);
    if (system(command) != 0) {
        fprintf(stderr, "failed: %s\n", command);
        abort();
    }
}

static void
at_here(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    run(format, args, "");
    va_end(args);
}

void
at_far(const char *format, ...)
{
    char prefix[80];
    va_list args;
    snprintf(prefix, sizeof prefix, "nsenter --net=/proc/%d/fd/%d ",
             (int)getpid(), far_ns);
    va_start(args, format);
    run(format, args, prefix);
    va_end(args);
}

/* The system's own resolver configuration, replaced for this process: one name
 * server, asked once, for longer than any test waits. */
static const char *
set_resolver(void)
{
    if (unshare(CLONE_NEWNS) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return "no mount namespace may be made";
    char name[] = "/tmp/runnel-resolv-XXXXXX";
    int fd = mkstemp(name);
    need(fd >= 0, "mkstemp");
    dprintf(fd, "nameserver " FAR "\noptions timeout:9 attempts:1\n");
    close(fd);
    int rc = mount(name, "/etc/resolv.conf", NULL, MS_BIND, NULL);
    unlink(name);
    return rc < 0 ? "/etc/resolv.conf cannot be replaced" : NULL;
}

static int
open_ns(void)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    need(fd >= 0, "/proc/self/ns/net");
    return fd;
}

const char *
network_make(void)
{
    if (system("nft --version >/dev/null 2>&1 && ip -V >/dev/null 2>&1") != 0)
        return "nft or ip is not installed (packages nftables, iproute2)";
    if (unshare(CLONE_NEWNET) < 0)
        return "no network namespace may be made (root is needed)";
    far_ns = open_ns();
    need(unshare(CLONE_NEWNET) == 0, "unshare");
    here_ns = open_ns();
    const char *why = set_resolver();
    if (why != NULL)
        return why;
    at_far("ip link add vfar type veth peer name vhere netns %d",
           (int)getpid());
    at_here("ip addr add " HERE "/24 dev vhere && ip link set vhere up && "
            "ip link set lo up");
    for (int i = 2; i <= 5; i++)
        at_far("ip addr add 10.7.0.%d/24 dev vfar", i);
    at_far("ip link set vfar up");
    at_far("ip link set lo up");
    at_far("nft add table ip t");
    at_far("nft 'add chain ip t in { type filter hook input priority 0; }'");
    return NULL;
}

void
far_rule(const char *rule)
{
    if (rule == NULL)
        at_far("nft flush chain ip t in");
    else
        at_far("nft 'add rule ip t in %s'", rule);
}

static int
far_socket(int type, int port, int *bound)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    a.sin_port = htons((unsigned short)port);
    need(setns(far_ns, CLONE_NEWNET) == 0, "setns");
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    need(setns(here_ns, CLONE_NEWNET) == 0, "setns");
    need(fd >= 0, "socket");
    need(bind(fd, (struct sockaddr *)&a, len) == 0, "bind");
    need(getsockname(fd, (struct sockaddr *)&a, &len) == 0, "getsockname");
    if (bound != NULL)
        *bound = ntohs(a.sin_port);
    return fd;
}

int
far_listen(int *port)
{
    int fd = far_socket(SOCK_STREAM, 0, port);
    need(listen(fd, 16) == 0, "listen");
    return fd;
}

int
far_dns(void)
{
    return far_socket(SOCK_DGRAM, 53, NULL);
}
