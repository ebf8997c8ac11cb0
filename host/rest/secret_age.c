/* The age of PINs and passwords. */
#include "host/rest/secret_age.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/log.h>
#include <sojourn/timer.h>

#include "host/core/node.h"
#include "host/record/record.h"
#include "host/store/store.h"
#include "parameters/enterprise.h"
#include "resources/session.h"

#define MS_A_DAY (INT64_C(24) * 3600 * 1000)

static bool is_user(const sj_resource_meta *meta) {
    return meta->key_field[0] != NULL && strcmp(meta->key_field[0], "user_id") == 0 &&
           meta->key_field[1] == NULL;
}

int rest_credentials_note(struct node *node, const sj_resource_meta *meta, const void *record,
                          const void *stored, sj_error *error) {
    const sj_field *key = is_user(meta) ? sj_record_field(meta->record, "user_id") : NULL;
    int status = SJ_OK;
    for (size_t i = 0; key != NULL && status == SJ_OK && i < meta->record->fields_count; i++) {
        const sj_field *field = &meta->record->fields[i];
        if (field->type != SJ_TYPE_SECRET || strcmp(field->hash, "argon2id") != 0) {
            continue;
        }
        const char *hash = sj_member_text(record, field->offset);
        if (hash[0] != '\0' &&
            (stored == NULL || strcmp(hash, sj_member_text(stored, field->offset)) != 0)) {
            const sj_credential_state state = {.user_id = sj_member_text(record, key->offset),
                                               .kind = field->name,
                                               .changed_at = sj_wall_ms(node->scope)};
            status =
                sj_store_put(node->store, &sj_credential_state_meta, &state, SJ_PUT_ANY, error);
        }
    }
    return status;
}

bool rest_credential_expired(struct node *node, const char *user_id) {
    sj_scope *scope = node->scope;
    const int64_t days = sj_param_enterprise_credential_expires_after(scope),
                  now = sj_wall_ms(scope);
    sj_credential_state *known = NULL, state = {.user_id = user_id, .kind = "password"};
    char key[SJ_KEY_MAX];
    sj_error error;
    bool expired = false;
    if (days == 0) {
        return false;
    }
    (void)snprintf(key, sizeof key, "%s@password", user_id);
    if (sj_credential_state_get(scope, key, &known, NULL) == SJ_OK) {
        state = *known;
    }
    if (state.changed_at > 0) {
        expired = now - state.changed_at >= days * MS_A_DAY;
    } else {
        state.changed_at = now;
        if (sj_credential_state_put(scope, &state, SJ_PUT_ANY, &error) != SJ_OK) {
            sj_log_warning(scope, "the age of the password of %s could not be noted: %s", user_id,
                           error.text);
        }
    }
    sj_host_record_free(known);
    return expired;
}
