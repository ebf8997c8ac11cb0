/* Where files come from (file_source.h): built documents are kept in the cache, other names are the
 * file directory's. */
#include "file_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_files.h"
#include "dial_template.h"
#include "disk_files.h"
#include "events/device.h"
#include "events/node.h"
#include "events/phone.h"
#include "file_name.h"
#include "resources/call_manager_group.h"
#include "resources/calling_search_space.h"
#include "resources/common_device_configuration.h"
#include "resources/common_phone_profile.h"
#include "resources/date_time_group.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/enterprise_phone_configuration.h"
#include "resources/hunt.h"
#include "resources/node.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"
#include "resources/phone_service.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_profile.h"
#include "resources/softkey_template.h"
#include "resources/translation_pattern.h"
#include "resources/voice_mail.h"
#include "shared_line.h"
#include "softkey_file.h"

enum { FILE_STAMP = 64, LINES_CHANGED = 16 };

struct file_source {
    sj_scope *scope;
    sj_topic *served;
    struct file_cache cache;
    struct dial_plan dial_plan;
    struct disk_files disk;
    struct phone_time_zones time_zones;
    /* Devices whose lines may have changed since a file was last asked for; more than there is room
     * for: `changed_count` stays at that. */
    char changed[LINES_CHANGED][FILE_NAME_ROOM];
    size_t changed_count;
};

/* A question to the file directory; lives in the asker's scope. */
struct disk_question {
    struct file_source *source;
    file_found_fn found;
    void *user;
    sj_address peer;
    bool http;
    char name[FILE_NAME_ROOM], device[FILE_NAME_ROOM];
    enum file_kind kind;
};

static void publish_served(struct file_source *source, const char *name, const char *device,
                           const sj_address *peer, bool http, const struct file *found,
                           const char *answer) {
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
        .answer = found == NULL ? answer : "",
    };
    sj_publish_file_served(source->scope, source->served, &event);
}

static void forget_device(struct file_source *source, const char *device) {
    char name[FILE_NAME_ROOM];
    (void)snprintf(name, sizeof name, "%s.cnf.xml", device);
    file_cache_forget(&source->cache, name);
    (void)snprintf(name, sizeof name, "DR%s.xml", device);
    file_cache_forget(&source->cache, name);
}

static void forget_sharer(void *user, const char *device) {
    forget_device(user, device);
}

/* Which of its lines others have as well stands in the files of those. */
static void forget_sharers(struct file_source *source, const char *device) {
    sj_live_device *live = NULL;
    sj_phone *phone = NULL;
    if (device_records(source->scope, device, &live, &phone, NULL) == SJ_OK) {
        const sj_device_line *lines = live != NULL ? live->lines : phone->lines;
        const size_t count = live != NULL ? live->lines_count : phone->lines_count;
        for (size_t i = 0; i < count; i++) {
            shared_line_each(source->scope, lines[i].directory_number, forget_sharer, source);
        }
    }
    sj_record_free(source->scope, phone);
    sj_record_free(source->scope, live);
}

/* Done when a file is asked for, so that phones that come by the thousand cost nothing. */
static void note_lines_changed(struct file_source *source, const char *device) {
    if (source->changed_count < LINES_CHANGED) {
        (void)snprintf(source->changed[source->changed_count], FILE_NAME_ROOM, "%s", device);
        source->changed_count++;
    }
}

static void follow_lines(struct file_source *source) {
    if (source->changed_count == LINES_CHANGED) {
        file_cache_forget_all(&source->cache);
    } else if (source->changed_count > 0) {
        file_cache_forget_shared_lines(&source->cache);
        for (size_t i = 0; i < source->changed_count; i++) {
            forget_sharers(source, source->changed[i]);
        }
    }
    source->changed_count = 0;
}

static int build_document(struct file_source *source, enum file_kind kind, const char *name,
                          const char *device, struct device_file *document, sj_error *error) {
    switch (kind) {
    case FILE_DEFAULT: return default_file_build(source->scope, document, error);
    case FILE_SOFTKEYS: return softkey_file_build(source->scope, name, document, error);
    case FILE_DIAL_TEMPLATE:
        return dial_template_build(source->scope, &source->dial_plan, device, document, error);
    default: return device_file_build(source->scope, device, &source->time_zones, document, error);
    }
}

