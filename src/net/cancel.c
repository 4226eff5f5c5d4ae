/* SPDX-License-Identifier: MIT */
/* Cancel tokens: an eventfd that is readable from set to reset, and nothing
 * beside it that could say something else. */
#include "cancel.h"

#include <errno.h>
#include <stdlib.h>

#include "../error.h"
#include "fd.h"

rn_cancel *
rn_cancel_new(rn_error *err)
{
    rni_error_clear(err);
    rn_cancel *token = calloc(1, sizeof *token);
    int fd = token == NULL ? -ENOMEM : rni_fd_event();
    if (fd >= 0) {
        token->fd = fd;
        return token;
    }
    free(token);
    rni_error_set(err, rni_code_of_errno(RN_PHASE_SETUP, -fd), RN_PHASE_SETUP,
                  -fd, NULL, NULL);
    return NULL;
}

/* Async-signal-safe: a write(2) that keeps errno. */
void
rn_cancel_set(rn_cancel *token)
{
    if (token == NULL)
        return;
    int sys = errno;
    rni_fd_raise(token->fd);
    errno = sys;
}

void
rn_cancel_reset(rn_cancel *token)
{
    if (token == NULL)
        return;
    rni_fd_lower(token->fd);
}

int
rn_cancel_is_set(const rn_cancel *token)
{
    return token != NULL && rni_fd_is_raised(token->fd);
}

void
rn_cancel_free(rn_cancel *token)
{
    if (token == NULL)
        return;
    rni_fd_close(token->fd);
    free(token);
}
