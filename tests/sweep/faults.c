/* SPDX-License-Identifier: MIT */
/*
 * What each call can fail with: the errno values of its manual page, short
 * counts, ends, and waits that end wrongly; and the code that tells it. Sorted
 * by call. What is left out is named below.
 */
#define _GNU_SOURCE /* EAI_NODATA */
#include <errno.h>
#include <netdb.h>

#include "sweep.h"

#define FAIL(call, sys, code)                                                  \
    {                                                                          \
        SW_##call, SW_FAIL, sys, code, 0, #sys                                 \
    }
#define FAIL_OR(call, sys, code, other)                                        \
    {                                                                          \
        SW_##call, SW_FAIL, sys, code, other, #sys                             \
    }
#define AFTER(call, sys, code)                                                 \
    {                                                                          \
        SW_##call, SW_AFTER, sys, code, 0, #sys                                \
    }
#define TELL(call, value, code, other)                                         \
    {                                                                          \
        SW_##call, SW_TELL, value, code, other, #value                         \
    }
#define CUT(call, kind)                                                        \
    {                                                                          \
        SW_##call, SW_##kind, 0, SW_ABSORBED, 0, #kind                         \
    }

/* A connection breaks, or what moves its bytes has none. */
#define CONNECTION(call)                                                       \
    FAIL(call, ECONNRESET, RN_E_RESET), FAIL(call, EPIPE, RN_E_RESET),         \
        FAIL(call, ENOTCONN, RN_E_RESET), FAIL(call, ETIMEDOUT, RN_E_RESET),   \
        FAIL(call, ECONNREFUSED, RN_E_RESET),                                  \
        FAIL(call, ECONNABORTED, RN_E_RESET),                                  \
        FAIL(call, EHOSTUNREACH, RN_E_RESET),                                  \
        FAIL(call, EHOSTDOWN, RN_E_RESET),                                     \
        FAIL(call, ENETUNREACH, RN_E_RESET), FAIL(call, ENETDOWN, RN_E_RESET), \
        FAIL(call, ENETRESET, RN_E_RESET), FAIL(call, ENOBUFS, RN_E_MEMORY),   \
        FAIL(call, ENOMEM, RN_E_MEMORY), FAIL(call, EACCES, RN_E_IO),          \
        FAIL(call, EPERM, RN_E_IO), FAIL(call, EIO, RN_E_IO),                  \
        FAIL(call, EINVAL, RN_E_IO), FAIL(call, EPROTO, RN_E_IO),              \
        FAIL(call, EOPNOTSUPP, RN_E_IO), FAIL(call, EINTR, SW_STORM),          \
        FAIL(call, EAGAIN, SW_STORM)

#define FILE_ERRORS(call)                                                      \
    FAIL(call, EIO, RN_E_IO), FAIL(call, EINVAL, RN_E_IO),                     \
        FAIL(call, ENOBUFS, RN_E_MEMORY), FAIL(call, ENOMEM, RN_E_MEMORY),     \
        FAIL(call, EINTR, SW_STORM), FAIL(call, EAGAIN, SW_STORM)