static int build(struct file_source *source, enum file_kind kind, const char *name,
                 const char *device, struct file **built, sj_error *error) {
    struct device_file document;
    int status = build_document(source, kind, name, device, &document, error);
    if (status != SJ_OK) {
        free(document.text.data);
        return status;
    }
    if (document.trace_id[0] != '\0') {
        sj_trace(source->scope, document.trace_id, "TFTP built %s for %s: %s, %zu bytes", name,
                 device, document.what, document.text.length);
    }
    *built = file_new(document.text.data, document.text.length, document.trace_id);
    if (*built == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot build %s", name);
    }
    (*built)->shares_lines = document.shares_lines;
    file_cache_keep(&source->cache, name, *built);
    return SJ_OK;
}

static void on_disk_file(void *user, int status, const char *reason, struct file *found) {
    struct disk_question *question = user;
    struct file_source *source = question->source;
    struct file *built = NULL;
    sj_error error = {0};
    if (status == SJ_E_NOT_FOUND && question->kind == FILE_SOFTKEYS) { /* nobody has placed one */
        built = file_cache_find(&source->cache, question->name);
        status = built != NULL ? SJ_OK
                               : build(source, FILE_SOFTKEYS, question->name, "", &built, &error);
        found = built;
        reason = error.text;
    }
    publish_served(source, question->name, question->device, &question->peer, question->http, found,
                   reason);
    question->found(question->user, status, reason, found);
    file_release(built);
}

static void ask_disk(struct file_source *source, sj_scope *asker, enum file_kind kind,
                     const char *name, const char *device, const sj_address *peer, bool http,
                     file_found_fn found, void *user) {
    struct disk_question *question = sj_scope_alloc(asker, sizeof *question);
    if (question == NULL) {
        found(user, SJ_E_NO_MEMORY, "out of memory", NULL);
        return;
    }
    *question = (struct disk_question){
        .source = source, .found = found, .user = user, .peer = *peer, .http = http, .kind = kind};
    (void)snprintf(question->name, sizeof question->name, "%s", name);
    (void)snprintf(question->device, sizeof question->device, "%s", device);
    disk_files_ask(&source->disk, asker, name, on_disk_file, question);
}

void file_source_ask(struct file_source *source, sj_scope *asker, const char *name, size_t length,
                     const sj_address *peer, bool http, file_found_fn found, void *user) {
    char clean[FILE_NAME_ROOM], device[FILE_NAME_ROOM];
    struct file *shared = NULL;
    enum file_kind kind = file_name_read(name, length, clean, device);
    if (kind == FILE_STATIC || kind == FILE_SOFTKEYS) {
        ask_disk(source, asker, kind, clean, device, peer, http, found, user);
        return;
    }
    sj_error error = {0};
    int status = SJ_OK;
    follow_lines(source);
    if (kind == FILE_REFUSED) {
        status = sj_error_set(&error, SJ_E_DENIED, "Access violation");
    } else {
        shared = file_cache_find(&source->cache, clean);
        status = shared != NULL ? SJ_OK : build(source, kind, clean, device, &shared, &error);
        if (status == SJ_E_NOT_FOUND) { /* somebody may have placed one */
            ask_disk(source, asker, FILE_STATIC, clean, device, peer, http, found, user);
            return;
        }
        if (status != SJ_OK) {
            sj_log_error(source->scope, "cannot build %s: %s", clean, error.text);
        }
    }
    publish_served(source, clean, device, peer, http, shared, error.text);
    found(user, status, status == SJ_OK ? "" : error.text, shared);
    file_release(shared);
}

/* What stands in the stamp element of a built document; "" when it has none, or there is none. */
static void read_stamp(struct file_source *source, enum file_kind kind, const char *name,
                       const char *device, char stamp[FILE_STAMP]) {
    static const char element[] = "<versionStamp>";
    struct file *file = file_cache_find(&source->cache, name);
    sj_error error;
    stamp[0] = '\0';
    if (file == NULL && build(source, kind, name, device, &file, &error) != SJ_OK) {
        return;
    }
    const char *at = memmem(file->data, file->length, element, sizeof element - 1);
    if (at != NULL) {
        at += sizeof element - 1;
        const size_t left = (size_t)(file->data + file->length - at);
        const char *end = memchr(at, '<', left);
        const size_t length = end == NULL ? 0 : (size_t)(end - at);
        (void)snprintf(stamp, FILE_STAMP, "%.*s", (int)(length < FILE_STAMP ? length : 0), at);
    }
    file_release(file);
}

