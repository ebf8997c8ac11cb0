/* See file_source.h. */
#include "file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device_files.h"
#include "events/device.h"
#include "events/node.h"
#include "file_name.h"
#include "parameters/tftp.h"

enum { MOST_FILE_BYTES = 64 * 1024 * 1024, PATH_ROOM = 4096 };

struct file_source {
    sj_scope *scope;
    sj_topic *served;
    file_cache cache;
};

/* One file being read from the directory. */
typedef struct disk_read {
    file_source *source;
    file_found_fn found;
    void *user;
    sj_address peer;
    bool http;
    char name[FILE_NAME_ROOM];
    char path[PATH_ROOM];
    char *data;
    size_t length;
    int failure; /* errno, or 0 */
} disk_read;

static void tell(file_source *source, const char *name, const char *device, const sj_address *peer, bool http,
                 const file *found) {
    char address[SJ_ADDRESS_TEXT];
    (void)sj_address_format(peer, address, sizeof address);
    sj_file_served event = {
        .name = name,
        .device_name = device,
        .address = address,
        .transport = http ? SJ_FILE_SERVED_TRANSPORT_HTTP : SJ_FILE_SERVED_TRANSPORT_TFTP,
        .bytes = found == NULL ? 0 : (int64_t)found->length,
        .found = found != NULL,
        .trace_id = found == NULL ? "" : found->trace_id,
    };
    sj_publish_file_served(source->scope, source->served, &event);
}

static int build(file_source *source, file_kind kind, const char *name, const char *device, file **built, sj_error *error) {
    device_file document;
    int status = kind == FILE_DEFAULT ? default_file_build(source->scope, &document, error)
                                      : device_file_build(source->scope, device, &document, error);
    if (status != SJ_OK) {
        free(document.text.data);
        return status;
    }
    if (document.trace_id[0] != '\0') {
        sj_trace(source->scope, document.trace_id, "TFTP built %s for %s: %s, %zu bytes", name, device, document.what,
                 document.text.length);
    }
    *built = file_new(document.text.data, document.text.length, document.trace_id);
    if (*built == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for %s", name);
    }
    file_cache_keep(&source->cache, name, *built);
    return SJ_OK;
}

static void read_whole(void *data) {
    disk_read *reading = data;
    struct stat facts;
    int descriptor = open(reading->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (descriptor < 0) {
        reading->failure = errno;
        return;
    }
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        reading->failure = ENOENT;
    } else if (facts.st_size > MOST_FILE_BYTES) {
        reading->failure = EFBIG;
    } else if ((reading->data = malloc((size_t)facts.st_size + 1)) == NULL) {
        reading->failure = ENOMEM;
    }
    while (reading->failure == 0 && reading->length < (size_t)facts.st_size) {
        ssize_t count = read(descriptor, reading->data + reading->length, (size_t)facts.st_size - reading->length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            reading->failure = count < 0 ? errno : EIO;
        } else {
            reading->length += (size_t)count;
        }
    }
    (void)close(descriptor);
}

static void read_done(void *data, int status, const sj_error *error) {
    disk_read *reading = data;
    (void)error;
    if (status == SJ_E_CANCELLED) {
        free(reading->data);
        free(reading);
        return;
    }
    file *found = NULL;
    if (reading->failure == 0) {
        found = file_new(reading->data, reading->length, "");
        reading->data = NULL;
        reading->failure = found == NULL ? ENOMEM : 0;
    }
    bool absent = reading->failure == ENOENT || reading->failure == ENOTDIR || reading->failure == ELOOP;
    if (reading->failure != 0 && !absent) {
        sj_log_warning(reading->source->scope, "cannot read %s: %s", reading->path, strerror(reading->failure));
    }
    tell(reading->source, reading->name, "", &reading->peer, reading->http, found);
    reading->found(reading->user,
                   found != NULL ? SJ_OK
                   : absent      ? SJ_E_NOT_FOUND
                                 : SJ_E_IO,
                   found != NULL ? ""
                   : absent      ? "File not found"
                                 : strerror(reading->failure),
                   found);
    file_release(found);
    free(reading->data);
    free(reading);
}

