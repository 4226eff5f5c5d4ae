/* SPDX-License-Identifier: MIT */
/*
 * runnel: TCP connections that read and write like files.
 *
 *     rn_error err;
 *     rn_socket *s = rn_connect("www.host.com", 80, RN_BUFFERED, &err);
 *     if (s == NULL)
 *         die(err.message);
 *     rn_writeln(s, "HELO me", 7);
 *     const char *line;
 *     size_t len;
 *     while (rn_readln(s, &line, &len) > 0)
 *         puts(line);
 *     rn_close(s);
 *     rn_free(s);
 *
 * Rules that hold for the whole library, said once:
 *
 * Results.  A maker returns NULL when it fails. Every other call that can fail
 * returns a negative RN_E_... code; zero and positive results are successes.
 * The story behind a code is in an rn_error: makers fill the one you pass (NULL
 * if you do not care), rn_error_of() gives that of a stream's last failure.
 *
 * NULL.  A NULL stream, server or required pointer is RN_E_VALUE, never a
 * crash. rn_free(NULL), rn_server_free(NULL) and rn_release(NULL) do nothing.
 *
 * Waiting.  A call waits only where its comment says so. Signals never cut a
 * call short: it goes on waiting (POSIX EINTR does not reach you).
 *
 * Memory.  A pointer you get is either lent, until the call that its comment
 * names, or yours, to be given back with the function that its comment names.
 *
 * Failure.  RESET and IO stick to the direction that failed: repeating cannot
 * help. AGAIN, TIMEOUT, CANCELED, BUSY, LIMIT, NEWLINE, EOF, VALUE and MEMORY
 * change nothing: what had arrived stays to be read, and the call can be
 * repeated.
 *
 * Threads.  Different streams are independent. One thread may read a stream
 * while another writes it; a second reader or writer gets RN_E_BUSY.
 *
 * Process.  No global state (but a count of the lookups that were left behind),
 * no initialization, no signal disposition touched, no SIGPIPE, and every
 * descriptor is close-on-exec.
 */
#ifndef RUNNEL_H
#define RUNNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RN_API __attribute__((visibility("default")))
#define RN_PRINTF(which, first)                                                \
    __attribute__((__format__(__printf__, which, first)))
#else
#define RN_API
#define RN_PRINTF(which, first)
#endif

/* ---- Types ------------------------------------------------------------- */

/* A byte stream with buffers: a connection, a pipe, a file, or your own. */
typedef struct rn_stream rn_stream;

/* A TCP connection. It is a stream, so it goes into every stream call. */
typedef rn_stream rn_socket;

/* A listening socket. */
typedef struct rn_server rn_server;

/* How long a call may wait; made by runnel, passed to rn_stream_ops. */
typedef struct rn_wait rn_wait;

/* A token that stops waiting calls. */
typedef struct rn_cancel rn_cancel;

/* A point in time, in nanoseconds of the system's monotonic clock, which no
 * change of date or time zone moves (POSIX, CLOCK_MONOTONIC). */
typedef int64_t rn_time;
#define RN_NOW INT64_C(0)    /* over already: do not wait at all */
#define RN_FOREVER INT64_MAX /* never */
#define RN_NO_TIMEOUT (-1)

/* Directions, to be or-ed. */
enum {
    RN_READABLE = 1,
    RN_WRITABLE = 2,
    RN_BOTH = 3
};

/*
 * When written bytes leave the program.
 *
 * Unbuffered: every write call is one send, whatever its number of pieces, and
 * rn_read(n) takes no more than n bytes from the system.
 * Line-buffered: when a line feed was written, or the buffer is full.
 * Buffered: when the buffer is full.
 * In the last two also on rn_flush, on rn_close, and before a read on the same
 * stream would have to wait. (A read that waits already, in another thread,
 * does not flush what is written meanwhile: rn_flush does.)
 */
typedef enum rn_buffering {
    RN_UNBUFFERED = 0,
    RN_LINE_BUFFERED = 1,
    RN_BUFFERED = 2
} rn_buffering;

/* Which internet. IPv4 unless you ask for more. */
typedef enum rn_family {
    RN_IPV4 = 0,
    RN_IPV6 = 1,
    RN_ANY = 2 /* both */
} rn_family;

/* ---- Errors ------------------------------------------------------------ */

enum {
    RN_OK = 0,
    RN_E_VALUE = -1001,       /* an argument that can never be right */
    RN_E_MEMORY = -1002,      /* no memory, here or in the system */
    RN_E_NAME = -1003,        /* the host name or address has no answer */
    RN_E_REFUSED = -1004,     /* nobody listens there */
    RN_E_UNREACHABLE = -1005, /* no way to that host or network */
    RN_E_TIMEOUT = -1006,     /* the time allowed is over */
    RN_E_CANCELED = -1007,    /* the cancel token was set */
    RN_E_RESET = -1008,       /* the peer or the network ended it abruptly */
    RN_E_CLOSED = -1009,  /* closed on this side, or shut down for writing */
    RN_E_EOF = -1010,     /* the stream ended inside what was asked for */
    RN_E_LIMIT = -1011,   /* longer than the limit in force */
    RN_E_NEWLINE = -1012, /* a bare CR or LF where only CRLF is allowed */
    RN_E_BUSY = -1013,    /* another thread is inside this direction */
    RN_E_AGAIN = -1014,   /* would have to wait, and may not */
    RN_E_IN_USE = -1015,  /* the local address or port is taken */
    RN_E_DENIED = -1016,  /* the system does not permit it */
    RN_E_FILES = -1017,   /* no descriptor left, here or in the system */
    RN_E_UNSUPPORTED = -1018, /* this kind of stream cannot do that */
    RN_E_TLS = -1019,         /* TLS failed; see the sentence */
    RN_E_IO = -1020           /* another system error; see sys_errno */
};