static void on_file_stamps(void *user, sj_question *question, const sj_phone_file_stamps *request) {
    struct file_source *source = user;
    char name[FILE_NAME_ROOM], config[FILE_STAMP], dial_template[FILE_STAMP];
    follow_lines(source);
    (void)snprintf(name, sizeof name, "%.*s.cnf.xml", FILE_NAME_ROOM - 10, request->device_name);
    read_stamp(source, FILE_DEVICE, name, request->device_name, config);
    (void)snprintf(name, sizeof name, "DR%.*s.xml", FILE_NAME_ROOM - 10, request->device_name);
    read_stamp(source, FILE_DIAL_TEMPLATE, name, request->device_name, dial_template);
    const sj_phone_file_stamps_reply reply = {.config = config, .dial_template = dial_template};
    sj_reply_phone_file_stamps(source->scope, question, &reply);
}

/* Which of these resources it is of. */
static bool is_one_of(const char *resource, const sj_resource_meta *const *metas, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(resource, metas[i]->record->name) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the Messages keys of lines call anything. */
static bool has_voice_mail(const struct file_source *source) {
    const sj_query query = {.limit = 1};
    sj_list profiles = {NULL, 0};
    const bool has = sj_voice_mail_profile_list(source->scope, &query, &profiles, NULL) == SJ_OK &&
                     profiles.count > 0;
    sj_list_free(source->scope, &profiles);
    return has;
}

/* What stands in files is read of these resources and no others; device profiles and users reach a
 * file by the live device that is made from them. */
static void on_config_changed(void *user, const sj_config_changed *event) {
    static const sj_resource_meta *const of_one[] = {&sj_phone_meta, &sj_live_device_meta,
                                                     &sj_session_meta};
    static const sj_resource_meta *const of_many[] = {&sj_call_manager_group_meta,
                                                      &sj_calling_search_space_meta,
                                                      &sj_cluster_node_meta,
                                                      &sj_common_device_configuration_meta,
                                                      &sj_common_phone_profile_meta,
                                                      &sj_date_time_group_meta,
                                                      &sj_device_pool_meta,
                                                      &sj_enterprise_phone_configuration_meta,
                                                      &sj_hunt_pilot_meta,
                                                      &sj_phone_model_meta,
                                                      &sj_phone_security_profile_meta,
                                                      &sj_phone_service_meta,
                                                      &sj_route_pattern_meta,
                                                      &sj_sip_profile_meta,
                                                      &sj_softkey_template_meta,
                                                      &sj_translation_pattern_meta,
                                                      &sj_voice_mail_profile_meta};
    struct file_source *source = user;
    if (is_one_of(event->resource, of_one, sizeof of_one / sizeof of_one[0])) {
        forget_device(source, event->key);
        if (strcmp(event->resource, sj_session_meta.record->name) != 0) {
            note_lines_changed(source, event->key);
        }
    } else if (strcmp(event->resource, sj_directory_number_meta.record->name) == 0) {
        /* What a line may dial is said by its number, and what can be dialled by all numbers. */
        dial_plan_note_number(&source->dial_plan, event->key);
        if (has_voice_mail(source)) {
            file_cache_forget_all(&source->cache); /* the number may have another profile */
        } else {
            file_cache_forget_beginning(&source->cache, "DR");
        }
    } else if (is_one_of(event->resource, of_many, sizeof of_many / sizeof of_many[0])) {
        dial_plan_forget(&source->dial_plan);
        file_cache_forget_all(&source->cache);
    }
}

static void on_parameter_changed(void *user, const sj_parameter_changed *event) {
    struct file_source *source = user;
    (void)event;
    dial_plan_forget_templates(&source->dial_plan);
    file_cache_forget_all(&source->cache);
}

struct file_source *file_source_open(sj_scope *scope, sj_error *error) {
    struct file_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: no room for the file cache");
        return NULL;
    }
    source->scope = scope;
    disk_files_open(&source->disk, scope);
    source->served = sj_file_served_topic(scope, error);
    if (source->served == NULL ||
        sj_answer_phone_file_stamps(scope, on_file_stamps, source, error) == NULL ||
        sj_on_config_changed(scope, on_config_changed, source, error) == NULL ||
        sj_on_parameter_changed(scope, on_parameter_changed, source, error) == NULL) {
        free(source);
        return NULL;
    }
    return source;
}

void file_source_close(struct file_source *source) {
    if (source != NULL) {
        file_cache_free(&source->cache);
        dial_plan_forget(&source->dial_plan);
        disk_files_close(&source->disk);
        free(source);
    }
}