const struct sw_fault sw_faults[] = {
    FAIL_OR(MALLOC, ENOMEM, RN_E_MEMORY, RN_E_IO),
    FAIL_OR(CALLOC, ENOMEM, RN_E_MEMORY, RN_E_IO),
    FAIL_OR(REALLOC, ENOMEM, RN_E_MEMORY, RN_E_IO),
    FAIL_OR(STRDUP, ENOMEM, RN_E_MEMORY, RN_E_IO),
    FAIL(OPENSSL, ENOMEM, RN_E_MEMORY),

    FAIL(SOCKET, EMFILE, RN_E_FILES),
    FAIL(SOCKET, ENFILE, RN_E_FILES),
    FAIL(SOCKET, ENOBUFS, RN_E_MEMORY),
    FAIL(SOCKET, ENOMEM, RN_E_MEMORY),
    FAIL(SOCKET, EACCES, RN_E_DENIED),
    FAIL(SOCKET, EPERM, RN_E_DENIED),
    FAIL(SOCKET, EAFNOSUPPORT, RN_E_IO),
    FAIL(SOCKET, EINVAL, RN_E_IO),
    FAIL(SOCKET, EPROTONOSUPPORT, RN_E_IO),

    FAIL(CONNECT, ECONNREFUSED, RN_E_REFUSED),
    FAIL(CONNECT, ENETUNREACH, RN_E_UNREACHABLE),
    FAIL(CONNECT, EHOSTUNREACH, RN_E_UNREACHABLE),
    FAIL(CONNECT, ENETDOWN, RN_E_UNREACHABLE),
    FAIL(CONNECT, EHOSTDOWN, RN_E_UNREACHABLE),
    FAIL(CONNECT, ETIMEDOUT, RN_E_TIMEOUT),
    FAIL(CONNECT, EACCES, RN_E_DENIED),
    FAIL(CONNECT, EPERM, RN_E_DENIED),
    FAIL(CONNECT, EADDRNOTAVAIL, RN_E_IN_USE),
    FAIL(CONNECT, EADDRINUSE, RN_E_IN_USE),
    FAIL(CONNECT, EAFNOSUPPORT, RN_E_IO),
    FAIL(CONNECT, EINVAL, RN_E_IO),
    FAIL(CONNECT, ENOBUFS, RN_E_MEMORY),
    FAIL(CONNECT, ENOMEM, RN_E_MEMORY),
    FAIL(CONNECT, ECONNRESET, RN_E_RESET),
    FAIL(CONNECT, EAGAIN, RN_E_IO),
    AFTER(CONNECT, EINTR, SW_ABSORBED),
    AFTER(CONNECT, EINPROGRESS, SW_ABSORBED),

    FAIL(CONNECT_UNIX, ECONNREFUSED, RN_E_REFUSED),
    FAIL(CONNECT_UNIX, ENOENT, RN_E_REFUSED),
    FAIL(CONNECT_UNIX, EACCES, RN_E_DENIED),
    FAIL(CONNECT_UNIX, EPERM, RN_E_DENIED),
    FAIL(CONNECT_UNIX, EPROTOTYPE, RN_E_IO),
    FAIL(CONNECT_UNIX, ENOTDIR, RN_E_IO),
    FAIL(CONNECT_UNIX, ELOOP, RN_E_IO),
    FAIL(CONNECT_UNIX, ENOMEM, RN_E_MEMORY),
    FAIL(CONNECT_UNIX, ETIMEDOUT, RN_E_TIMEOUT),
    FAIL(CONNECT_UNIX, EAGAIN, SW_STORM),
    AFTER(CONNECT_UNIX, EINTR, SW_ABSORBED),

    TELL(OUTCOME, ECONNREFUSED, RN_E_REFUSED, RN_E_RESET),
    TELL(OUTCOME, ENETUNREACH, RN_E_UNREACHABLE, RN_E_RESET),
    TELL(OUTCOME, EHOSTUNREACH, RN_E_UNREACHABLE, RN_E_RESET),
    TELL(OUTCOME, ETIMEDOUT, RN_E_TIMEOUT, RN_E_RESET),
    TELL(OUTCOME, ECONNRESET, RN_E_RESET, 0),
    TELL(OUTCOME, ENETDOWN, RN_E_UNREACHABLE, RN_E_RESET),
    TELL(OUTCOME, EPIPE, RN_E_RESET, 0),
    TELL(OUTCOME, EPROTO, RN_E_IO, 0),
    TELL(OUTCOME, EACCES, RN_E_DENIED, RN_E_IO),
    FAIL(OUTCOME, ENOBUFS, RN_E_MEMORY),
    FAIL_OR(OUTCOME, EACCES, RN_E_DENIED, RN_E_IO),

    FAIL(TYPE, ENOBUFS, RN_E_MEMORY),
    FAIL(TYPE, EACCES, RN_E_DENIED),
    FAIL(TYPE, ENOPROTOOPT, RN_E_IO),
    FAIL(TCP_FIGURES, ENOPROTOOPT, SW_ABSORBED),
    FAIL(TCP_FIGURES, EINVAL, SW_ABSORBED),

    FAIL(BIND, EADDRINUSE, RN_E_IN_USE),
    FAIL(BIND, EADDRNOTAVAIL, RN_E_VALUE),
    FAIL(BIND, EACCES, RN_E_DENIED),
    FAIL(BIND, EPERM, RN_E_DENIED),
    FAIL(BIND, EINVAL, RN_E_IO),
    FAIL(BIND, EAFNOSUPPORT, RN_E_IO),
    FAIL(BIND, ENOMEM, RN_E_MEMORY),
    FAIL(BIND, ENOBUFS, RN_E_MEMORY),
    FAIL(BIND, ELOOP, RN_E_IO),
    FAIL(BIND, ENOTDIR, RN_E_IO),
    FAIL(BIND, EROFS, RN_E_IO),

    FAIL(LISTEN, EADDRINUSE, RN_E_IN_USE),
    FAIL(LISTEN, EACCES, RN_E_DENIED),
    FAIL(LISTEN, ENOBUFS, RN_E_MEMORY),
    FAIL(LISTEN, EOPNOTSUPP, RN_E_IO),

    FAIL(ACCEPT, EMFILE, RN_E_FILES),
    FAIL(ACCEPT, ENFILE, RN_E_FILES),
    FAIL(ACCEPT, ENOBUFS, RN_E_MEMORY),
    FAIL(ACCEPT, ENOMEM, RN_E_MEMORY),
    FAIL(ACCEPT, EPERM, RN_E_DENIED),
    FAIL(ACCEPT, EINVAL, RN_E_IO),
    FAIL(ACCEPT, ENOSR, RN_E_IO),
    FAIL(ACCEPT, ESOCKTNOSUPPORT, RN_E_IO),
    FAIL(ACCEPT, EPROTONOSUPPORT, RN_E_IO),
    FAIL(ACCEPT, ECONNABORTED, SW_STORM),
    FAIL(ACCEPT, EPROTO, SW_STORM),
    FAIL(ACCEPT, ENETDOWN, SW_STORM),
    FAIL(ACCEPT, ENOPROTOOPT, SW_STORM),
    FAIL(ACCEPT, EHOSTDOWN, SW_STORM),
    FAIL(ACCEPT, ENONET, SW_STORM),
    FAIL(ACCEPT, EHOSTUNREACH, SW_STORM),
    FAIL(ACCEPT, EOPNOTSUPP, SW_STORM),
    FAIL(ACCEPT, ENETUNREACH, SW_STORM),
    FAIL(ACCEPT, ETIMEDOUT, SW_STORM),
    FAIL(ACCEPT, EINTR, SW_STORM),
    FAIL(ACCEPT, EAGAIN, SW_STORM),

    CONNECTION(RECV),
    CUT(RECV, SHORT),
    CUT(RECV, HALF),
    CUT(RECV, END),
    CONNECTION(SEND),
    CUT(SEND, SHORT),
    CUT(SEND, HALF),
    CONNECTION(SENDMSG),
    CUT(SENDMSG, SHORT),
    CUT(SENDMSG, HALF),

    FILE_ERRORS(READ),
    FAIL(READ, EISDIR, RN_E_IO),
    CUT(READ, SHORT),
    CUT(READ, HALF),
    CUT(READ, END),
    FILE_ERRORS(WRITEV),
    FAIL(WRITEV, EPIPE, RN_E_RESET),
    FAIL(WRITEV, ENOSPC, RN_E_IO),
    FAIL(WRITEV, EDQUOT, RN_E_IO),
    FAIL(WRITEV, EFBIG, RN_E_IO),
    FAIL(WRITEV, EPERM, RN_E_IO),
    CUT(WRITEV, SHORT),
    CUT(WRITEV, HALF),
    FAIL(LOWER, EINTR, SW_STORM),
    FAIL(RAISE, EINTR, SW_STORM),

    FAIL(PPOLL, EINTR, SW_STORM),
    FAIL(PPOLL, EAGAIN, SW_STORM),
    FAIL(PPOLL, ENOMEM, RN_E_MEMORY),
    FAIL(PPOLL, EINVAL, RN_E_IO),
    {SW_PPOLL, SW_EARLY, 0, SW_STORM, 0, "EARLY"},
    {SW_PPOLL, SW_READY, 0, SW_STORM, 0, "READY"},

    FAIL(SHUTDOWN, ENOTCONN, RN_E_RESET),
    FAIL(SHUTDOWN, ENOBUFS, RN_E_MEMORY),
    AFTER(CLOSE, EINTR, SW_ABSORBED),
    AFTER(CLOSE, EIO, RN_E_IO),
    AFTER(CLOSE, ENOSPC, RN_E_IO),
    AFTER(CLOSE, EDQUOT, RN_E_IO),

    FAIL(OPTION, ENOPROTOOPT, RN_E_IO),
    FAIL(OPTION, EINVAL, RN_E_IO),
    FAIL(OPTION, EDOM, RN_E_IO),
    FAIL(OPTION, EISCONN, RN_E_IO),
    FAIL(OPTION, ENOMEM, RN_E_MEMORY),
    FAIL(OPTION, ENOBUFS, RN_E_MEMORY),
    FAIL(OPTION, EPERM, RN_E_DENIED),
    FAIL(OPTION, EACCES, RN_E_DENIED),
    FAIL(LOCAL, ENOBUFS, RN_E_MEMORY),
    FAIL(LOCAL, EINVAL, RN_E_IO),
    FAIL(LOCAL, EOPNOTSUPP, RN_E_IO),
    FAIL(REMOTE, ENOTCONN, RN_E_VALUE),
    FAIL(REMOTE, EINVAL, RN_E_VALUE),
    FAIL(REMOTE, ENOBUFS, RN_E_MEMORY),
    FAIL(REMOTE, EOPNOTSUPP, RN_E_IO),
    FAIL(GET_FLAGS, EBADF, RN_E_VALUE),
    FAIL(SET_FLAGS, EPERM, SW_ABSORBED),
    FAIL(SET_FLAGS, EINVAL, SW_ABSORBED),
    FAIL(PIPE, EMFILE, SW_ABSORBED),
    FAIL(PIPE, ENFILE, SW_ABSORBED),
    FAIL(PIPE_SIZE, EPERM, SW_ABSORBED),
    FAIL(PIPE_SIZE, ENOMEM, SW_ABSORBED),
    FAIL(TAKE_BACK, EIO, RN_E_IO),
    FAIL(TAKE_BACK, ENOMEM, RN_E_IO),
    FAIL(TAKE_BACK, EINTR, SW_STORM),
    FAIL(TAKE_BACK, EAGAIN, SW_STORM),
    CUT(TAKE_BACK, SHORT),
    CUT(TAKE_BACK, HALF),
    FAIL(SPLICE, ECONNRESET, RN_E_RESET),
    FAIL(SPLICE, EPIPE, RN_E_RESET),
    FAIL(SPLICE, ETIMEDOUT, RN_E_RESET),
    FAIL(SPLICE, EHOSTUNREACH, RN_E_RESET),
    FAIL(SPLICE, ENETDOWN, RN_E_RESET),
    FAIL(SPLICE, ENOBUFS, RN_E_MEMORY),
    FAIL(SPLICE, ENOMEM, RN_E_MEMORY),
    FAIL(SPLICE, EIO, RN_E_IO),
    FAIL(SPLICE, EPERM, RN_E_IO),
    FAIL(SPLICE, EINVAL, SW_ABSORBED),
    FAIL(SPLICE, ENOSYS, SW_ABSORBED),
    FAIL(SPLICE, EINTR, SW_STORM),
    FAIL(SPLICE, EAGAIN, SW_STORM),
    CUT(SPLICE, SHORT),
    CUT(SPLICE, HALF),
    CUT(SPLICE, END),
    FAIL(KIND, EACCES, SW_ABSORBED),
    FAIL(KIND, ENOMEM, SW_ABSORBED),
    FAIL(KIND, EOVERFLOW, SW_ABSORBED),
    FAIL(UNCONFIRMED, EINVAL, RN_E_IO),
    FAIL(UNCONFIRMED, ENOTTY, RN_E_IO),
    FAIL(UNCONFIRMED, EPERM, RN_E_IO),
    FAIL(INTERFACE, ENODEV, RN_E_VALUE),

    FAIL(EVENT, EMFILE, RN_E_FILES),
    FAIL(EVENT, ENFILE, RN_E_FILES),
    FAIL(EVENT, ENODEV, RN_E_IO),
    FAIL(EVENT, ENOMEM, RN_E_MEMORY),

    FAIL(LSTAT, EACCES, RN_E_IN_USE),
    FAIL(LSTAT, ELOOP, RN_E_IN_USE),
    FAIL(LSTAT, ENOENT, RN_E_IN_USE),
    FAIL(LSTAT, ENOMEM, RN_E_IN_USE),
    FAIL(LSTAT, ENOTDIR, RN_E_IN_USE),
    FAIL(LSTAT, EOVERFLOW, RN_E_IN_USE),
    FAIL(UNLINK, EACCES, RN_E_IN_USE),
    FAIL(UNLINK, EBUSY, RN_E_IN_USE),
    FAIL(UNLINK, EIO, RN_E_IN_USE),
    FAIL(UNLINK, ENOMEM, RN_E_IN_USE),
    FAIL(UNLINK, ENOTDIR, RN_E_IN_USE),
    FAIL(UNLINK, EPERM, RN_E_IN_USE),
    FAIL(UNLINK, EROFS, RN_E_IN_USE),

    TELL(ADDRESSES, EAI_NONAME, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_AGAIN, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_FAIL, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_FAMILY, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_SERVICE, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_SOCKTYPE, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_BADFLAGS, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_NODATA, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_ADDRFAMILY, RN_E_NAME, 0),
    TELL(ADDRESSES, EAI_MEMORY, RN_E_MEMORY, 0),
    {SW_ADDRESSES, SW_HALF, 0, RN_E_NAME, 0, "an address too long"},
    FAIL(ADDRESSES, EMFILE, RN_E_FILES),
    FAIL(ADDRESSES, ENFILE, RN_E_FILES),
    FAIL(ADDRESSES, ENOMEM, RN_E_MEMORY),
    FAIL(ADDRESSES, EIO, RN_E_NAME),
    TELL(NAME, EAI_NONAME, RN_E_NAME, 0),
    TELL(NAME, EAI_AGAIN, RN_E_NAME, 0),
    TELL(NAME, EAI_FAIL, RN_E_NAME, 0),
    TELL(NAME, EAI_FAMILY, RN_E_NAME, 0),
    TELL(NAME, EAI_BADFLAGS, RN_E_NAME, 0),
    TELL(NAME, EAI_OVERFLOW, RN_E_NAME, 0),
    TELL(NAME, EAI_MEMORY, RN_E_MEMORY, 0),
    FAIL(NAME, EMFILE, RN_E_FILES),
    FAIL(NAME, ENOMEM, RN_E_MEMORY),
    FAIL(NAME, EIO, RN_E_NAME),

    FAIL(THREAD, EAGAIN, RN_E_MEMORY),
    FAIL(THREAD, EPERM, RN_E_MEMORY),
    FAIL(THREAD, EINVAL, RN_E_MEMORY),
    FAIL(THREAD_SETUP, ENOMEM, RN_E_MEMORY),
    FAIL(STACK_SIZE, EINVAL, SW_ABSORBED),
    FAIL(TAKE_SIGNAL, EINTR, SW_STORM),
};

