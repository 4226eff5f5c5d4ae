/* SPDX-License-Identifier: MIT */
/* What may come of a call: the codes of the header, the one that the fault is
 * told as, and whether its story agrees. */
#include "contract.h"

#include <string.h>

#include "secrets.h"

#define BIT(code) (1u << (-1000 - RN_E_##code))

/* The header, call by call. */
#define LOOKUP_CODES                                                           \
    (BIT(VALUE) | BIT(NAME) | BIT(FILES) | BIT(MEMORY) | BIT(LIMIT))
#define WAITING (BIT(AGAIN) | BIT(TIMEOUT) | BIT(CANCELED))
#define CONNECT_CODES                                                          \
    (BIT(VALUE) | BIT(NAME) | BIT(REFUSED) | BIT(UNREACHABLE) | BIT(TIMEOUT) | \
     BIT(RESET) | BIT(DENIED) | BIT(IN_USE) | BIT(FILES) | BIT(MEMORY) |       \
     BIT(IO))
#define TLS_START_CODES                                                        \
    (CONNECT_CODES | BIT(CANCELED) | BIT(CLOSED) | BIT(BUSY))
#define STREAM_CODES                                                           \
    (BIT(VALUE) | BIT(CLOSED) | BIT(RESET) | BIT(MEMORY) | BIT(BUSY) |         \
     WAITING | BIT(IO) | BIT(UNSUPPORTED))

static const struct {
    const char *name;
    unsigned codes;
} ops[] = {
    [OP_CONNECT] = {"rn_connect", CONNECT_CODES},
    [OP_CONNECT_WITH] = {"rn_connect_with", CONNECT_CODES | BIT(CANCELED)},
    [OP_LISTEN] = {"rn_listen",
                   BIT(VALUE) | BIT(IN_USE) | BIT(DENIED) | BIT(FILES) |
                       BIT(MEMORY) | BIT(IO)},
    [OP_ACCEPT] = {"rn_accept",
                   BIT(VALUE) | BIT(CLOSED) | BIT(FILES) | BIT(MEMORY) |
                       BIT(BUSY) | WAITING | BIT(DENIED) | BIT(IO)},
    [OP_SERVER_CLOSE] = {"rn_server_close", BIT(IO)},
    [OP_BY_NAME] = {"rn_host_by_name", LOOKUP_CODES},
    [OP_BY_NAME_WITH] = {"rn_host_by_name_with",
                         LOOKUP_CODES | WAITING | BIT(DENIED) | BIT(IO)},
    [OP_BY_ADDRESS] = {"rn_host_by_address", LOOKUP_CODES},
    [OP_BY_ADDRESS_WITH] = {"rn_host_by_address_with",
                            LOOKUP_CODES | WAITING | BIT(IO)},
    [OP_HOST_NAME] = {"rn_host_name", BIT(LIMIT)},
    [OP_FROM_FD] = {"rn_from_fd",
                    BIT(VALUE) | BIT(MEMORY) | BIT(DENIED) | BIT(IO)},
    [OP_STREAM_NEW] = {"rn_stream_new", BIT(VALUE) | BIT(MEMORY)},
    [OP_TLS_CONNECT] = {"rn_tls_connect", CONNECT_CODES | BIT(CANCELED)},
    [OP_TLS_LATER] = {"rn_tls_start, later", TLS_START_CODES},
    [OP_TLS_CONFIG] = {"rn_tls_config_new",
                       BIT(VALUE) | BIT(DENIED) | BIT(IO) | BIT(MEMORY)},
    [OP_TLS_START] = {"rn_tls_start", TLS_START_CODES},
    [OP_TLS_INFO] = {"rn_tls_get_...",
                     BIT(UNSUPPORTED) | BIT(AGAIN) | BIT(CLOSED) | BIT(MEMORY)},
    [OP_CANCEL_NEW] = {"rn_cancel_new", BIT(FILES) | BIT(MEMORY) | BIT(IO)},
    [OP_WRITE] = {"rn_write", STREAM_CODES},
    [OP_FLUSH] = {"rn_flush", STREAM_CODES},
    [OP_SHUTDOWN] = {"rn_shutdown_write", STREAM_CODES},
    [OP_READ] = {"rn_read", STREAM_CODES},
    [OP_READLN] = {"rn_readln",
                   STREAM_CODES | BIT(LIMIT) | BIT(NEWLINE) | BIT(EOF)},
    [OP_READ_ALL] = {"rn_read_all",
                     STREAM_CODES | BIT(LIMIT) | BIT(NEWLINE) | BIT(EOF)},
    [OP_PEEK] = {"rn_peek", BIT(VALUE) | BIT(CLOSED) | BIT(BUSY)},
    [OP_RELAY] = {"rn_relay_routes", STREAM_CODES | BIT(FILES)},
    [OP_CLOSE] = {"rn_close",
                  BIT(RESET) | BIT(MEMORY) | BIT(BUSY) | WAITING | BIT(IO)},
    [OP_ABORT] = {"rn_abort", BIT(BUSY) | BIT(IO)},
    [OP_SET] = {"rn_set_...", BIT(VALUE) | BIT(CLOSED) | BIT(BUSY)},
    [OP_SET_TCP] = {"rn_set_nodelay, rn_set_liveness",
                    BIT(VALUE) | BIT(CLOSED) | BIT(UNSUPPORTED) | BIT(MEMORY) |
                        BIT(DENIED) | BIT(IO)},
    [OP_SET_NAME] = {"rn_set_name", BIT(VALUE) | BIT(BUSY) | BIT(MEMORY)},
};

