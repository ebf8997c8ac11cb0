/* The secrets of records on their way into the store. */
#include "host/rest/record_secrets.h"

#include <string.h>

#include "host/record/record.h"
#include "host/secret/secret.h"

#include <sojourn/secret.h>

enum {
    FEW = 4,           /* secrets of one request, beyond which it is an import */
    DIGEST_FIELDS = 4, /* in the hash of a secret: behind "ha1:" */
};

static const char not_given[1] = ""; /* known by its address */

void rest_secrets_mark(const sj_record_meta *meta, void *record) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_SECRET) {
            *(const char **)sj_member(record, field->offset) = not_given;
        } else if (field->type == SJ_TYPE_RECORD) {
            rest_secrets_mark(field->record, sj_member(record, field->offset));
        }
    }
}

void rest_secrets_keep(const sj_record_meta *meta, void *record, const void *stored) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        const char **member = sj_member(record, field->offset);
        if (field->type == SJ_TYPE_SECRET && *member == not_given && stored != NULL) {
            *member = sj_member_text(stored, field->offset);
        } else if (field->type == SJ_TYPE_RECORD) {
            rest_secrets_keep(field->record, member,
                              stored != NULL ? sj_member_const(stored, field->offset) : NULL);
        }
    }
}

static bool is_digest(const sj_field *field) {
    return strncmp(field->hash, "ha1:", DIGEST_FIELDS) == 0;
}

/* The text of the field with that name, as the secret is given together with it. */
static const char *text_named(const sj_record_meta *meta, const void *record, const char *name,
                              size_t length) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        if (strlen(meta->fields[i].name) == length &&
            memcmp(meta->fields[i].name, name, length) == 0) {
            return sj_member_text(record, meta->fields[i].offset);
        }
    }
    return ""; /* not so: schemac has seen that it is there */
}

static int note(struct rest_hashing *hashing, const sj_record_meta *meta, const sj_field *field,
                void *record, const void *stored) {
    struct rest_secret *secret;
    const char **member = sj_member(record, field->offset);
    const char *before = stored != NULL ? sj_member_text(stored, field->offset) : "";
    if (*member == not_given || *member == NULL || (*member)[0] == '\0') {
        return SJ_OK;
    }
    secret = sj_arena_alloc(hashing->arena, sizeof *secret);
    if (secret == NULL || (before = sj_arena_strdup(hashing->arena, before)) == NULL) {
        return SJ_E_NO_MEMORY;
    }
    secret->hashing = hashing;
    secret->field = field;
    secret->member = member;
    secret->stored = before;
    if (is_digest(field)) {
        const size_t length = strcspn(field->hash + DIGEST_FIELDS, ":");
        const char *realm = field->hash + DIGEST_FIELDS + length;
        secret->user = text_named(meta, record, field->hash + DIGEST_FIELDS, length);
        secret->realm = realm[0] == '\0' ? SJ_DIGEST_REALM
                                         : text_named(meta, record, realm + 1, strlen(realm + 1));
    }
    secret->next = hashing->first;
    hashing->first = secret;
    return SJ_OK;
}

int rest_secrets_note(struct rest_hashing *hashing, const sj_record_meta *meta, void *record,
                      const void *stored) {
    int status = SJ_OK;
    for (size_t i = 0; status == SJ_OK && i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        if (field->type == SJ_TYPE_SECRET) {
            status = note(hashing, meta, field, record, stored);
        } else if (field->type == SJ_TYPE_RECORD) {
            status =
                rest_secrets_note(hashing, field->record, sj_member(record, field->offset),
                                  stored != NULL ? sj_member_const(stored, field->offset) : NULL);
        } else if (field->type == SJ_TYPE_LIST && field->record != NULL) {
            size_t count, size = field->record->struct_size;
            char *items = *(char **)sj_member(record, field->offset);
            (void)sj_member_items(record, field, &count);
            for (size_t j = 0; status == SJ_OK && j < count; j++) {
                status = rest_secrets_note(hashing, field->record, items + j * size, NULL);
            }
        }
    }
    return status;
}

static void finish(struct rest_hashing *hashing) {
    hashing->done(hashing->user, hashing->status);
}

static void hashed(void *user, int status, const char *hash) {
    struct rest_secret *secret = user;
    struct rest_hashing *hashing = secret->hashing;
    const char *copy = status == SJ_OK ? sj_arena_strdup(hashing->arena, hash) : NULL;
    if (copy != NULL) {
        *secret->member = copy;
    } else if (hashing->status == SJ_OK) {
        hashing->status = status != SJ_OK ? status : SJ_E_NO_MEMORY;
    }
    if (--hashing->pending == 0) {
        finish(hashing);
    }
}

void rest_hashing_run(struct rest_hashing *hashing) {
    size_t slow = 0;
    for (const struct rest_secret *secret = hashing->first; secret != NULL; secret = secret->next) {
        slow += !is_digest(secret->field);
    }
    hashing->pending = 1; /* its own, so that it ends after the last was handed over */
    for (struct rest_secret *secret = hashing->first; secret != NULL; secret = secret->next) {
        if (is_digest(secret->field)) {
            char text[SJ_HA1_TEXT];
            const char *copy;
            sj_secret_ha1(secret->user, secret->realm, *secret->member, text);
            copy = sj_arena_strdup(hashing->arena, text);
            if (copy == NULL) {
                hashing->status = SJ_E_NO_MEMORY;
            } else {
                *secret->member = copy;
            }
        } else {
            hashing->pending++;
            sj_secret_refresh(hashing->scope, SJ_HERE, slow > FEW, secret->stored, *secret->member,
                              hashed, secret);
        }
    }
    if (--hashing->pending == 0) {
        finish(hashing);
    }
}
