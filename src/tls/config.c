/* SPDX-License-Identifier: MIT */
/* rn_tls_config: settings that many connections share, and that can be read
 * anew while they are in use. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

struct rn_tls_config {
    pthread_mutex_t lock; /* around now */
    struct rni_shared *now;
    struct rni_files files;
};

static void
free_files(struct rni_files *f)
{
    free(f->ca_file);
    free(f->cert_file);
    free(f->key_file);
    free(f->pinned_key);
    free(f->alpn);
}

/* false: no memory. */
static bool
copy(char **to, const char *text)
{
    *to = text == NULL ? NULL : strdup(text);
    return text == NULL || *to != NULL;
}

/* What is copied is freed, also after a failure. */
static bool
copy_files(struct rni_files *f, const rn_tls_options *o)
{
    *f = (struct rni_files){
        .min_version = o->min_version,
        .client_certificate = o->client_certificate != 0,
        .keylog = o->keylog != 0,
        .unchecked = o->dangerously_skip_verification != 0,
    };
    bool well = copy(&f->ca_file, o->ca_file);
    well = copy(&f->cert_file, o->cert_file) && well;
    well = copy(&f->key_file, o->key_file) && well;
    well = copy(&f->pinned_key, o->pinned_key) && well;
    return copy(&f->alpn, o->alpn) && well;
}

struct rni_shared *
rni_shared_of(const rn_tls_options *o, rn_error *err)
{
    if (o->config != NULL) {
        pthread_mutex_lock(&o->config->lock);
        struct rni_shared *now = o->config->now;
        atomic_fetch_add(&now->users, 1);
        pthread_mutex_unlock(&o->config->lock);
        return now;
    }
    struct rni_files files;
    struct rni_shared *shared = NULL;
    if (copy_files(&files, o))
        shared = rni_shared_make(&files, false, err);
    else
        rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    free_files(&files);
    return shared;
}

rn_tls_config *
rn_tls_config_new(const rn_tls_options *options, rn_error *err)
{
    static const rn_tls_options none;
    rn_tls_config *c = calloc(1, sizeof *c);
    if (c != NULL)
        pthread_mutex_init(&c->lock, NULL);
    if (c == NULL || !copy_files(&c->files, options != NULL ? options : &none))
        rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    else if (rn_tls_config_reload(c, err) == RN_OK)
        return c;
    rn_tls_config_free(c);
    return NULL;
}

int
rn_tls_config_reload(rn_tls_config *config, rn_error *err)
{
    if (config == NULL)
        return rni_tls_refuse(err, RN_E_VALUE, "the TLS config is NULL");
    rn_error mine;
    rn_error *told = err != NULL ? err : &mine;
    /* Without the sessions: whom they believed may be nobody's choice now. */
    struct rni_shared *renewed = rni_shared_make(&config->files, true, told);
    if (renewed == NULL)
        return told->code;
    pthread_mutex_lock(&config->lock);
    struct rni_shared *before = config->now;
    config->now = renewed;
    pthread_mutex_unlock(&config->lock);
    rni_shared_free(before);
    return RN_OK;
}

void
rn_tls_config_free(rn_tls_config *config)
{
    if (config == NULL)
        return;
    rni_shared_free(config->now);
    free_files(&config->files);
    pthread_mutex_destroy(&config->lock);
    free(config);
}
