/* SPDX-License-Identifier: MIT */
/* Every call of the library once (tests/abi/operations.c), on a machine that
 * has nothing but a C library. Tells what did not hold. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../abi/operations.h"

const char *volatile doing = "";
const char *wrong = "";

int
failed(const char *what)
{
    if (wrong[0] == '\0')
        wrong = what;
    return 1;
}

int
main(void)
{
    struct surroundings around;
    char dir[] = "/tmp/runnel-calls-XXXXXX";
    int rc = mkdtemp(dir) == NULL || !surround(&around, dir);
    alarm(60);
    for (int i = 0; i < set_count && rc == 0; i++)
        rc = sets[i].calls(&around);
    unlink(around.dead + 5);
    rmdir(dir);
    if (rc == 0)
        printf("%d parts\n", set_count);
    else
        printf("in %s: %s\n", doing, wrong);
    return rc;
}
