/* SPDX-License-Identifier: MIT */
/* The calls to the system that runnel makes and that can fail. One that serves
 * several ends has a row for each, since it can fail differently. */
#ifndef SWEEP_CALLS_H
#define SWEEP_CALLS_H

#define SW_CALLS(X)                                                            \
    X(MALLOC, "malloc")                                                        \
    X(CALLOC, "calloc")                                                        \
    X(REALLOC, "realloc")                                                      \
    X(STRDUP, "strdup")                                                        \
    X(OPENSSL, "OPENSSL_malloc")                                               \
    X(SOCKET, "socket")                                                        \
    X(CONNECT, "connect")                                                      \
    X(CONNECT_UNIX, "connect")                                                 \
    X(OUTCOME, "getsockopt")     /* SO_ERROR */                                \
    X(TYPE, "getsockopt")        /* SO_TYPE */                                 \
    X(TCP_FIGURES, "getsockopt") /* TCP_INFO */                                \
    X(BIND, "bind")                                                            \
    X(LISTEN, "listen")                                                        \
    X(ACCEPT, "accept4")                                                       \
    X(RECV, "recv")                                                            \
    X(SEND, "send")                                                            \
    X(SENDMSG, "sendmsg")                                                      \
    X(READ, "read")                                                            \
    X(WRITEV, "writev")                                                        \
    X(LOWER, "read")  /* of an eventfd */                                      \
    X(RAISE, "write") /* to an eventfd */                                      \
    X(PPOLL, "ppoll")                                                          \
    X(SHUTDOWN, "shutdown")                                                    \
    X(CLOSE, "close")                                                          \
    X(OPTION, "setsockopt")                                                    \
    X(LOCAL, "getsockname")                                                    \
    X(REMOTE, "getpeername")                                                   \
    X(GET_FLAGS, "fcntl")                                                      \
    X(SET_FLAGS, "fcntl")                                                      \
    X(PIPE, "pipe2")                                                           \
    X(PIPE_SIZE, "fcntl")                                                      \
    X(TAKE_BACK, "read") /* of a pipe of its own */                            \
    X(SPLICE, "splice")                                                        \
    X(KIND, "fstat")                                                           \
    X(UNCONFIRMED, "ioctl") /* SIOCOUTQ */                                     \
    X(INTERFACE, "ioctl")   /* SIOCGIFINDEX */                                 \
    X(EVENT, "eventfd")                                                        \
    X(LSTAT, "lstat")                                                          \
    X(UNLINK, "unlink")                                                        \
    X(ADDRESSES, "getaddrinfo")                                                \
    X(NAME, "getnameinfo")                                                     \
    X(THREAD, "pthread_create")                                                \
    X(THREAD_SETUP, "pthread_attr_init")                                       \
    X(STACK_SIZE, "pthread_attr_setstacksize")                                 \
    X(TAKE_SIGNAL, "sigtimedwait")

#define SW_CALL_ENUM(id, name) SW_##id,
enum sw_call {
    SW_CALLS(SW_CALL_ENUM) SW_CALL_COUNT
};

const char *sw_call_name(enum sw_call call);

#endif
