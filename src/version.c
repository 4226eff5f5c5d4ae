/* SPDX-License-Identifier: MIT */
/* The version, from the build file. */
#include "runnel.h"

const char *
rn_version(void)
{
    return RNI_VERSION;
}
