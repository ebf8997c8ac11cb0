/* What a plugin says of itself in its section .sj_plugin, read and checked. Pure. */
#ifndef SJ_HOST_PLUGIN_MANIFEST_H
#define SJ_HOST_PLUGIN_MANIFEST_H

#include <stddef.h>

#include <sojourn/error.h>

struct manifest {
    int abi_major, abi_minor;
    char name[64]; /* lower-case letters, digits and "-" */
    char title[128];
    char version[64];
    char summary[320];
    char needs[1024];
    char provides[2048];
};

/* `text` is the section's bytes: one JSON object, NULs behind it allowed. SJ_E_INVALID naming what
 * is wrong. */
int sj_manifest_read(struct manifest *manifest, const char *text, size_t length, sj_error *error);

/* SJ_OK when this host can run it; else SJ_E_VERSION with the sentence for the operator. */
int sj_manifest_fits(const struct manifest *manifest, sj_error *error);

#endif