static struct {
    enum sw_op op;
    int met;      /* sw.met when the call at hand began */
    int tries;    /* of the call at hand */
    int failures; /* so far, wanted ones not counted */
    bool repeatable;
    bool broken;
    bool tls; /* sw_over_tls */
    int also; /* sw_also */
    int also_errno;
} now;

enum {
    MOST_TRIES = 4
};

void
sw_calls_begin(void)
{
    memset(&now, 0, sizeof now);
}

void
sw_quiet(enum sw_op op)
{
    now.op = op;
    sw.quiet = true;
    sw.inside = true;
}

void
sw_enter(enum sw_op op)
{
    now.op = op;
    now.met = sw.met;
    sw.quiet = false;
    sw.inside = true;
}

void
sw_leave(void)
{
    sw.inside = false;
    sw.quiet = false;
    if (now.tls)
        sw_openssl_left();
}

void
sw_over_tls(void)
{
    now.tls = true;
}

bool
sw_is_over_tls(void)
{
    return now.tls;
}

static const char *
op_name(void)
{
    return ops[now.op].name;
}

/* Whether this fault is told as `code` by the call at hand. */
static bool
tells(const struct sw_fault *fault, int code)
{
    if (fault == NULL)
        return false;
    if (fault->code == code || (fault->other != 0 && fault->other == code))
        return true;
    /* OpenSSL does not always say that it was memory: then a file is said to be
     * bad. */
    if (fault->call == SW_OPENSSL && code == RN_E_VALUE)
        return now.op >= OP_TLS_CONNECT && now.op <= OP_TLS_START;
    if (now.tls && code == RN_E_TLS)
        return fault->kind == SW_END || sw_is_allocation(fault->call);
    return fault->kind == SW_END && code == RN_E_EOF;
}

static void
judge_story(ptrdiff_t rc, const rn_error *err)
{
    sw_check(err->code == rc, "%s gave %s, and its story is %s", op_name(),
             rn_code_name((int)rc), rn_code_name(err->code));
    sw_check(err->message[0] != '\0', "%s: no sentence", op_name());
    bool of_fault = err->sys_errno == 0 ||
        (now.also == rc && err->sys_errno == now.also_errno) ||
        (sw.hit[0] != NULL && err->sys_errno == sw.hit[0]->value) ||
        (sw.hit[1] != NULL && err->sys_errno == sw.hit[1]->value);
    sw_check(of_fault || now.failures > 1 || sw.plan.mode == SW_CLEAN,
             "%s told errno %s, which is not the fault's", op_name(),
             rn_errno_name(err->sys_errno));
}

static bool
is_repeatable(ptrdiff_t rc)
{
    return rc == RN_E_AGAIN || rc == RN_E_TIMEOUT || rc == RN_E_CANCELED ||
        rc == RN_E_MEMORY || rc == RN_E_BUSY;
}

/* Whether the call makes or asks something: then nothing can be broken. */
static bool
is_maker(void)
{
    return now.op <= OP_CANCEL_NEW;
}

static void
judge_code(ptrdiff_t rc)
{
    bool fault = tells(sw.hit[0], (int)rc) || tells(sw.hit[1], (int)rc) ||
        (sw.hit[0] != NULL && now.also == rc);
    unsigned codes = ops[now.op].codes;
    if (now.tls && now.op != OP_TLS_CONFIG && now.op != OP_TLS_INFO)
        codes |= BIT(TLS);
    bool documented = rc > -1000 - 32 && rc <= RN_E_VALUE &&
        (codes & 1u << (-1000 - rc)) != 0;
    sw_check(documented, "%s gave %s, which the header does not document",
             op_name(), rn_code_name((int)rc));
    sw_check(fault || now.broken, "%s gave %s, which no fault explains",
             op_name(), rn_code_name((int)rc));
    bool spent = sw.plan.mode == SW_ONCE || sw.healed;
    sw_check(!spent || now.failures == 1 || now.broken,
             "%s gave %s, after the fault had been told and was over",
             op_name(), rn_code_name((int)rc));
}

bool
sw_again(ptrdiff_t rc, rn_stream *s, const rn_error *err, int wanted)
{
    rn_error story;
    sw_leave();
    if (rc >= 0 || rc == wanted) {
        /* Others may have another way; who sets an option has none. */
        sw_check(now.op != OP_SET_TCP || sw.met == now.met,
                 "%s said nothing of a fault", op_name());
        now.tries = 0;
        return false;
    }
    now.failures++;
    if (err == NULL) {
        rn_error_of(s, &story);
        err = &story;
    }
    judge_code(rc);
    judge_story(rc, err);
    bool repeatable = is_repeatable(rc);
    bool closing =
        now.op == OP_CLOSE || now.op == OP_ABORT || now.op == OP_SERVER_CLOSE;
    now.repeatable = now.repeatable || repeatable || is_maker();
    if (!repeatable && !is_maker())
        now.broken = true;
    if (sw.plan.mode == SW_HEALED)
        sw.healed = true;
    bool again = sw.plan.mode != SW_ALWAYS && (repeatable || is_maker()) &&
        !closing && ++now.tries < MOST_TRIES;
    if (!again)
        now.tries = 0;
    return again;
}

void
sw_also(int code, int sys_errno)
{
    now.also = code;
    now.also_errno = sys_errno;
}

bool
sw_is_broken(void)
{
    return now.broken;
}

bool
sw_has_failed(void)
{
    return now.failures > 0;
}

bool
sw_told_repeatable(void)
{
    return now.repeatable;
}