/* What was being done when it failed. */
typedef enum rn_phase {
    RN_PHASE_NONE = 0,
    RN_PHASE_SETUP,
    RN_PHASE_LOOKUP,
    RN_PHASE_CONNECT,
    RN_PHASE_LISTEN,
    RN_PHASE_ACCEPT,
    RN_PHASE_READ,
    RN_PHASE_WRITE,
    RN_PHASE_CLOSE,
    RN_PHASE_TLS /* agreeing on TLS, before anything is read or written */
} rn_phase;

/* Sizes that always suffice, the closing NUL included. */
enum {
    RN_HOST_SIZE = 256,    /* a host name: 253 (RFC 1035) and some air */
    RN_ADDRESS_SIZE = 112, /* an address as text, a unix socket's path too */
    RN_MESSAGE_SIZE = 512,
    RN_ATTEMPTS = 8 /* how many failed addresses an rn_error remembers */
};

/* An address of the host that was tried, and why it was of no use. */
typedef struct rn_attempt {
    int code;
    int sys_errno;
    char address[RN_ADDRESS_SIZE];
} rn_attempt;

/*
 * One failure, whole. Yours, fixed in size, never allocated, free to copy.
 * Fields that do not apply are zero or "". `message` is one sentence for a
 * person: what was tried, on what, why it failed, every attempt included.
 */
typedef struct rn_error {
    int code;      /* RN_OK or RN_E_... */
    int phase;     /* rn_phase */
    int sys_errno; /* the system's errno, 0 if it was not the system */
    int port;
    char host[RN_HOST_SIZE];       /* as you gave it */
    char address[RN_ADDRESS_SIZE]; /* the address tried or connected to */
    char message[RN_MESSAGE_SIZE];
    int attempts; /* how many addresses failed, also where a later one then
                     connected; the first RN_ATTEMPTS of them: */
    rn_attempt attempt[RN_ATTEMPTS];
} rn_error;

/* "RN_E_REFUSED" for RN_E_REFUSED; "RN_E_?" for no code. Static, never NULL. */
RN_API const char *rn_code_name(int code);

/* "connect" for RN_PHASE_CONNECT, "" for no phase. Static, never NULL. */
RN_API const char *rn_phase_name(int phase);

/* "ECONNREFUSED" for ECONNREFUSED (POSIX, errno.h), "" for what is none.
 * Static, never NULL. */
RN_API const char *rn_errno_name(int sys_errno);

/*
 * Fill `err` (may be NULL) with the last failure of a call on `s`, and return
 * its code; RN_OK and an empty `err` if none failed. Never waits. With a
 * reader and a writer thread it is the later of their two failures.
 */
RN_API int rn_error_of(const rn_stream *s, rn_error *err);

/* The version of the library that runs, as "0.9.0". Static. */
RN_API const char *rn_version(void);

/* ---- Connecting -------------------------------------------------------- */

/*
 * Connect to `host`, a host name or a dotted-decimal IPv4 address (four
 * decimal numbers, no leading zeros; "127.1" and "0177.0.0.1" are refused, and
 * an address never asks a name server), on TCP `port`, 1 to 65535.
 *
 * May wait: for the name lookup and the connection. Every address of the name
 * is tried in the resolver's order (RFC 6724) until one answers.
 *
 * NULL on failure: VALUE (a host, port or buffering that can never be right),
 * NAME, REFUSED, UNREACHABLE, TIMEOUT, RESET, IN_USE (all local ports are),
 * DENIED, FILES, MEMORY, IO. Where several addresses failed the code is the
 * first one's, and the message tells them all.
 *
 * The result is yours: rn_close it, then rn_free it. TCP_NODELAY is turned
 * on before the first write: runnel gathers writes itself.
 */
RN_API rn_socket *rn_connect(const char *host, int port, rn_buffering buffering,
                             rn_error *err);

/*
 * Everything that can be said of a connection. Zero in a field means its
 * default, so name the fields you set and leave the rest:
 *
 *     rn_connect_options o = {.host = "example.com", .port = 80};
 */
typedef struct rn_connect_options {
    const char *host; /* also "::1", "[fe80::1%lo]", "unix:/path", "unix:@x" */
    int port;         /* ignored for unix: */
    rn_buffering buffering;
    rn_family family;
    int64_t timeout;    /* milliseconds for lookup and connecting; 0: none */
    rn_time deadline;   /* the same as a point in time; 0: none */
    rn_cancel *cancel;  /* stops the waiting; NULL: nothing does */
    const char *source; /* local address to connect from; NULL: any */
    int source_port;    /* local port to connect from; 0: any */
    int liveness;       /* as rn_set_liveness, in seconds; 0: off */
    size_t buffer_size; /* of each direction; 0: 65536 */
    size_t max_line;    /* as rn_set_max_line; 0: 1048576 */
    uintptr_t reserved[12]; /* leave zero */
} rn_connect_options;

