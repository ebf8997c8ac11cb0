/* Deep copies of metadata. Pure. */
#include "meta.h"

#include <stdint.h>
#include <string.h>

static const char *copy_text(sj_arena *arena, const char *text) {
    return text == NULL ? NULL : sj_arena_copy(arena, text, strlen(text));
}

static const char *const *copy_words(sj_arena *arena, const char *const *words) {
    size_t count = 0;
    const char **copy;
    if (words == NULL) {
        return NULL;
    }
    while (words[count] != NULL) {
        count++;
    }
    copy = sj_arena_alloc(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = copy_text(arena, words[i]);
    }
    return copy;
}

static const sj_record_meta *copy_record(sj_arena *arena, const sj_record_meta *meta) {
    sj_record_meta *copy = sj_arena_alloc(arena, sizeof *copy);
    sj_field *fields = sj_arena_alloc(arena, (meta->fields_count + 1) * sizeof *fields);
    uint64_t *fingerprints = sj_arena_alloc(arena, (meta->fields_count + 1) * sizeof *fingerprints);
    if (copy == NULL || fields == NULL || fingerprints == NULL) {
        return NULL;
    }
    *copy = *meta;
    copy->name = copy_text(arena, meta->name);
    copy->title = copy_text(arena, meta->title);
    copy->doc = copy_text(arena, meta->doc);
    copy->since = copy_text(arena, meta->since);
    memset(fingerprints, 0, (meta->fields_count + 1) * sizeof *fingerprints);
    if (meta->fingerprints != NULL) {
        memcpy(fingerprints, meta->fingerprints, (meta->fields_count + 1) * sizeof *fingerprints);
    }
    copy->fingerprints = fingerprints;
    copy->fields = fields;
    for (size_t i = 0; i < meta->fields_count; i++) {
        fields[i] = meta->fields[i];
        fields[i].name = copy_text(arena, fields[i].name);
        fields[i].title = copy_text(arena, fields[i].title);
        fields[i].doc = copy_text(arena, fields[i].doc);
        fields[i].since = copy_text(arena, fields[i].since);
        fields[i].unit = copy_text(arena, fields[i].unit);
        fields[i].format = copy_text(arena, fields[i].format);
        fields[i].hash = copy_text(arena, fields[i].hash);
        fields[i].target = copy_text(arena, fields[i].target);
        fields[i].fallback = copy_text(arena, fields[i].fallback);
        fields[i].choices = copy_words(arena, fields[i].choices);
        if (fields[i].record != NULL) {
            fields[i].record = copy_record(arena, fields[i].record);
            if (fields[i].record == NULL) {
                return NULL;
            }
        }
        if (fields[i].name == NULL) {
            return NULL;
        }
    }
    return copy;
}

const sj_policy_meta *sj_meta_copy(sj_arena *arena, const sj_policy_meta *meta) {
    sj_policy_meta *copy = sj_arena_alloc(arena, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    *copy = *meta;
    copy->name = copy_text(arena, meta->name);
    copy->doc = copy_text(arena, meta->doc);
    copy->input = copy_record(arena, meta->input);
    copy->output = copy_record(arena, meta->output);
    return copy->name != NULL && copy->input != NULL && copy->output != NULL ? copy : NULL;
}

size_t sj_meta_common(const sj_record_meta *own, const sj_record_meta *caller) {
    size_t count = own->fields_count < caller->fields_count ? own->fields_count : caller->fields_count;
    return own->fingerprints[count] == caller->fingerprints[count] ? count : SIZE_MAX;
}
