/* A plugin's file. Touches the file itself and the directory of private copies. */
#include <sojourn/base/file.h>
#include <sojourn/base/hex.h>
#include <sojourn/words.h>

#include "host/plugin/plugin_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "host/core/file_guard.h"

enum { LARGEST_FILE = 64 * 1024 * 1024, LARGEST_STATE = 64 * 1024 * 1024, PATH_ROOM = 4096 };

static int read_all(const char *path, sj_text *bytes, sj_error *error) {
    sj_error guard;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return sj_error_set(error, SJ_E_IO, "%s cannot be opened: %s", path, strerror(errno));
    }
    int status = sj_file_read_from(file, path, LARGEST_FILE, bytes, error);
    const int guarded = sj_guarded(file, SJ_GUARD_TRUSTED, path, &guard);
    (void)close(file);
    if (guarded != SJ_OK) {
        return sj_error_set(error, guarded, "%s", guard.text);
    }
    return status;
}

static void digest_of(const sj_text *bytes, char digest[33]) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    memset(hash, 0, sizeof hash);
    (void)EVP_Digest(sj_or_empty(bytes->data), bytes->length, hash, &length, EVP_sha256(), NULL);
    sj_hex_write(hash, 16, digest);
}

int sj_plugin_file_inspect(struct plugin_file *file, const char *path, sj_error *error) {
    sj_text bytes = {0};
    sj_error inner;
    int status;
    memset(file, 0, sizeof *file);
    file->path = strdup(path);
    status = file->path == NULL
                 ? sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot inspect %s", path)
                 : read_all(path, &bytes, error);
    if (status == SJ_OK) {
        digest_of(&bytes, file->digest);
        status = sj_elf_read(sj_or_empty(bytes.data), bytes.length, &file->facts, &inner);
        if (status == SJ_OK) {
            status = sj_manifest_read(&file->manifest, file->facts.text, file->facts.text_length,
                                      &inner);
        }
        if (status != SJ_OK) {
            (void)sj_error_set(error, status, "%s: %s", path, inner.text);
        }
    }
    file->facts.text = NULL;
    sj_text_clear(&bytes);
    return status;
}

void sj_plugin_file_free(struct plugin_file *file) {
    free(file->path);
    file->path = NULL;
}

size_t sj_plugin_file_check(const struct plugin_file *file,
                            void (*finding)(void *user, const char *sentence), void *user) {
    const struct elf_facts *facts = &file->facts;
    char text[256];
    size_t found = 0;
    sj_error error;
    if (sj_manifest_fits(&file->manifest, &error) != SJ_OK) {
        finding(user, error.text);
        found++;
    }
    if (!facts->has_descriptor) {
        finding(user, "it does not export sj_plugin_descriptor (use SJ_PLUGIN)");
        found++;
    }
    if (facts->constructors > 0) {
        (void)snprintf(text, sizeof text, "it runs %zu constructor%s when it is mapped; use init",
                       facts->constructors, sj_plural((int64_t)facts->constructors));
        finding(user, text);
        found++;
    }
    if (facts->exports > 0) {
        (void)snprintf(text, sizeof text,
                       "it exports %zu more symbol%s than sj_plugin_descriptor, such as %s; build "
                       "with -fvisibility=hidden",
                       facts->exports, sj_plural((int64_t)facts->exports), facts->stray_export);
        finding(user, text);
        found++;
    }
    if (facts->host_symbol[0] != '\0') {
        (void)snprintf(text, sizeof text,
                       "it expects the symbol %s from elsewhere; a plugin reaches the host through "
                       "its scope only",
                       facts->host_symbol);
        finding(user, text);
        found++;
    }
    if (facts->thread_destructors) {
        finding(
            user,
            "it has thread-local storage or destructors, so that its code can never be unmapped");
        found++;
    }
    return found;
}

static void copy_path(const struct plugin_file *file, const char *directory, char *path,
                      size_t room) {
    (void)snprintf(path, room, "%s/%s-%s.so", directory, file->manifest.name, file->digest);
}