/*
 * As rn_connect, from options. Also TIMEOUT and CANCELED, and IN_USE for a
 * source port that is taken.
 *
 * The timeout, the deadline (the earlier one holds) and the token cover the
 * lookup and all attempts together; with any of them set, the lookup runs in a
 * thread of its own that is left behind if need be (32 of those at the most,
 * then it is NAME at once). They are not the stream's: see rn_set_timeout.
 * There is no connecting without any waiting. Attempts start 250 ms apart, or
 * as soon as the one before has failed, and stay in the race (RFC 8305); the
 * families take turns.
 */
RN_API rn_socket *rn_connect_with(const rn_connect_options *options,
                                  rn_error *err);

/*
 * Both ends of a connection: the address as text (dotted decimal for IPv4, the
 * path and port 0 for a unix socket), and the port. Fixed when the connection
 * is made, still there after rn_close, lent until rn_free. Never wait. On a
 * stream that is no socket: "" and RN_E_UNSUPPORTED.
 */
RN_API const char *rn_local_address(const rn_socket *s);
RN_API int rn_local_port(const rn_socket *s);
RN_API const char *rn_remote_address(const rn_socket *s);
RN_API int rn_remote_port(const rn_socket *s);

/* Notice a peer that has vanished: a silent connection is probed, and breaks
 * (RESET) about `seconds` after the peer was last heard of (tcp(7): keepalive
 * after half of them, then three probes; TCP_USER_TIMEOUT). 0: off, the
 * default, and the connection may be dead for hours before one knows. */
RN_API int rn_set_liveness(rn_socket *s, int seconds);

/* ---- Accepting --------------------------------------------------------- */

/*
 * Listen on TCP `port` of the local dotted-decimal `address`, or of every
 * interface where it is NULL. Port 0 picks a free one: rn_server_port tells.
 * Never waits. The backlog is the system's largest (listen(2), SOMAXCONN);
 * SO_REUSEADDR is set, so a restarted server gets its port back at once.
 *
 * NULL on failure: VALUE, IN_USE, DENIED, FILES, MEMORY, IO.
 * The result is yours: rn_server_close it, then rn_server_free it.
 */
RN_API rn_server *rn_listen(int port, const char *address, rn_error *err);

/* Everything that can be said of a server; zero in a field is its default. */
typedef struct rn_listen_options {
    int port;
    const char *address; /* also "::1", "unix:/path", "unix:@x" */
    rn_family family;    /* of the wildcard: RN_ANY takes both on one port */
    int backlog;         /* 0: the system's largest */
    int reuse_port;      /* 1: several servers may share the port (socket(7)) */
    size_t buffer_size;  /* of accepted streams, as in rn_connect_options */
    size_t max_line;     /* of accepted streams, likewise */
    uintptr_t reserved[12]; /* leave zero */
} rn_listen_options;

/*
 * As rn_listen, from options. A literal IPv6 address needs its family; on "::"
 * RN_IPV6 takes IPv6 alone and RN_ANY both families, whatever the system's
 * default. A path of a unix socket is made, and removed by rn_server_close; one
 * that is left over, with nobody listening, is replaced.
 */
RN_API rn_server *rn_listen_with(const rn_listen_options *options,
                                 rn_error *err);

/*
 * The next connection, as a stream in the given mode. Waits until there is
 * one. Connections that died while they queued are passed over (accept(2):
 * ECONNABORTED, EPROTO and network errors). One thread at a time (BUSY).
 *
 * NULL on failure: VALUE, CLOSED, FILES (back off before you try again: the
 * connection is still queued), MEMORY, BUSY, AGAIN, TIMEOUT, CANCELED, DENIED,
 * IO.
 */
RN_API rn_socket *rn_accept(rn_server *server, rn_buffering buffering,
                            rn_error *err);

/* The address listened on ("0.0.0.0" for every interface), lent until
 * rn_server_free, and the port. Never wait; right after rn_server_close too. */
RN_API const char *rn_server_address(const rn_server *server);
RN_API int rn_server_port(const rn_server *server);

/* Until when, and how long each, rn_accept may wait, and a token that stops it:
 * as rn_set_deadline, rn_set_timeout and rn_set_cancel do for streams. */
RN_API int rn_server_set_deadline(rn_server *server, rn_time deadline);
RN_API int rn_server_set_timeout(rn_server *server, int64_t ms);
RN_API int rn_server_set_cancel(rn_server *server, rn_cancel *token);

/* The descriptor, for an event loop: readable when a connection waits. */
RN_API int rn_server_fd(const rn_server *server);

/* Stop listening. Connections already accepted live on. Again is fine. From
 * another thread it stops a waiting rn_accept, which says CLOSED. */
RN_API int rn_server_close(rn_server *server);

/* Release the server, closing it if need be. */
RN_API void rn_server_free(rn_server *server);

/* ---- Names ------------------------------------------------------------- */

/*
 * The first IPv4 address of host `name` as dotted-decimal text, into the `cap`
 * bytes of `address` (RN_ADDRESS_SIZE suffices). An address comes back as it
 * is, asking nobody. May wait for name servers.
 * VALUE, NAME, FILES, MEMORY, LIMIT (it does not fit).
 */
RN_API int rn_host_by_name(const char *name, char *address, size_t cap,
                           rn_error *err);

