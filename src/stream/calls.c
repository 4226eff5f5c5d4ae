/* SPDX-License-Identifier: MIT */
/* The write calls of the header: each makes pieces for rni_write. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "copy.h"
#include "stream.h"
#include "write.h"

static int
refuse(rn_stream *s, enum rni_detail detail)
{
    return rni_fault(s, RN_PHASE_WRITE, RN_E_VALUE, detail);
}

/* Piece memory is only read, though struct iovec cannot say so. */
static struct iovec
piece(const void *data, size_t len)
{
    struct iovec v = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    return v;
}

static int
write_checked(rn_stream *s, const struct iovec *pieces, int count)
{
    size_t len = 0;
    for (int i = 0; i < count; i++) {
        if (pieces[i].iov_base == NULL && pieces[i].iov_len > 0)
            return refuse(s, RNI_NULL_ARGUMENT);
        if (pieces[i].iov_len > PTRDIFF_MAX - len)
            return refuse(s, RNI_TOO_LARGE);
        len += pieces[i].iov_len;
    }
    return rni_write(s, pieces, count, len);
}

/* Put the bytes into the buffer if that is all that is to be done. */
static inline RNI_ALWAYS bool
put(rn_stream *s, const void *data, size_t len)
{
    unsigned char *to = rni_put_where(&s->out, len, 0);
    if (to == NULL || data == NULL)
        return false;
    rni_copy(to, data, len);
    rni_put_done(&s->out, len);
    return true;
}

static inline RNI_ALWAYS bool
put_line(rn_stream *s, const char *text, size_t len)
{
    size_t crlf = s->out.crlf;
    unsigned char *to = rni_put_where(&s->out, len, 1 + crlf);
    if (to == NULL || text == NULL)
        return false;
    rni_copy(to, (const unsigned char *)text, len);
    to[len] = crlf ? '\r' : '\n';
    to[len + 1] = '\n'; /* where only an LF is wanted it does not count */
    rni_put_done(&s->out, len + 1 + crlf);
    return true;
}

static RNI_APART int
write_bytes(rn_stream *s, const void *data, size_t len)
{
    int rc = rni_begin_write(s);
    if (rc < 0)
        return rc;
    if (!put(s, data, len)) {
        struct iovec v = piece(data, len);
        rc = write_checked(s, &v, 1);
    }
    rni_end_write(s);
    return rc;
}

/* A call of memcpy(3) from here, and the short way needs no stack frame. */
static RNI_APART int
write_much(rn_stream *s, const void *data, size_t len)
{
    return put(s, data, len) ? RN_OK : write_bytes(s, data, len);
}

int
rn_write(rn_stream *s, const void *data, size_t len)
{
    if (s == NULL || !rni_is_undisturbed(s, &s->out.claim))
        return write_bytes(s, data, len);
    if (len > RNI_FEW)
        return write_much(s, data, len);
    return put(s, data, len) ? RN_OK : write_bytes(s, data, len);
}

static RNI_APART int
write_line(rn_stream *s, const char *text, size_t len)
{
    int rc = rni_begin_write(s);
    if (rc < 0)
        return rc;
    if (!put_line(s, text, len)) {
        size_t n = s->out.crlf ? 2 : 1;
        struct iovec v[2] = {piece(text, len), piece(&"\r\n"[2 - n], n)};
        /* No empty piece: each costs the system a look. */
        rc = len > 0 ? write_checked(s, v, 2) : write_checked(s, v + 1, 1);
    }
    rni_end_write(s);
    return rc;
}

static RNI_APART int
write_long_line(rn_stream *s, const char *text, size_t len)
{
    return put_line(s, text, len) ? RN_OK : write_line(s, text, len);
}

int
rn_writeln(rn_stream *s, const char *text, size_t len)
{
    if (s == NULL || !rni_is_undisturbed(s, &s->out.claim))
        return write_line(s, text, len);
    if (len > RNI_FEW)
        return write_long_line(s, text, len);
    return put_line(s, text, len) ? RN_OK : write_line(s, text, len);
}

int
rn_writev(rn_stream *s, const struct iovec *pieces, int count)
{
    int rc = rni_begin_write(s);
    if (rc < 0)
        return rc;
    if (count < 0)
        rc = refuse(s, RNI_BAD_PIECES);
    else if (pieces == NULL && count > 0)
        rc = refuse(s, RNI_NULL_ARGUMENT);
    else
        rc = write_checked(s, pieces, count);
    rni_end_write(s);
    return rc;
}

/* The formatted text is made before the half is claimed: nobody waits for a
 * slow conversion. */
static int
print(rn_stream *s, const char *format, va_list args)
{
    char small[512];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    int rc;
    if (n < 0) {
        rc = refuse(s, RNI_BAD_FORMAT);
    } else if ((size_t)n < sizeof small) {
        rc = rn_write(s, small, (size_t)n);
    } else {
        char *large = malloc((size_t)n + 1);
        if (large == NULL) {
            rc = rni_fault(s, RN_PHASE_WRITE, RN_E_MEMORY, RNI_PLAIN);
        } else {
            vsnprintf(large, (size_t)n + 1, format, again);
            rc = rn_write(s, large, (size_t)n);
        }
        free(large);
    }
    va_end(again);
    return rc;
}

int
rn_printf(rn_stream *s, const char *format, ...)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (format == NULL)
        return refuse(s, RNI_NULL_ARGUMENT);
    va_list args;
    va_start(args, format);
    int rc = print(s, format, args);
    va_end(args);
    return rc;
}

int
rn_flush(rn_stream *s)
{
    int rc = rni_begin_write(s);
    if (rc < 0)
        return rc;
    rc = s->out.stuck < 0
        ? rni_fault(s, RN_PHASE_WRITE, s->out.stuck, RNI_PLAIN)
        : rni_flush(s, rni_wait_of(&s->out.limits, &s->out.wait));
    rni_end_write(s);
    return rc;
}

ptrdiff_t
rn_unsent(const rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return RN_E_CLOSED;
    return (ptrdiff_t)atomic_load_explicit(&s->out.unsent,
                                           memory_order_relaxed);
}
