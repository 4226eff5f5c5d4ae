/* SPDX-License-Identifier: MIT */
/* Options of sockets, and questions about descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "address.h"
#include "call.h"
#include "fd.h"

int
rni_fd_linger_zero(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    return rni_result(
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none));
}

int
rni_fd_set(int fd, int level, int option, int value)
{
    return rni_result(setsockopt(fd, level, option, &value, sizeof value));
}

int
rni_fd_set_liveness(int fd, int seconds)
{
    enum {
        PROBES = 3,
        MOST = 32767 /* the system's, for idle time and interval */
    };
    int idle = seconds / 2 > 0 ? seconds / 2 : 1;
    int interval =
        (seconds - idle) / PROBES > 0 ? (seconds - idle) / PROBES : 1;
    int rc = rni_fd_set(fd, SOL_SOCKET, SO_KEEPALIVE, seconds > 0);
    if (rc >= 0)
        rc = rni_fd_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000);
    if (rc < 0 || seconds == 0)
        return rc;
    rc = rni_fd_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle < MOST ? idle : MOST);
    if (rc >= 0)
        rc = rni_fd_set(fd, IPPROTO_TCP, TCP_KEEPINTVL,
                        interval < MOST ? interval : MOST);
    if (rc >= 0)
        rc = rni_fd_set(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
    return rc;
}

int
rni_fd_set_blocking(int fd, int blocking)
{
    int flags = rni_result(fcntl(fd, F_GETFL));
    if (flags < 0)
        return flags;
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    if (wanted == flags)
        return 0;
    int rc = rni_result(fcntl(fd, F_SETFL, wanted));
    return rc < 0 ? rc : 1;
}

int
rni_fd_local(int fd, union rni_sockaddr *address)
{
    socklen_t len = sizeof *address;
    memset(address, 0, sizeof *address);
    return rni_result(getsockname(fd, &address->sa, &len));
}

int
rni_fd_remote(int fd, union rni_sockaddr *address)
{
    socklen_t len = sizeof *address;
    memset(address, 0, sizeof *address);
    return rni_result(getpeername(fd, &address->sa, &len));
}

/* The number of an interface. if_nametoindex(3) would do, but in glibc it has
 * ENOENT for every reason for which it gets no socket to ask with. */
static int
interface_number(const char *name)
{
    /* Any socket serves; a process may be kept from some. */
    static const int families[] = {AF_INET6, AF_UNIX};
    struct ifreq asked = {0};
    memcpy(asked.ifr_name, name, strnlen(name, sizeof asked.ifr_name - 1));
    int fd = -1;
    for (int i = 0; i < 2 && fd < 0; i++)
        fd = rni_result(socket(families[i], SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd < 0)
        return fd;
    int rc = rni_result(ioctl(fd, SIOCGIFINDEX, &asked));
    rni_fd_close(fd);
    return rc < 0 ? rc : asked.ifr_ifindex;
}

/* Give an IPv6 address the scope of the interface with that name or number, or
 * none for "". */
static int
set_scope(const char *interface, union rni_sockaddr *address)
{
    if (interface[0] == '\0')
        return RN_OK;
    int number = interface_number(interface);
    if (number >= 0)
        address->in6.sin6_scope_id = (uint32_t)number;
    else if (strspn(interface, "0123456789") == strlen(interface))
        address->in6.sin6_scope_id = (uint32_t)strtoul(interface, NULL, 10);
    return address->in6.sin6_scope_id != 0 ? RN_OK : number;
}

int
rni_fd_ipv6(const char *text, int port, union rni_sockaddr *address)
{
    char scope[RNI_SCOPE_SIZE];
    if (!rni_parse_ipv6(text, port, address, scope))
        return 0;
    int rc = set_scope(scope, address);
    return rc < 0 ? rc : 1;
}

int
rni_fd_unconfirmed(int fd)
{
    int bytes = 0;
    int rc = rni_result(ioctl(fd, TIOCOUTQ, &bytes));
    return rc < 0 ? rc : bytes;
}

int
rni_fd_socket_type(int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    int rc = rni_result(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len));
    return rc < 0 ? rc : type;
}

int
rni_fd_access_mode(int fd)
{
    int flags = rni_result(fcntl(fd, F_GETFL));
    return flags < 0 ? flags : flags & O_ACCMODE;
}

/* /dev/null, /dev/zero, /dev/full (Linux, Documentation/admin-guide/devices).
 */
static bool
is_plain_memory(const struct stat *st)
{
    enum {
        MEMORY = 1,
        NULL_DEVICE = 3,
        ZERO = 5,
        FULL = 7
    };
    unsigned which = minor(st->st_rdev);
    return S_ISCHR(st->st_mode) && major(st->st_rdev) == MEMORY &&
        (which == NULL_DEVICE || which == ZERO || which == FULL);
}

enum rni_fd_kind
rni_fd_kind(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return RNI_FD_OTHER;
    if (S_ISFIFO(st.st_mode))
        return RNI_FD_PIPE;
    if (is_plain_memory(&st))
        return RNI_FD_NULL;
    return S_ISREG(st.st_mode) ? RNI_FD_DISK : RNI_FD_OTHER;
}

int64_t
rni_fd_round_trip(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
        info.tcpi_rtt == 0)
        return -1;
    return (int64_t)info.tcpi_rtt * 1000;
}