const int sw_fault_count = sizeof sw_faults / sizeof sw_faults[0];

const char *const sw_left_out[][2] = {
    {"EBADF, EFAULT, ENOTSOCK of every call but rn_from_fd's fcntl",
     "a bug of the caller's: the descriptor and the memory are runnel's own"},
    {"connect: EALREADY, EISCONN",
     "each descriptor is connected once (an interrupted connect is not made "
     "again)"},
    {"recv, send, sendmsg: EMSGSIZE, EDESTADDRREQ", "not of stream sockets"},
    {"EINTR, EAGAIN and what accept4 says of one connection, for ever",
     "signals and queues end: a storm of 40 in their place"},
    {"ppoll: early or ready where it may not wait, ready of what is no socket",
     "a look tells the truth; only sockets may be wrong (poll(2), BUGS)"},
    {"eventfd: EINVAL; read, write of it: EAGAIN, EIO",
     "the flags are constant; a counter that is full or empty is what was "
     "wanted"},
    {"sigtimedwait: EAGAIN where the signal is pending",
     "a signal that is pending is taken; the real EAGAIN is met whenever EPIPE "
     "came without a signal"},
    {"ppoll: ready of a socket that is connecting",
     "tcp_poll() says nothing before the connection is made or has failed"},
    {"close: EBADF", "the sweep reports such a close itself"},
    {"gethostname: ENAMETOOLONG, EFAULT", "256 bytes hold HOST_NAME_MAX, 64"},
    {"clock_gettime, getpid, pthread_sigmask, sigpending, sigset functions",
     "cannot fail with the arguments given"},
    {"OPENSSL_malloc: the second time of a place and later ones, but for ever",
     "thousands of them; a place does the same each time"},
    {"OPENSSL_malloc in OpenSSL's store_lib.c and core_namemap.c",
     "OpenSSL 3.0 itself frees a loader twice then, or loses a block"},
    {"TLS: access, open, write and close of SSLKEYLOGFILE, opendir, readdir",
     "what fails there is passed over, and tells nothing"},
    {"pthread_attr_destroy, pthread_attr_setdetachstate",
     "cannot fail in glibc with the arguments given"},
};

const int sw_left_out_count = sizeof sw_left_out / sizeof sw_left_out[0];

int
sw_faults_of(enum sw_call call, int *first)
{
    int count = 0;
    for (int i = sw_fault_count - 1; i >= 0; i--) {
        if (sw_faults[i].call != call)
            continue;
        *first = i;
        count++;
    }
    return count;
}
