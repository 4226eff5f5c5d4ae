/* SPDX-License-Identifier: MIT */
/* The system's trust store. OpenSSL would read all authorities there are for
 * each context, which takes longer than a handshake; where the folder of them
 * is sorted by hashes (openssl-rehash(1)) one is read when it is asked for. */
#include <dirent.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

/* "5ed36f99.0" */
static bool
is_hash(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && strcmp(name + 8, ".0") == 0;
}

static bool
is_sorted(const char *folder)
{
    DIR *dir = opendir(folder);
    bool found = false;
    if (dir == NULL)
        return false;
    for (struct dirent *e; !found && (e = readdir(dir)) != NULL;)
        found = is_hash(e->d_name);
    closedir(dir);
    return found;
}

/* A file that the environment names is what the user wants read. */
bool
rni_trust_system(SSL_CTX *ctx)
{
    const char *folder = getenv(X509_get_default_cert_dir_env());
    if (folder == NULL)
        folder = X509_get_default_cert_dir();
    if (getenv(X509_get_default_cert_file_env()) == NULL && is_sorted(folder))
        return SSL_CTX_set_default_verify_dir(ctx) == 1;
    return SSL_CTX_set_default_verify_paths(ctx) == 1;
}
