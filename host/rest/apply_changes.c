/* The list of changes, with what each field was and is. */
#include "host/rest/apply_changes.h"

#include "host/core/node.h"
#include "host/params/params.h"
#include "host/record/json.h"

static sj_text *begin_change(struct apply *apply, size_t section, const char *action,
                             const char *resource, const char *key) {
    sj_text *out = &apply->sections[section];
    if (apply->shown == APPLY_CHANGES_SHOWN) {
        return NULL;
    }
    apply->shown++;
    sj_text_printf(out, "%s{\"action\":\"%s\",\"resource\":", out->length > 0 ? ",\n" : "", action);
    sj_text_json(out, resource);
    sj_text_puts(out, ",\"key\":");
    sj_text_json(out, key);
    return out;
}

static bool is_shown(const sj_field *field) {
    return field->type != SJ_TYPE_SECRET && (field->flags & SJ_FIELD_SENSITIVE) == 0;
}

/* What it was and what it is; of secrets only that they are others. */
static void write_values(sj_text *out, const sj_field *field, const void *before, const void *after,
                         bool first) {
    if (!is_shown(field)) {
        return;
    }
    sj_text_puts(out, first ? "" : ",");
    sj_text_json(out, field->name);
    sj_text_puts(out, ":{\"old\":");
    sj_field_write(out, field, before, 0);
    sj_text_puts(out, ",\"new\":");
    sj_field_write(out, field, after, 0);
    sj_text_char(out, '}');
}

void apply_list_record(struct apply *apply, const struct apply_record *entry, const void *record,
                       const void *stored) {
    const sj_record_meta *meta = entry->meta->record;
    sj_text *out = begin_change(apply, entry->section, stored != NULL ? "changed" : "added",
                                meta->name, entry->key);
    bool first = true;
    if (out == NULL) {
        return;
    }
    if (stored != NULL) {
        sj_text_puts(out, ",\"fields\":[");
        for (size_t i = 0; i < meta->fields_count; i++) {
            if (!sj_field_equal(&meta->fields[i], stored, record)) {
                sj_text_puts(out, first ? "" : ",");
                sj_text_json(out, meta->fields[i].name);
                first = false;
            }
        }
        sj_text_puts(out, "],\"values\":{");
        first = true;
        for (size_t i = 0; i < meta->fields_count; i++) {
            if (!sj_field_equal(&meta->fields[i], stored, record)) {
                write_values(out, &meta->fields[i], stored, record, first);
                first = first && !is_shown(&meta->fields[i]);
            }
        }
        sj_text_char(out, '}');
    }
    sj_text_char(out, '}');
}

void apply_list_removal(struct apply *apply, const struct apply_removal *removal) {
    sj_text *out =
        begin_change(apply, removal->section, "removed", removal->meta->record->name, removal->key);
    if (out != NULL) {
        sj_text_char(out, '}');
    }
}

/* What holds until now is what the parameter shows; the new value is shown as it was given. */
void apply_list_parameter(struct apply *apply, size_t section, const sj_param_meta *meta,
                          const cJSON *given) {
    sj_text *out = begin_change(apply, section, "changed", "parameter", meta->field.title);
    sj_text shown = {0};
    cJSON *before;
    char *old_text, *new_text;
    if (out == NULL) {
        return;
    }
    sj_text_puts(out, ",\"service\":");
    sj_text_json(out, meta->service);
    sj_params_write(apply->node, meta, &shown);
    before = shown.data != NULL ? cJSON_Parse(shown.data) : NULL;
    old_text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(before, "value"));
    new_text = cJSON_PrintUnformatted(
        cJSON_IsNull(given) ? cJSON_GetObjectItemCaseSensitive(before, "default") : given);
    if (old_text != NULL && new_text != NULL && is_shown(&meta->field)) {
        sj_text_printf(out,
                       ",\"fields\":[\"value\"],\"values\":{\"value\":{\"old\":%s,\"new\":%s}}",
                       old_text, new_text);
    }
    sj_text_char(out, '}');
    cJSON_free(old_text);
    cJSON_free(new_text);
    cJSON_Delete(before);
    sj_text_clear(&shown);
}