/*
 * The primary host name of the dotted-decimal `address`, into the `cap` bytes
 * of `name` (RN_HOST_SIZE suffices). May wait for name servers.
 * VALUE (not dotted decimal), NAME (nobody knows a name), FILES, MEMORY,
 * LIMIT.
 */
RN_API int rn_host_by_address(const char *address, char *name, size_t cap,
                              rn_error *err);

/* The same with options; NULL is none. Also AGAIN, TIMEOUT, CANCELED, IO, and
 * DENIED (no socket to look up an interface with: "fe80::1%eth0"). */
typedef struct rn_lookup_options {
    rn_family family;
    int64_t timeout;   /* milliseconds; 0: none */
    rn_time deadline;  /* 0: none */
    rn_cancel *cancel; /* NULL: none */
    uintptr_t reserved[4];
} rn_lookup_options;
RN_API int rn_host_by_name_with(const char *name,
                                const rn_lookup_options *options, char *address,
                                size_t cap, rn_error *err);
RN_API int rn_host_by_address_with(const char *address,
                                   const rn_lookup_options *options, char *name,
                                   size_t cap, rn_error *err);

/* The name of the machine this runs on (gethostname(2)). Never waits. LIMIT. */
RN_API int rn_host_name(char *name, size_t cap, rn_error *err);

/* ---- Writing ----------------------------------------------------------- */

/*
 * A write call is accepted whole or not at all. RN_OK: the bytes will be sent
 * once, in order (now or later, by the buffering). An error: none of them will
 * be, so the call can be repeated as it stands. The exceptions are RESET, IO,
 * and CLOSED by another thread, after which the peer has an unknown beginning
 * of everything written.
 *
 * These calls may wait until the system takes bytes; never for an answer.
 * Errors: VALUE, CLOSED, RESET, MEMORY, BUSY, AGAIN, TIMEOUT, CANCELED, IO,
 * UNSUPPORTED (the stream is for reading only).
 */

/* Write the `len` bytes at `data`. */
RN_API int rn_write(rn_stream *s, const void *data, size_t len);

/* Write the `len` bytes at `text`, then the line break that rn_set_newline
 * chose: LF, unless told otherwise. */
RN_API int rn_writeln(rn_stream *s, const char *text, size_t len);

/* Write `count` pieces, one after another, as one call: unbuffered that is one
 * send. The array is not changed. */
RN_API int rn_writev(rn_stream *s, const struct iovec *pieces, int count);

/* Write as printf(3) formats. VALUE if the format cannot be carried out. */
RN_API int rn_printf(rn_stream *s, const char *format, ...) RN_PRINTF(2, 3);

/* Send what is buffered; nothing buffered is no error. May wait. */
RN_API int rn_flush(rn_stream *s);

/* How many written bytes are still in the program, to be sent; CLOSED after
 * closing. Never waits. */
RN_API ptrdiff_t rn_unsent(const rn_stream *s);

/* ---- Reading ----------------------------------------------------------- */

/*
 * In all of these a carriage return that ended a line takes a line feed right
 * behind it along, whenever that arrives: the line feed is never seen. Bytes
 * that were read ahead (by rn_readln and rn_eof in every mode, by the others
 * where buffered) are served first.
 *
 * Errors: VALUE, CLOSED, RESET, MEMORY, BUSY, AGAIN, TIMEOUT, CANCELED, IO,
 * UNSUPPORTED (the stream is for writing only). A failed call takes nothing:
 * bytes that had arrived stay in the stream, for rn_read_some or rn_peek.
 */

/* Read `n` bytes into `data`. Returns how many: fewer than `n` only at the end
 * of the stream, 0 when it had ended before. Waits until they are there. (One
 * more case of fewer: the read failed half-way and there was no memory to keep
 * the first half; the next call tells the failure.) */
RN_API ptrdiff_t rn_read(rn_stream *s, void *data, size_t n);

/* Read from 1 to `n` bytes, whatever is there first; 0 at the end. Waits only
 * while there is nothing at all. */
RN_API ptrdiff_t rn_read_some(rn_stream *s, void *data, size_t n);

/*
 * Read one line. 1: *line is its text without the ending, *len its length;
 * NUL-terminated, lent until the next reading call or rn_free on s.
 * 0: the end of the stream. `len` may be NULL.
 *
 * CR, LF and CRLF all end a line; a CR does so at once, without waiting for the
 * byte behind it. A last line without an ending counts. Waits until there is a
 * line or the end.
 *
 * LIMIT: the line is longer than rn_set_max_line allows. It stays: take it with
 * rn_read_some, skip it with rn_skip_line, or close.
 * NEWLINE, EOF: only under RN_NEWLINE_STRICT.
 */
RN_API int rn_readln(rn_stream *s, const char **line, size_t *len);

/* How the line that was taken last (rn_readln, rn_skip_line) had ended. A CR
 * turns into a CRLF when its LF has arrived. Never waits. To be sure of a CR,
 * let the byte behind it arrive (rn_eof); where the peer waits for an answer
 * before it sends one more, RN_NEWLINE_STRICT waits for the LF alone. */
typedef enum rn_ending {
    RN_ENDING_NONE = 0, /* no line yet, or the stream ended without one */
    RN_ENDING_LF = 1,
    RN_ENDING_CR = 2,
    RN_ENDING_CRLF = 3
} rn_ending;
RN_API rn_ending rn_line_ending(const rn_stream *s);

