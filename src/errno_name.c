/* SPDX-License-Identifier: MIT */
/* The names of errno values, as POSIX's errno.h has them: a number in a log
 * says little, and differs from system to system. */
#include <errno.h>
#include <stddef.h>

#include "runnel.h"

#define N(name) [name] = #name

/* EWOULDBLOCK and EOPNOTSUPP are the same numbers as EAGAIN and ENOTSUP. */
static const char *const names[] = {
    N(E2BIG),           N(EACCES),       N(EADDRINUSE),   N(EADDRNOTAVAIL),
    N(EAFNOSUPPORT),    N(EAGAIN),       N(EALREADY),     N(EBADF),
    N(EBUSY),           N(ECANCELED),    N(ECONNABORTED), N(ECONNREFUSED),
    N(ECONNRESET),      N(EDEADLK),      N(EDESTADDRREQ), N(EDOM),
    N(EDQUOT),          N(EEXIST),       N(EFAULT),       N(EFBIG),
    N(EHOSTDOWN),       N(EHOSTUNREACH), N(EINPROGRESS),  N(EINTR),
    N(EINVAL),          N(EIO),          N(EISCONN),      N(EISDIR),
    N(ELOOP),           N(EMFILE),       N(EMLINK),       N(EMSGSIZE),
    N(ENAMETOOLONG),    N(ENETDOWN),     N(ENETRESET),    N(ENETUNREACH),
    N(ENFILE),          N(ENOBUFS),      N(ENODEV),       N(ENOENT),
    N(ENOEXEC),         N(ENOLCK),       N(ENOMEM),       N(ENOPROTOOPT),
    N(ENOSPC),          N(ENOSYS),       N(ENOTCONN),     N(ENOTDIR),
    N(ENOTSOCK),        N(ENOTSUP),      N(ENOTTY),       N(ENXIO),
    N(EOVERFLOW),       N(EPERM),        N(EPIPE),        N(EPROTO),
    N(EPROTONOSUPPORT), N(EPROTOTYPE),   N(ERANGE),       N(EROFS),
    N(ESPIPE),          N(ESRCH),        N(ESTALE),       N(ETIMEDOUT),
    N(ETXTBSY),         N(EXDEV),
};

const char *
rn_errno_name(int sys_errno)
{
    if (sys_errno <= 0 || (size_t)sys_errno >= sizeof names / sizeof names[0] ||
        names[sys_errno] == NULL)
        return "";
    return names[sys_errno];
}
