/* SPDX-License-Identifier: MIT */
/* The version: the build says it, as a bare word (quotes do not survive every
 * build system). */
#include "runnel.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *
rn_version(void)
{
    return TEXT(RNI_VERSION);
}