/* Drop everything up to the next line's start, whatever its length: 1, or 0
 * where the stream ended first. Waits as rn_readln. A call that had to stop
 * (AGAIN, TIMEOUT, ...) has dropped what it had seen; repeat it. */
RN_API int rn_skip_line(rn_stream *s);

/*
 * Read the rest of the stream, then close it. RN_OK: *data is all of it,
 * NUL-terminated (not counted in *len), yours: rn_release it. `len` may be
 * NULL. At the end of the stream it is "". Waits until the end.
 *
 * After a failure *data is NULL, the stream is not closed and what had arrived
 * is still in it. One exception: when only the closing failed (output was lost)
 * its code is returned, and *data is all there was, to be released.
 * Memory is the only bound unless rn_set_max_all sets one (LIMIT).
 */
RN_API int rn_read_all(rn_stream *s, char **data, size_t *len);

/* Lines that are yours: rn_lines_free them. */
typedef struct rn_line {
    char *text; /* NUL-terminated */
    size_t len;
} rn_line;
typedef struct rn_lines {
    rn_line *line;
    size_t count;
} rn_lines;

/*
 * Read the rest as lines, then close the stream. Waits until the end.
 * The bounds are those of rn_read_all and rn_readln.
 *
 * When the connection broke (RESET, IO) the stream is closed too, and the lines
 * that were complete until then are in *lines. When only the closing failed its
 * code is returned with all the lines. After any other failure *lines is empty
 * and nothing is lost.
 */
RN_API int rn_read_lines(rn_stream *s, rn_lines *lines);
RN_API void rn_lines_free(rn_lines *lines);

/* Give back memory that runnel handed to you; NULL is fine. */
RN_API void rn_release(void *data);

/* What is in the input buffer: *data points at it, the result counts it; lent
 * until the next reading call or rn_free on s. Never waits. */
RN_API ptrdiff_t rn_peek(rn_stream *s, const void **data);

/* How many bytes can be read without asking the system. An event loop must
 * look at this before it waits on rn_fd. Never waits. */
RN_API ptrdiff_t rn_pending(const rn_stream *s);

/* Whether the stream has ended: 1 or 0. May wait to find out, until there is a
 * byte or the end; the byte stays to be read. */
RN_API int rn_eof(rn_stream *s);

/* ---- Ending ------------------------------------------------------------ */

/*
 * Flush, close, and report. RN_OK means that the peer can read everything that
 * was written, even when unread input was waiting here: close(2) alone would
 * then reset the connection, and a reset destroys what is still on its way.
 *
 * May wait: for the flush; then, on a TCP connection that was written to, until
 * the peer's system has confirmed every byte (usually at once, or the time to
 * the peer and back) or the peer has ended its side; input that arrives in the
 * meantime is thrown away. It gives up when nothing was confirmed for 2
 * seconds, or after 30 seconds (TIMEOUT: the system goes on trying to deliver).
 * RESET: the peer was gone, bytes may be lost.
 *
 * Whatever it returns, the stream is closed and its descriptor released. Again
 * is fine and RN_OK; any other call afterwards is RN_E_CLOSED. A thread that
 * waits in a call on s is called back, with CLOSED; where that cut a write
 * short the peer sees a reset, and this is RESET. (BUSY, with nothing done: a
 * thread is inside a kind of stream that cannot be called back, such as a pipe
 * or a socket with RN_KEEP_FD.)
 *
 * With a deadline or timeout set for writing, that bounds the whole. With
 * RN_NOW the stream is closed at once, what is unsent is lost (AGAIN), and the
 * confirmation is not waited for: rn_flush until it says RN_OK, then close.
 */
RN_API int rn_close(rn_stream *s);

/* Close at once, throwing away what is unsent and unread; the peer of a socket
 * sees a reset. Never waits, but for other threads to leave. Again is fine, and
 * does nothing: a rn_close that is under way in another thread goes on. */
RN_API int rn_abort(rn_stream *s);

/* Flush, then tell the peer that nothing more will be written; it reads the
 * end, and reading here goes on. May wait for the flush. Again is fine; writing
 * afterwards is CLOSED. Over another stream, as TLS is, that holds after a
 * failure (but MEMORY and BUSY), too: the last word may be on its way; call it
 * again. UNSUPPORTED where the kind of stream has no such thing.
 */
RN_API int rn_shutdown_write(rn_stream *s);

/* Release the stream. Never fails and never waits: a stream that was not
 * closed has what the system takes at once sent, and the rest is lost. */
RN_API void rn_free(rn_stream *s);

/* ---- Waiting ----------------------------------------------------------- */

/* The time now, and in `ms` milliseconds (RN_NOW for 0 or less). */
RN_API rn_time rn_now(void);
RN_API rn_time rn_in(int64_t ms);

/*
 * Until when calls on the stream may wait: RN_FOREVER unless set. `directions`
 * says which calls: RN_READABLE (reading), RN_WRITABLE (writing, flushing,
 * closing), or RN_BOTH. A call that could not do its work by then is TIMEOUT,
 * however well it gets on; one that begins later gives what a single look
 * finds.
 *
 * RN_NOW makes calls that never wait: they do what can be done at once and say
 * AGAIN otherwise. After TIMEOUT, AGAIN and CANCELED nothing is lost and the
 * same call can be repeated.
 *
 * Any thread may set it at any time; it holds for calls that begin afterwards.
 * A call that is waiting already is stopped with a cancel token.
 * VALUE: a direction or time that can never be right.
 */
