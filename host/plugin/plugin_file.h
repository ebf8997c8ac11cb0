/* A plugin's file: inspected without running it, copied privately, mapped, its descriptor checked.
 */
#ifndef SJ_HOST_PLUGIN_PLUGIN_FILE_H
#define SJ_HOST_PLUGIN_PLUGIN_FILE_H

#include <sojourn/plugin.h>

#include "host/plugin/elf.h"
#include "host/plugin/manifest.h"

struct plugin_file {
    char *path;
    char digest[33]; /* of the content: 32 hex digits of its SHA-256 */
    struct manifest manifest;
    struct elf_facts facts; /* `text` is NULL here: the image is not kept */
};

/* Reads and checks; runs nothing of it. Free with sj_plugin_file_free in any case. */
int sj_plugin_file_inspect(struct plugin_file *file, const char *path, sj_error *error);
void sj_plugin_file_free(struct plugin_file *file);

/* What a strict check finds beyond the need to load: constructors, stray exports, symbols of the
 * host, thread-local destructors. Calls `finding` with one sentence each; returns how many. */
size_t sj_plugin_file_check(const struct plugin_file *file,
                            void (*finding)(void *user, const char *sentence), void *user);

/* Maps a private copy named by the digest in `directory`. The file must still be what was
 * inspected. */
int sj_plugin_file_open(const struct plugin_file *file, const char *directory, void **library,
                        const sj_plugin **descriptor, sj_error *error);

/* Unmaps; false when something keeps the code in memory. */
bool sj_plugin_file_close(const struct plugin_file *file, const char *directory, void *library);

#endif
