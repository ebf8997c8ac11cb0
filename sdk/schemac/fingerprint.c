/* Fingerprints by prefix: one number per count of fields, so that a consumer compiled against n
 * fields can tell whether a producer's first n are the same. The plain hash of canonical text. */
#include "model.h"

#include <string.h>

#include <sojourn/base/hash.h>

static uint64_t add(uint64_t hash, const char *text) {
    return sj_hash_more(hash, text, strlen(text));
}

static void field_shape(sj_text *text, const struct field *field);

static void record_shape(sj_text *text, const struct record *record) {
    text_add(text, "{");
    for (size_t i = 0; i < record->fields_count; i++) {
        text_add(text, "%s%s:", i == 0 ? "" : ",", record->fields[i].name);
        field_shape(text, &record->fields[i]);
    }
    text_add(text, "}");
}

/* The type and shape of a field as canonical text: "list{directory_number:text,...}". */
static void field_shape(sj_text *text, const struct field *field) {
    text_add(text, "%s", type_words[field->type]);
    if (field->type == SJ_TYPE_ENUM) {
        for (size_t i = 0; i < field->choices_count; i++) {
            text_add(text, "%c", i == 0 ? '(' : '|');
            text_add_json_string(text, field->choices[i]);
        }
        text_add(text, ")");
    } else if (field->record != NULL) {
        record_shape(text, field->record);
    } else if (field->type == SJ_TYPE_LIST) {
        text_add(text, "(%s)", type_words[field->element]);
    }
    if (field->target[0] != '\0') {
        text_add(text, "->%s", field->target);
    }
}

void record_fingerprints(struct model *model, struct record *record) {
    if (record->fingerprints != NULL) {
        return;
    }
    record->fingerprints =
        arena_alloc(&model->arena, (record->fields_count + 1) * sizeof *record->fingerprints);
    uint64_t hash = add(SJ_HASH_BEGIN, record->name);
    record->fingerprints[0] = hash;
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        struct field as_text = *field;
        sj_text shape = {0};
        /* What a policy answers is a text to its caller, whether the engine knows whose name it is
         * or not. */
        if (record->kind == SJ_KIND_POLICY_OUTPUT && field->element == SJ_TYPE_REFERENCE) {
            as_text.type = field->type == SJ_TYPE_LIST ? SJ_TYPE_LIST : SJ_TYPE_TEXT;
            as_text.element = SJ_TYPE_TEXT;
            as_text.target = "";
        }
        text_add(&shape, "\n%s:", field->name);
        field_shape(&shape, &as_text);
        hash = add(hash, shape.data);
        record->fingerprints[i + 1] = hash;
        sj_text_clear(&shape);
        if (field->record != NULL) {
            record_fingerprints(model, field->record);
        }
    }
}
