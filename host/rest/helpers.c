/* Small things that several handlers need. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <sojourn/log.h>

#include "host/http/server.h"
#include "host/record/record.h"
#include "host/rest/internal.h"

void rest_escape(sj_text *out, const char *segment) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@";
    for (; *segment != '\0'; segment++) {
        if (strchr(plain, *segment) != NULL) {
            sj_text_char(out, *segment);
        } else {
            sj_text_printf(out, "%%%02X", (unsigned)(unsigned char)*segment);
        }
    }
}

void rest_keep_field(const sj_field *field, void *record, const void *stored) {
    memcpy(sj_member(record, field->offset), sj_member_const(stored, field->offset),
           sj_type_size(field->type, field->record));
    if (field->type == SJ_TYPE_LIST) {
        memcpy(sj_member(record, field->count_offset), sj_member_const(stored, field->count_offset),
               sizeof(size_t));
    }
}

void rest_keep_read_only(const sj_record_meta *meta, void *record, const void *stored) {
    for (size_t i = 0; stored != NULL && i < meta->fields_count; i++) {
        if ((meta->fields[i].flags & SJ_FIELD_READ_ONLY) != 0) {
            rest_keep_field(&meta->fields[i], record, stored);
        }
    }
}

/* From the file alone: what asks a directory service would hold the loop. */
static bool name_of_user(uid_t id, char *name, size_t room) {
    char space[1024];
    struct passwd entry, *found = NULL;
    FILE *file = fopen("/etc/passwd", "re");
    bool known = false;
    while (file != NULL && !known && fgetpwent_r(file, &entry, space, sizeof space, &found) == 0) {
        known = entry.pw_uid == id;
    }
    if (known) {
        (void)snprintf(name, room, "%s", entry.pw_name);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return known;
}

const char *rest_asker(sj_http_request *request, char name[REST_ASKER]) {
    uid_t id = 0;
    if (!sj_http_local_user(request, &id)) {
        (void)snprintf(name, REST_ASKER, "%s", request->user);
    } else if (!name_of_user(id, name, REST_ASKER)) {
        (void)snprintf(name, REST_ASKER, "user %u of the machine", (unsigned)id);
    }
    return name;
}

void rest_note_change(const struct rest *rest, sj_http_request *request, const char *what) {
    char name[REST_ASKER], from[SJ_ADDRESS_TEXT] = "this machine";
    uid_t id = 0;
    if (rest->node->table.log == NULL) {
        return;
    }
    if (!sj_http_local_user(request, &id)) {
        (void)sj_address_format(&request->peer, from, sizeof from);
    }
    sj_log_info(rest->node->scope, "%s by %s from %s", what, rest_asker(request, name), from);
}