RN_API int rn_set_deadline(rn_stream *s, int directions, rn_time deadline);

/* How many milliseconds each call may wait, as a whole, whatever it does inside
 * (RN_NO_TIMEOUT unless set; 0 is RN_NOW). Where a deadline is set too, the
 * earlier one holds. Otherwise as rn_set_deadline. */
RN_API int rn_set_timeout(rn_stream *s, int directions, int64_t ms);

/* Until when a call in that direction may wait that begins now: the earlier of
 * its deadline and its timeout, RN_FOREVER where there is neither. Never waits.
 * VALUE: not one direction. */
RN_API rn_time rn_until(const rn_stream *s, int direction);

/* Let `token` (NULL: none) stop calls that wait on the stream, in both
 * directions: they return CANCELED. Lent to the stream: it must live until
 * another one is set and no call that began before is still waiting. */
RN_API int rn_set_cancel(rn_stream *s, rn_cancel *token);

/* Which directions an event loop should watch on rn_fd, so that a call that
 * said AGAIN can go on: RN_READABLE, RN_WRITABLE, both, or 0 where nothing was
 * refused and nothing is unsent. In each direction the last call counts: after
 * a refused write, an rn_flush that succeeds leaves nothing to watch for. Look
 * at rn_pending first. Never waits. */
RN_API int rn_wants(const rn_stream *s);

/*
 * A cancel token. One may be set for any number of streams, servers and
 * connects. It is sticky: from rn_cancel_set to rn_cancel_reset every call that
 * would wait is CANCELED at once. What can be done without waiting still is,
 * and the connections stay usable.
 *
 * rn_cancel_set may be called from any thread and from a signal handler; a
 * waiting call returns within a millisecond or so. A stream without a token
 * pays nothing for this; with one, a call that waits pays a poll(2) more.
 * rn_cancel_new: NULL on failure (FILES, MEMORY, IO). Free it (NULL is fine)
 * when nothing is using it any more.
 */
RN_API rn_cancel *rn_cancel_new(rn_error *err);
RN_API void rn_cancel_set(rn_cancel *token);
RN_API void rn_cancel_reset(rn_cancel *token);
RN_API int rn_cancel_is_set(const rn_cancel *token);
RN_API void rn_cancel_free(rn_cancel *token);

/* ---- Settings ---------------------------------------------------------- */

/* The longest line, in bytes without its ending, that rn_readln accepts: 1 or
 * more; 1048576 unless set. VALUE for 0. */
RN_API int rn_set_max_line(rn_stream *s, size_t bytes);

/* The most that rn_read_all and rn_read_lines gather; no bound unless set.
 * VALUE for 0. */
RN_API int rn_set_max_all(rn_stream *s, size_t bytes);

typedef enum rn_newline {
    RN_NEWLINE_LF = 0,    /* write LF, read CR, LF and CRLF; the default */
    RN_NEWLINE_CRLF = 1,  /* write CRLF, read CR, LF and CRLF */
    RN_NEWLINE_STRICT = 2 /* write CRLF, read CRLF alone: a bare CR or LF is
                             NEWLINE, an end inside a line is EOF; the bytes
                             stay, as with LIMIT */
} rn_newline;
RN_API int rn_set_newline(rn_stream *s, rn_newline newline);

/* The size of each direction's buffer, from 1 byte to 1 GiB; 65536 unless set.
 * What is buffered already stays. VALUE for others. */
RN_API int rn_set_buffer_size(rn_stream *s, size_t bytes);

/* TCP_NODELAY (RFC 1122, 4.2.3.4), on (1) from the first write on unless set.
 * UNSUPPORTED on a stream that is no TCP socket. */
RN_API int rn_set_nodelay(rn_socket *s, int on);

/* What messages call the stream (the `host` of its errors), such as the path of
 * a file; copied. To be said before other threads use it. VALUE: NULL. */
RN_API int rn_set_name(rn_stream *s, const char *name);

/* That name; of a connection the host as it was given to rn_connect, "" of one
 * that was accepted. Lent until rn_set_name or rn_free. Never waits. */
RN_API const char *rn_name(const rn_stream *s);

/* Promise (1), or take it back (0), that no two threads will be inside calls on
 * `s` at the same time, whatever the direction (as flockfile(3) and its kin,
 * POSIX getc_unlocked). A call then executes no locked instruction, which is
 * much of what a short call served from the buffer costs. */
RN_API int rn_set_unlocked(rn_stream *s, int on);

/* ---- Figures ----------------------------------------------------------- */

/* Times are in nanoseconds, -1 where they are not known. */
typedef struct rn_stats {
    uint64_t bytes_read;    /* received, whether or not the program has them */
    uint64_t bytes_written; /* handed to the system */
    int64_t age;            /* since the stream was made */
    int64_t lookup;         /* the name lookup took (rn_connect) */
    int64_t connect;        /* connecting took, after the lookup */
    int64_t first_byte;     /* from making the stream to its first byte read */
    int64_t round_trip;     /* the kernel's estimate (tcp(7), TCP_INFO) */
    int64_t reserved[8];
} rn_stats;

/* The figures of a stream, from any thread. Never waits. After rn_close all but
 * the round trip are still there. */
