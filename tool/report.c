/* SPDX-License-Identifier: MIT */
/* --json: the object is gathered as things happen and printed at the end. */
#include "report.h"

#include <pthread.h>
#include <string.h>

#include "exit.h"
#include "options.h"
#include "say.h"

static json_t *object;    /* NULL without --json */
static const char *inner; /* the name of one in it, or NULL */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static rn_time begun;

void
report_begin(const char *command)
{
    if (settings.json == NULL)
        return;
    begun = rn_now();
    object = json_object();
    report_text("command", command);
}

static void
put(json_t *where, const char *name, json_t *value)
{
    pthread_mutex_lock(&lock);
    json_object_set_new(where, name, value);
    pthread_mutex_unlock(&lock);
}

/* The object that report_into named; it is made for its first value. */
static json_t *
place(void)
{
    if (inner == NULL)
        return object;
    if (json_object_get(object, inner) == NULL)
        put(object, inner, json_object());
    return json_object_get(object, inner);
}

void
report_value(const char *name, json_t *value)
{
    if (object == NULL)
        json_decref(value);
    else
        put(place(), name, value);
}

void
report_into(const char *name)
{
    inner = name;
}

void
report_add(const char *name, uint64_t value)
{
    if (object == NULL)
        return;
    pthread_mutex_lock(&lock);
    json_int_t sum = json_integer_value(json_object_get(object, name));
    json_object_set_new(object, name, json_integer(sum + (json_int_t)value));
    pthread_mutex_unlock(&lock);
}

/* Names and paths may be any bytes, JSON may not: those that are no UTF-8 are
 * shown as '?'. */
json_t *
report_json(const char *value)
{
    json_t *s = json_string(value);
    if (s != NULL)
        return s;
    char copy[RN_MESSAGE_SIZE];
    size_t n = 0;
    for (; value[n] != '\0' && n < sizeof copy - 1; n++)
        copy[n] = (unsigned char)value[n] < 0x80 ? value[n] : '?';
    return json_stringn(copy, n);
}

void
report_text(const char *name, const char *value)
{
    if (object != NULL)
        report_value(name, report_json(value));
}

void
report_count(const char *name, uint64_t value)
{
    if (object != NULL)
        report_value(name, json_integer((json_int_t)value));
}

void
report_ms(const char *name, int64_t ns)
{
    if (object != NULL)
        report_value(name, ns < 0 ? json_null() : json_real((double)ns / 1e6));
}

void
report_failure(const char *name, const char *value)
{
    if (object != NULL)
        put(object, name, report_json(value));
}

void
report_error(const rn_error *err)
{
    report_failure("code", rn_code_name(err->code));
    report_failure("phase", rn_phase_name(err->phase));
    if (err->sys_errno != 0)
        report_failure("errno", rn_errno_name(err->sys_errno));
    report_failure("message", err->message);
}

void
report_attempts(const rn_error *err)
{
    if (object == NULL)
        return;
    json_t *list = json_array();
    for (int i = 0; i < err->attempts && i < RN_ATTEMPTS; i++) {
        const rn_attempt *a = &err->attempt[i];
        json_t *one = json_object();
        json_object_set_new(one, "address", report_json(a->address));
        json_object_set_new(one, "code", report_json(rn_code_name(a->code)));
        json_object_set_new(one, "errno",
                            report_json(rn_errno_name(a->sys_errno)));
        json_array_append_new(list, one);
    }
    report_value("attempts", list);
}

void
report_connection(const rn_socket *s)
{
    rn_stats stats;
    if (object == NULL || rn_get_stats(s, &stats) < 0)
        return;
    report_text("address", rn_remote_address(s));
    report_count("port", (uint64_t)rn_remote_port(s));
    report_text("local_address", rn_local_address(s));
    report_count("local_port", (uint64_t)rn_local_port(s));
    report_ms("lookup_ms", stats.lookup);
    report_ms("connect_ms", stats.connect);
}

void
report_ended(const char *why)
{
    report_text("ended", why);
}

void
report_result(const rn_stream *s, uint64_t sent, uint64_t received,
              const char *ended)
{
    report_count("bytes_sent", sent);
    report_count("bytes_received", received);
    report_ended(ended);
    rn_stats stats;
    if (rn_remote_address(s)[0] == '\0' || rn_get_stats(s, &stats) < 0)
        return;
    report_ms("first_byte_ms", stats.first_byte);
    report_ms("round_trip_ms", stats.round_trip);
}

static int
print(FILE *to)
{
    json_dumpf(object, to, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putc('\n', to);
    return fflush(to) == 0 && !ferror(to) ? 0 : -1;
}

int
report_end(int exit_code, FILE *to)
{
    if (object == NULL)
        return exit_code;
    report_into(NULL);
    report_ms("total_ms", rn_now() - begun);
    if (json_object_get(object, "ended") == NULL)
        report_ended(exit_name(exit_code));
    report_count("exit", (uint64_t)exit_code);
    const char *file = settings.json;
    FILE *f = *file != '\0' ? fopen(file, "we") : to;
    int rc = f == NULL ? -1 : print(f);
    if (f != NULL && f != to && fclose(f) != 0)
        rc = -1;
    json_decref(object);
    object = NULL;
    if (rc == 0)
        return exit_code;
    if (has_complained() && exit_code != EXIT_FINE) /* one line */
        return exit_code;
    settings.json = NULL; /* it tells nothing, so a line must */
    int local = complain_local(*file != '\0'      ? file
                                   : to == stdout ? "standard output"
                                                  : "standard error");
    return exit_code == EXIT_FINE ? local : exit_code;
}
