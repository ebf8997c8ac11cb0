/* Deep copies of declarations, each one block. */
#include "host/record/declaration.h"

#include <string.h>

/* A struct that was compiled with another SDK may be shorter or longer than here: as much as both
 * have is taken. Written by hand it may not say its size (0): then it is as long as here. */
static void *copy_struct(struct sj_arena *arena, const void *from, size_t from_size, size_t size) {
    void *copy = sj_arena_alloc(arena, size);
    if (copy != NULL) {
        memcpy(copy, from, from_size > 0 && from_size < size ? from_size : size);
    }
    return copy;
}

static const char *copy_text(struct sj_arena *arena, const char *text) {
    return text == NULL ? NULL : sj_arena_strdup(arena, text);
}

static const char *const *copy_words(struct sj_arena *arena, const char *const *words) {
    size_t count = 0;
    const char **copy;
    while (words != NULL && words[count] != NULL) {
        count++;
    }
    copy = words == NULL ? NULL : sj_arena_alloc(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = copy_text(arena, words[i]);
    }
    return copy;
}

static const sj_record_meta *copy_record(struct sj_arena *arena, const sj_record_meta *meta);

static void copy_field(struct sj_arena *arena, sj_field *copy, const sj_field *field) {
    *copy = *field;
    copy->name = copy_text(arena, field->name);
    copy->title = copy_text(arena, field->title);
    copy->doc = copy_text(arena, field->doc);
    copy->since = copy_text(arena, field->since);
    copy->unit = copy_text(arena, field->unit);
    copy->format = copy_text(arena, field->format);
    copy->hash = copy_text(arena, field->hash);
    copy->target = copy_text(arena, field->target);
    copy->fallback = copy_text(arena, field->fallback);
    copy->choices = copy_words(arena, field->choices);
    copy->record = field->record == NULL ? NULL : copy_record(arena, field->record);
}

static const sj_record_meta *copy_record(struct sj_arena *arena, const sj_record_meta *meta) {
    sj_record_meta *copy = copy_struct(arena, meta, meta->size, sizeof *copy);
    sj_field *fields = sj_arena_alloc(arena, (meta->fields_count + 1) * sizeof *fields);
    uint64_t *fingerprints = sj_arena_alloc(arena, (meta->fields_count + 1) * sizeof *fingerprints);
    if (copy == NULL || fields == NULL || fingerprints == NULL) {
        return NULL;
    }
    copy->size = sizeof *copy;
    copy->name = copy_text(arena, meta->name);
    copy->title = copy_text(arena, meta->title);
    copy->doc = copy_text(arena, meta->doc);
    copy->since = copy_text(arena, meta->since);
    for (size_t i = 0; i < meta->fields_count; i++) {
        copy_field(arena, &fields[i], &meta->fields[i]);
    }
    if (meta->fingerprints != NULL) {
        memcpy(fingerprints, meta->fingerprints, (meta->fields_count + 1) * sizeof *fingerprints);
    }
    copy->fields = fields;
    copy->fingerprints = fingerprints;
    return copy;
}

const sj_resource_meta *sj_declaration_copy_resource(struct sj_arena *arena,
                                                     const sj_resource_meta *meta) {
    sj_resource_meta *copy = copy_struct(arena, meta, meta->size, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->size = sizeof *copy;
    copy->record = copy_record(arena, meta->record);
    copy->plural = copy_text(arena, meta->plural);
    copy->key_field[0] = copy_text(arena, meta->key_field[0]);
    copy->key_field[1] = copy_text(arena, meta->key_field[1]);
    copy->menu = copy_text(arena, copy->menu);
    copy->factory = copy_words(arena, copy->factory);
    return arena->failed ? NULL : copy;
}

const sj_param_meta *sj_declaration_copy_param(struct sj_arena *arena, const sj_param_meta *meta) {
    sj_param_meta *copy = copy_struct(arena, meta, meta->size, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->size = sizeof *copy;
    copy->service = copy_text(arena, meta->service);
    copy->symbol = copy_text(arena, meta->symbol);
    copy_field(arena, &copy->field, &meta->field);
    return arena->failed ? NULL : copy;
}

static const sj_request_meta *copy_request(struct sj_arena *arena, const sj_request_meta *meta) {
    sj_request_meta *copy = copy_struct(arena, meta, meta->size, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->size = sizeof *copy;
    copy->name = copy_text(arena, meta->name);
    copy->request = copy_record(arena, meta->request);
    copy->reply = copy_record(arena, meta->reply);
    copy->command = copy_text(arena, copy->command);
    copy->positional = copy_text(arena, copy->positional);
    return copy;
}

const sj_policy_meta *sj_declaration_copy_policy(struct sj_arena *arena,
                                                 const sj_policy_meta *meta) {
    sj_policy_meta *copy = copy_struct(arena, meta, meta->size, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->size = sizeof *copy;
    copy->name = copy_text(arena, meta->name);
    copy->doc = copy_text(arena, meta->doc);
    copy->input = copy_record(arena, meta->input);
    copy->output = copy_record(arena, meta->output);
    return arena->failed ? NULL : copy;
}

/* One array of a set, its end NULL. */
#define COPY_ALL(member, copy_one)                                                                 \
    do {                                                                                           \
        size_t count = 0;                                                                          \
        while (schema->member != NULL && schema->member[count] != NULL) {                          \
            count++;                                                                               \
        }                                                                                          \
        const void **items = sj_arena_alloc(arena, (count + 1) * sizeof *items);                   \
        for (size_t i = 0; items != NULL && i < count; i++) {                                      \
            items[i] = copy_one(arena, schema->member[i]);                                         \
        }                                                                                          \
        copy->member = (const void *)items;                                                        \
    } while (0)

const sj_schema *sj_declaration_copy(struct sj_arena *arena, const sj_schema *schema) {
    sj_schema *copy = copy_struct(arena, schema, schema->size, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->size = sizeof *copy;
    copy->name = copy_text(arena, schema->name);
    COPY_ALL(resources, sj_declaration_copy_resource);
    COPY_ALL(params, sj_declaration_copy_param);
    COPY_ALL(events, copy_record);
    COPY_ALL(requests, copy_request);
    COPY_ALL(policies, sj_declaration_copy_policy);
    COPY_ALL(messages, copy_record);
    return arena->failed ? NULL : copy;
}