RN_API int rn_get_stats(const rn_stream *s, rn_stats *stats);

/* ---- Relaying ---------------------------------------------------------- */

enum {
    RN_ROUTE_KEEP_OPEN = 1, /* do not shut `to` down when `from` ends */
    RN_ROUTE_FINAL = 2      /* when this route ends, so does the relay */
};

/* One direction of a relay: everything from one stream into another. */
typedef struct rn_route {
    rn_stream *from;
    rn_stream *to;
    int flags;
    int code;  /* told: RN_OK, or the failure that ended the relay here */
    int ended; /* told: 1 if everything of `from` went to `to`, its end too */
    rn_stream
        *failed; /* told: the stream of that failure (rn_error_of), or NULL */
    uint64_t bytes; /* told: how many were moved */
    int64_t reserved[4];
} rn_route;

/* All 0 is a good default; unknown fields to come are 0, too. */
typedef struct rn_relay_options {
    int64_t idle;    /* milliseconds in which no byte moves: TIMEOUT; 0: none */
    int64_t timeout; /* milliseconds for the whole; 0: none */
    rn_time deadline; /* the same as a time; 0: none */
    rn_cancel *cancel;
    int64_t reserved[4];
} rn_relay_options;

/*
 * Move bytes along every route until each has ended: its `from` has, everything
 * was sent, and `to` was shut down for writing where its kind can be. What is
 * buffered goes first; the streams stay open. From sockets, pipes and files
 * into sockets, pipes and /dev/null, of this library and without RN_KEEP_FD for
 * sockets, the bytes are not copied through the program (splice(2)); meanwhile
 * a socket's descriptor does not block by itself (O_NONBLOCK).
 *
 * Waits for as long as the options allow; the streams' own limits are not
 * looked at. The two halves of a route are BUSY until it has ended. rn_close in
 * another thread ends the relay, which is CLOSED, and sends what had been taken
 * for that stream. A `to` that has reported that it is gone ends it, too,
 * although nothing is there to be sent.
 *
 * RN_OK: every route has ended, or one that is FINAL. Otherwise the first
 * failure, which is in its route, too, where it is of a stream; TIMEOUT and
 * CANCELED are in none. After these, AGAIN and MEMORY nothing is lost (a loss
 * in ending is told in their stead), and relaying can go on with another call.
 * What was taken and not sent is the stream's own to send (rn_unsent). VALUE:
 * no routes, or more than 64, or one with a NULL; UNSUPPORTED: a stream cannot
 * be read or written; or there are several routes and one of the streams has no
 * descriptor (rn_fd), so that it could not be waited for with others. AGAIN:
 * one without a descriptor, which cannot wait. BUSY, CLOSED, RESET, IO, and
 * FILES or MEMORY, as in all calls.
 */
RN_API int rn_relay_routes(rn_route *routes, int count,
                           const rn_relay_options *options);

/* The same for both directions between two streams; options may be NULL. Which
 * of the two failed: rn_error_of tells, or rn_relay_routes. */
RN_API int rn_relay(rn_stream *a, rn_stream *b,
                    const rn_relay_options *options);

/* ---- Streams of other kinds -------------------------------------------- */

/* Flags beside one rn_buffering, for rn_stream_new and rn_from_fd. */
enum {
    RN_KEEP_FD = 0x10 /* rn_from_fd: leave the descriptor open on close */
};

/*
 * What moves the bytes of a stream of your own. Leave NULL what it cannot do.
 *
 * Every function returns a negative RN_E_ code, or a negated errno value, when
 * it fails; that sticks to the stream unless it is one that can be repeated.
 * Where it would have to wait, it waits as `wait` allows and no longer; with a
 * descriptor, rn_wait_fd does that. One that cannot wait returns RN_E_AGAIN.
 * `read` may run in one thread while `write` runs in another.
 */
typedef struct rn_stream_ops {
    /* From 1 to n bytes into data; 0 is the end of the stream. n > 0. */
    ptrdiff_t (*read)(void *ctx, void *data, size_t n, const rn_wait *wait);
    /* From 1 to n bytes from data; fewer than n is fine. n > 0. BUSY: not
     * before something was read, which rn_close then does, and throws it away.
     */
    ptrdiff_t (*write)(void *ctx, const void *data, size_t n,
                       const rn_wait *wait);
    /* The same from several pieces; without it runnel gathers them, and with it
     * what is no more than a few hundred bytes. */
    ptrdiff_t (*writev)(void *ctx, const struct iovec *pieces, int count,
                        const rn_wait *wait);
    /* Wait until one of the directions (RN_READABLE, RN_WRITABLE, or both) may
     * move a byte; RN_OK, AGAIN, TIMEOUT, CANCELED or a failure. Without it a
     * reader flushes to the last byte before it waits; a writer is BUSY then.
     */
    int (*wait)(void *ctx, int directions, const rn_wait *wait);
    /* Tell the other end that nothing more comes. */
    int (*shutdown_write)(void *ctx, const rn_wait *wait);
    /* Release everything, and report what was lost. */
    int (*close)(void *ctx, const rn_wait *wait);
    /* The same, throwing away and never waiting; without it close is called,
     * with a wait that allows none. */
    int (*abort)(void *ctx, const rn_wait *wait);
    /* Send on what `write` took and held back; RN_OK: nothing is held. Called
     * wherever written bytes are to leave the program. */
    int (*flush)(void *ctx, const rn_wait *wait);
    /* How many bytes `read` can give without asking anybody, or just 1 where
     * there are some. Asked after every read, and when rn_explain ends a phase.
     */
    size_t (*pending)(void *ctx);
    /* A descriptor for event loops, or RN_E_UNSUPPORTED. */
    int (*fd)(void *ctx);
    /* Another thread closes the stream: make a call that waits in that
     * direction return at once, with any failure. Without it such a close is
     * BUSY. */
    void (*wake)(void *ctx, int direction);
    /* Release what close and abort left of ctx, when the stream is freed:
     * other calls may still ask for it until then. Without it close or abort is
     * the last call on ctx. */
    void (*free)(void *ctx);
    void (*reserved[4])(void);
} rn_stream_ops;