/* Checks the frozen head before anything else, then the rest. */
static int sj_plugin_descriptor_check(const sj_plugin *descriptor, const char *name,
                                      sj_error *error) {
    size_t least = offsetof(sj_plugin, fini) + sizeof descriptor->fini;
    if (descriptor->magic != SJ_PLUGIN_MAGIC || descriptor->size < least) {
        return sj_error_set(error, SJ_E_VERSION,
                            "%s: expected a descriptor with magic %08x and at least %zu bytes, got "
                            "magic %08x and %u",
                            name, SJ_PLUGIN_MAGIC, least, descriptor->magic, descriptor->size);
    }
    if (descriptor->abi_major != SJ_ABI_MAJOR || descriptor->abi_minor > SJ_ABI_MINOR) {
        return sj_error_set(
            error, SJ_E_VERSION, "%s: its descriptor says ABI %u.%u; this host speaks ABI %d.%d",
            name, descriptor->abi_major, descriptor->abi_minor, SJ_ABI_MAJOR, SJ_ABI_MINOR);
    }
    if (descriptor->name == NULL || strcmp(descriptor->name, name) != 0) {
        return sj_error_set(error, SJ_E_INVALID, "%s: its descriptor names it \"%s\"", name,
                            sj_or_empty(descriptor->name));
    }
    if (descriptor->title == NULL || descriptor->version == NULL || descriptor->summary == NULL ||
        descriptor->needs == NULL || descriptor->provides == NULL) {
        return sj_error_set(error, SJ_E_INVALID, "%s: a text is missing in its descriptor", name);
    }
    if (descriptor->state_size > LARGEST_STATE) {
        return sj_error_set(error, SJ_E_LIMIT, "%s: expected a state of at most %d bytes, got %zu",
                            name, LARGEST_STATE, descriptor->state_size);
    }
    return SJ_OK;
}

/* A dependency's symbol of the same name must not be taken for the plugin's own. */
static bool lies_in(const void *address, const char *path) {
    Dl_info info;
    return dladdr(address, &info) != 0 && info.dli_fname != NULL &&
           strcmp(info.dli_fname, path) == 0;
}

int sj_plugin_file_open(const struct plugin_file *file, const char *directory, void **library,
                        const sj_plugin **descriptor, sj_error *error) {
    sj_text bytes = {0};
    char path[PATH_ROOM], digest[33];
    int status = read_all(file->path, &bytes, error);
    copy_path(file, directory, path, sizeof path);
    if (status == SJ_OK) {
        digest_of(&bytes, digest);
        status = strcmp(digest, file->digest) == 0
                     ? sj_file_replace(path, bytes.data, bytes.length, 0700, error)
                     : sj_error_set(error, SJ_E_CONFLICT,
                                    "%s has changed since it was inspected; rescan the plugins",
                                    file->path);
    }
    sj_text_clear(&bytes);
    if (status != SJ_OK) {
        return status;
    }
    *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*library == NULL) {
        return sj_error_set(error, SJ_E_INVALID, "%s cannot be mapped: %s", file->path, dlerror());
    }
    *descriptor = dlsym(*library, "sj_plugin_descriptor");
    if (*descriptor == NULL || !lies_in(*descriptor, path)) {
        status = sj_error_set(error, SJ_E_INVALID, "%s does not export sj_plugin_descriptor",
                              file->path);
    } else {
        status = sj_plugin_descriptor_check(*descriptor, file->manifest.name, error);
    }
    if (status != SJ_OK) {
        (void)dlclose(*library);
        *library = NULL;
    }
    return status;
}

bool sj_plugin_file_close(const struct plugin_file *file, const char *directory, void *library) {
    char path[PATH_ROOM];
    void *still;
    (void)dlclose(library);
    copy_path(file, directory, path, sizeof path);
    still = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    if (still != NULL) {
        (void)dlclose(still);
    } else {
        (void)unlink(path);
    }
    return still == NULL;
}
