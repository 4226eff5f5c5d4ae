/* SPDX-License-Identifier: MIT */
/* The ends of a relay that are no commands, and how each is closed. */
#include "end.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "say.h"

enum {
    PATIENCE_MS = 1000 /* with what is unsent, after a failure */
};

static void
look_at_input(struct end *e)
{
    struct stat st;
    e->waits = fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode);
    e->terminal = isatty(STDIN_FILENO);
}

static bool
opened_for(int fd, int mode)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 &&
        ((flags & O_ACCMODE) == mode || (flags & O_ACCMODE) == O_RDWR);
}

int
end_standard(struct end *e, bool input)
{
    rn_error err;
    *e = (struct end){.standard = true, .name = "standard output"};
    if (!opened_for(STDOUT_FILENO, O_WRONLY)) {
        errno = EBADF;
        return complain_local(e->name);
    }
    e->out = rn_from_fd(STDOUT_FILENO, RN_UNBUFFERED | RN_KEEP_FD, &err);
    if (e->out != NULL && input) {
        int fd = STDIN_FILENO;
        if (!opened_for(fd, O_RDONLY)) /* then it has nothing to say */
            fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        e->in = rn_from_fd(
            fd, fd == STDIN_FILENO ? RN_UNBUFFERED | RN_KEEP_FD : RN_UNBUFFERED,
            &err);
        look_at_input(e);
    }
    if (e->out != NULL && (e->in != NULL || !input))
        return EXIT_FINE;
    complain(&err);
    rn_free(e->out);
    return EXIT_LOCAL;
}

int
end_socket(struct end *e, rn_socket *s)
{
    *e = (struct end){.in = s, .out = s, .name = rn_remote_address(s)};
    return EXIT_FINE;
}

static int
close_stream(const struct end *e, rn_stream *s, bool failed)
{
    rn_set_deadline(s, RN_WRITABLE, deadline_or_never());
    if (failed)
        rn_set_deadline(s, RN_WRITABLE,
                        deadline_over() ? RN_NOW : rn_in(PATIENCE_MS));
    else
        rn_set_cancel(s, interrupt_token());
    int code = EXIT_FINE;
    if (rn_close(s) < 0 && !failed && e->pid == 0)
        code = complain_of(s);
    rn_free(s);
    return code != EXIT_FINE && e->standard ? EXIT_LOCAL : code;
}

int
end_close(struct end *e, bool failed)
{
    int code = EXIT_FINE;
    if (e->out != NULL)
        code = close_stream(e, e->out, failed);
    if (e->in != e->out)
        rn_free(e->in);
    if (e->pid != 0) {
        int status = command_wait(e, failed);
        code = code == EXIT_FINE ? status : code;
    }
    rn_free(e->life);
    *e = (struct end){0};
    return code;
}