/*
 * A stream over `ops`, called with `ctx`; flags is an rn_buffering. `ops` must
 * live as long as the stream. Never waits. NULL on failure (VALUE, MEMORY),
 * with ctx untouched.
 */
RN_API rn_stream *rn_stream_new(const rn_stream_ops *ops, void *ctx, int flags,
                                rn_error *err);

/*
 * A stream over a descriptor that is open already: a socket, pipe, terminal or
 * file; its own mode says whether it reads, writes or both. flags is an
 * rn_buffering and perhaps RN_KEEP_FD. The descriptor stays in its blocking
 * mode or not, and is closed with the stream. Never waits.
 * NULL on failure (VALUE, MEMORY, DENIED, IO), with fd left open.
 */
RN_API rn_stream *rn_from_fd(int fd, int flags, rn_error *err);

/* The descriptor of s, for an event loop; still the stream's. UNSUPPORTED
 * where there is none, CLOSED after closing. */
RN_API int rn_fd(const rn_stream *s);

/* For rn_stream_ops: wait until `fd` is ready in one of the directions, as
 * `wait` allows; where that is not at all, look. RN_OK: ready. AGAIN, TIMEOUT,
 * CANCELED, or a failure. */
RN_API int rn_wait_fd(const rn_wait *wait, int fd, int directions);

/* For rn_stream_ops that ask more than once in a call: whether its time is
 * over, so that one who gets a little each time does not ask for ever. 0 where
 * no waiting is allowed: then asking ends by itself. */
RN_API int rn_wait_is_over(const rn_wait *wait);

/*
 * For rn_stream_ops: what rn_error_of says, from now on, of failures in the
 * given directions: in which phase they are (0: reading, writing), and of
 * those with `code` the reason (NULL: the usual words; the first one stays).
 * Copied. VALUE: a stream of a kind that is not yours. MEMORY.
 * While the phase of reading is another than 0, the kind is taken to be
 * agreeing on something with its peer, for which a call in either direction
 * waits: for `below` to send what it holds, and then for input (rn_wants).
 */
RN_API int rn_explain(rn_stream *s, int directions, int phase, int code,
                      const char *reason);

/* The ctx of a stream that was made with these very `ops`, or NULL. */
RN_API void *rn_stream_ctx(const rn_stream *s, const rn_stream_ops *ops);

/* ---- Streams over streams ---------------------------------------------- */

/*
 * As rn_stream_new, of a kind that moves its bytes through the stream `below`:
 * TLS, compression. `below` belongs to the new stream from then on; closing,
 * aborting and freeing that does the same with it afterwards. The new stream
 * takes over its buffering and all other settings, its addresses and figures
 * are those of `below`, and `wait`, `wake` and `fd` of it serve where `ops` has
 * none. What was read ahead from `below`, or written to it and not yet sent,
 * stays in its place.
 *
 * A function of `ops` uses `below` through the calls underneath only. Its
 * output must be BUSY with nobody else, so `read` leaves it to `write` and
 * `flush` to send. NULL on failure (VALUE, CLOSED, BUSY, MEMORY), with `below`
 * as it was.
 */
RN_API rn_stream *rn_stream_over(const rn_stream_ops *ops, void *ctx,
                                 rn_stream *below, rn_error *err);

/* Take a stream apart that nobody else uses and that was not closed: frees it,
 * calls none of its ops, and gives back what it was over, buffered as `s` was.
 * NULL, with nothing done: it is no such stream, or it was closed. */
RN_API rn_stream *rn_stream_undo(rn_stream *s);

/* As rn_read_some on `below`, within `wait`; NULL: without any waiting. */
RN_API ptrdiff_t rn_below_read(rn_stream *below, void *data, size_t n,
                               const rn_wait *wait);

/* Write to `below` within `wait`; NULL: without any waiting. RN_OK: all bytes
 * were sent or, where the time was over, are kept to be sent by the next call.
 * Else a failure for good. */
RN_API int rn_below_write(rn_stream *below, const void *data, size_t len,
                          const rn_wait *wait);

/* As rn_below_write and rn_below_flush, of words that the peer can do without:
 * where it is gone already nothing was lost, and closing does not say so unless
 * more was written after them. */
RN_API int rn_below_farewell(rn_stream *below, const void *data, size_t len,
                             const rn_wait *wait);

/* As rn_flush on `below`, within `wait`; NULL: without any waiting. */
RN_API int rn_below_flush(rn_stream *below, const rn_wait *wait);

#ifdef __cplusplus
}
#endif

#endif