static void ask_disk(file_source *source, sj_scope *asker, const char *name, const sj_address *peer, bool http,
                     file_found_fn found, void *user) {
    disk_read *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        found(user, SJ_E_NO_MEMORY, "out of memory", NULL);
        return;
    }
    const char *directory = sj_param_tftp_file_directory(source->scope);
    reading->source = source;
    reading->found = found;
    reading->user = user;
    reading->peer = *peer;
    reading->http = http;
    (void)snprintf(reading->name, sizeof reading->name, "%s", name);
    int length = directory[0] != '\0'
                     ? snprintf(reading->path, PATH_ROOM, "%s/%s", directory, name)
                     : snprintf(reading->path, PATH_ROOM, "%s/tftp/%s", source->scope->host->node->state_directory, name);
    if (length < 0 || length >= PATH_ROOM || sj_job_run(asker, read_whole, read_done, reading) == NULL) {
        free(reading);
        found(user, SJ_E_LIMIT, "busy", NULL);
    }
}

void file_source_ask(file_source *source, sj_scope *asker, const char *name, size_t length, const sj_address *peer, bool http,
                     file_found_fn found, void *user) {
    char clean[FILE_NAME_ROOM], device[FILE_NAME_ROOM];
    file *shared = NULL;
    file_kind kind = file_name_read(name, length, clean, device);
    if (kind == FILE_STATIC) {
        ask_disk(source, asker, clean, peer, http, found, user);
        return;
    }
    sj_error error = {.code = SJ_E_NOT_FOUND, .text = "File not found"};
    int status = SJ_E_NOT_FOUND;
    if (kind == FILE_REFUSED) {
        status = sj_error_set(&error, SJ_E_DENIED, "Access violation");
    } else if (kind == FILE_DEVICE || kind == FILE_DEFAULT) {
        shared = file_cache_find(&source->cache, clean);
        status = shared != NULL ? SJ_OK : build(source, kind, clean, device, &shared, &error);
        if (status == SJ_E_NOT_FOUND) {
            (void)sj_error_set(&error, status, "File not found");
        } else if (status != SJ_OK) {
            sj_log_error(source->scope, "cannot build %s: %s", clean, error.text);
        }
    }
    tell(source, clean, device, peer, http, shared);
    found(user, status, status == SJ_OK ? "" : error.text, shared);
    file_release(shared);
}

static void forget_device(file_source *source, const char *device) {
    char name[FILE_NAME_ROOM];
    (void)snprintf(name, sizeof name, "%s.cnf.xml", device);
    file_cache_forget(&source->cache, name);
}

static void on_config_changed(void *user, const sj_config_changed *event) {
    static const char *const by_device[] = {"phone", "live_device", "session"};
    /* Profiles, users and numbers reach a file by the live device that is made from them. */
    static const char *const no_matter[] = {
        "registration",     "last_login",       "credential_state",       "job",           "emcc_base_device",
        "device_profile",   "end_user",         "default_device_profile", "emcc_template", "remote_cluster_status",
        "directory_number", "application_user", "trusted_certificate",    "policy_version"};
    file_source *source = user;
    for (size_t i = 0; i < sizeof by_device / sizeof by_device[0]; i++) {
        if (strcmp(event->resource, by_device[i]) == 0) {
            forget_device(source, event->key);
            return;
        }
    }
    for (size_t i = 0; i < sizeof no_matter / sizeof no_matter[0]; i++) {
        if (strcmp(event->resource, no_matter[i]) == 0) {
            return;
        }
    }
    file_cache_forget_all(&source->cache);
}

static void on_parameter_changed(void *user, const sj_parameter_changed *event) {
    (void)event;
    file_cache_forget_all(&((file_source *)user)->cache);
}

file_source *file_source_open(sj_scope *scope, sj_error *error) {
    file_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the file cache");
        return NULL;
    }
    source->scope = scope;
    source->served = sj_file_served_topic(scope, error);
    if (source->served == NULL || sj_on_config_changed(scope, on_config_changed, source, error) == NULL ||
        sj_on_parameter_changed(scope, on_parameter_changed, source, error) == NULL) {
        free(source);
        return NULL;
    }
    return source;
}

void file_source_close(file_source *source) {
    if (source != NULL) {
        file_cache_free(&source->cache);
        free(source);
    }
}
