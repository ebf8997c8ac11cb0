/* Parameters: typed values in memory over the store's rows. */
#include "host/params/params.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>
#include <sojourn/log.h>

#include "events/node.h"
#include "host/core/node.h"
#include "host/record/declaration.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/record/validate.h"
#include "host/store/store.h"

union member {
    const char *text;
    int64_t integer;
    double real;
    bool boolean;
    int number;
};

struct value {
    sj_list_link link;
    const sj_param_meta *meta; /* as first seen; its own copy: the plugin that brought it may go */
    struct sj_arena declaration; /* what it is in */
    sj_field field;              /* placed at the start of `member` */
    union member member;
    struct sj_arena arena; /* what member.text is in */
    int64_t integer;       /* the member as the getters return it */
    const char *text;
};

struct known { /* plugins have copies of the metadata: each address leads to the one value */
    sj_map_link by_address;
    const sj_param_meta *meta;
    struct value *value;
};

struct retired { /* a text that somebody may still hold until control is back at the loop */
    struct retired *next;
    struct sj_arena arena;
};

struct params {
    struct node *node;
    sj_list_head values;
    sj_map known;
    struct retired *retired;
    struct later clean;
    sj_topic *changed;
    struct value *cluster_id;
};

static const char nothing[] = "";

/* ---- values ---- */

static void publish_members(struct value *value) {
    switch (value->field.type) {
    case SJ_TYPE_BOOLEAN: value->integer = value->member.boolean ? 1 : 0; break;
    case SJ_TYPE_ENUM: value->integer = value->member.number; break;
    case SJ_TYPE_REAL: value->integer = (int64_t)value->member.real; break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: value->integer = value->member.integer; break;
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: value->text = value->member.text; break;
    case SJ_TYPE_RECORD:
    case SJ_TYPE_LIST: break;
    }
    if (value->field.type == SJ_TYPE_ENUM) {
        value->text = sj_enum_word(&value->field, value->member.number);
    }
}

static void clean(struct later *item) {
    struct params *params =
        (struct params *)(void *)((char *)item - offsetof(struct params, clean));
    while (params->retired != NULL) {
        struct retired *retired = params->retired;
        params->retired = retired->next;
        sj_arena_free(&retired->arena);
        free(retired);
    }
}

static void retire(struct params *params, struct sj_arena arena) {
    struct retired *retired = arena.chunks != NULL ? malloc(sizeof *retired) : NULL;
    if (retired != NULL) { /* without memory the text is kept for good, which is safe */
        retired->arena = arena;
        retired->next = params->retired;
        params->retired = retired;
        sj_later_add(&params->node->later, &params->clean, clean);
    }
}

/* Reads the row anew; a value that the declaration no longer allows is said and the default holds.
 */
static void load(struct params *params, struct value *value) {
    char *row = sj_store_param_get(params->node->store, value->meta->service, value->meta->symbol);
    struct sj_arena arena = {0};
    union member member = {0};
    sj_error error;
    int status =
        row != NULL ? sj_field_read_text(&value->field, row, &member, &arena, &error) : SJ_OK;
    if (row == NULL || status != SJ_OK) {
        if (status != SJ_OK && params->node->table.log != NULL) {
            sj_log_warning(
                params->node->scope,
                "parameter %s of %s: the stored value does not fit, the default holds: %s",
                value->meta->symbol, value->meta->service, error.text);
        }
        (void)sj_field_default(&value->field, &member, &arena);
    }
    free(row);
    retire(params, value->arena);
    value->arena = arena;
    value->member = member;
    publish_members(value);
}

static struct value *find_value(struct params *params, const char *service, const char *symbol) {
    SJ_LIST_EACH(value, &params->values, struct value, link) {
        if (strcmp(value->meta->symbol, symbol) == 0 &&
            strcmp(value->meta->service, service) == 0) {
            return value;
        }
    }
    return NULL;
}

static void free_value(struct value *value) {
    if (value != NULL) {
        sj_arena_free(&value->arena);
        sj_arena_free(&value->declaration);
        free(value);
    }
}

static struct value *add_value(struct params *params, const sj_param_meta *meta) {
    struct value *value = calloc(1, sizeof *value);
    if (value == NULL ||
        (value->meta = sj_declaration_copy_param(&value->declaration, meta)) == NULL) {
        free_value(value);
        return NULL;
    }
    value->field = value->meta->field;
    value->field.offset = 0;
    value->text = nothing;
    load(params, value);
    sj_list_add_first(&params->values, &value->link);
    return value;
}

/* ---- by address ---- */

/* Addresses are the program's own: their hash needs no key. */
static inline uint64_t hash_of(const sj_param_meta *meta) {
    return sj_hash_with(0, (uintptr_t)meta);
}

/* Without memory it is looked for again the next time. */
static void remember(struct params *params, const sj_param_meta *meta, struct value *value) {
    struct known *known = malloc(sizeof *known);
    if (known != NULL) {
        known->meta = meta;
        known->value = value;
        sj_map_add(&params->known, &known->by_address, hash_of(meta));
    }
}

static void forget_addresses(struct params *params) {
    for (sj_map_link *link; (link = sj_map_take_any(&params->known)) != NULL;) {
        free(SJ_OWNER(link, struct known, by_address));
    }
}

static struct value *learn(struct params *params, const sj_param_meta *meta) {
    struct value *value = find_value(params, meta->service, meta->symbol);
    if (value == NULL) {
        value = add_value(params, meta);
    }
    if (value != NULL) {
        remember(params, meta, value);
    }
    return value;
}

static inline struct value *value_of(struct params *params, const sj_param_meta *meta) {
    SJ_MAP_EACH_OF(known, &params->known, hash_of(meta), const struct known, by_address) {
        if (known->meta == meta) {
            return known->value;
        }
    }
    return learn(params, meta);
}

int64_t sj_host_param_integer(sj_scope *scope, const sj_param_meta *meta) {
    const struct value *value = value_of(sj_scope_node(scope)->params, meta);
    return value != NULL ? value->integer : 0;
}

const char *sj_host_param_text(sj_scope *scope, const sj_param_meta *meta) {
    const struct value *value = value_of(sj_scope_node(scope)->params, meta);
    return value != NULL ? value->text : nothing;
}

void sj_params_forget_addresses(struct node *node) {
    struct params *params = node->params;
    forget_addresses(params);
    SJ_LIST_EACH(value, &params->values, struct value, link) {
        if (sj_catalog_param(sj_store_catalog(node->store), value->meta->service,
                             value->meta->symbol) == NULL) {
            sj_list_remove(&value->link); /* the next build may declare it otherwise */
            retire(params, value->arena);
            value->arena = (struct sj_arena){0};
            free_value(value);
        }
    }
}

/* ---- changes ---- */

static void notify(struct params *params, const char *service, const char *symbol) {
    sj_parameter_changed event;
    struct node *node = params->node;
    if (params->changed == NULL && node->bus != NULL && node->table.event_topic != NULL) {
        params->changed = node->table.event_topic(node->scope, &sj_parameter_changed_meta, NULL);
    }
    if (params->changed != NULL) {
        memset(&event, 0, sizeof event);
        event.service = service;
        event.symbol = symbol;
        node->table.event_publish(params->changed, &event);
    }
}

/* After the commit of a row. */
static void row_changed(void *user, const char *service, const char *symbol) {
    struct params *params = user;
    struct value *value = find_value(params, service, symbol);
    if (value != NULL) {
        load(params, value);
        if (value == params->cluster_id) {
            params->node->facts.cluster_id = value->text;
        }
        notify(params, service, symbol);
    }
}

int sj_params_set(struct node *node, const sj_param_meta *meta, const cJSON *json,
                  const struct sj_path *path, struct sj_problems *problems, bool *changed) {
    struct value *value = value_of(node->params, meta);
    size_t before = problems->total;
    struct sj_arena arena = {0};
    union member member = {0};
    struct sj_json_reader reader = {&arena, problems, NULL, SJ_JSON_ONE_LINE};
    sj_text text = {0};
    sj_error error;
    *changed = false;
    if (value == NULL || sj_field_default(&value->field, &member, &arena) != SJ_OK) {
        sj_arena_free(&arena);
        return sj_problem(problems, path, SJ_E_NO_MEMORY, "out of memory");
    }
    sj_field_read(&reader, &value->field, json, path, &member);
    if (problems->total == before) {
        if ((value->field.flags & SJ_FIELD_REQUIRED) != 0 && sj_type_is_text(value->field.type) &&
            sj_field_is_empty(&value->field, &member)) {
            sj_problem(problems, path, SJ_E_INVALID,
                       "expected a value, as it is required, but it is empty");
        } else {
            sj_field_check(&value->field, NULL, &member, path, problems);
            sj_store_check_parameter_reference(node->store, &value->field, member.text, path,
                                               problems);
            if (value == node->params->cluster_id) {
                sj_store_check_own_cluster_id(node->store, member.text, path, problems);
            }
        }
    }
    if (problems->total == before && !sj_field_equal(&value->field, &member, &value->member)) {
        *changed = true;
        sj_field_write_text(&text, &value->field, &member);
        if (text.failed) {
            sj_problem(problems, path, SJ_E_NO_MEMORY, "out of memory");
        } else if (sj_store_param_put(node->store, value->meta->service, value->meta->symbol,
                                      cJSON_IsNull(json)  ? NULL
                                      : text.data != NULL ? text.data
                                                          : nothing,
                                      &error) != SJ_OK) {
            (void)sj_problem_error(problems, path, &error);
        }
    }
    sj_text_clear(&text);
    sj_arena_free(&arena);
    return problems->total == before ? SJ_OK
           : problems->count > 0     ? problems->list[problems->count - 1].code
                                     : SJ_E_INVALID;
}

static void write_pair(sj_text *out, const char *name, const char *text) {
    sj_text_printf(out, "\"%s\":", name);
    sj_text_json(out, text != NULL ? text : nothing);
    sj_text_char(out, ',');
}

/* What values may be: of a text its length in bytes. No maximum declared (0): none is written. */
static void write_bounds(sj_text *out, const sj_field *field) {
    if (field->min != 0 || field->max != 0) {
        sj_text_printf(out, ",\"minimum\":%lld", (long long)field->min);
    }
    if (field->max != 0) {
        sj_text_printf(out, ",\"maximum\":%lld", (long long)field->max);
    }
    if (field->type == SJ_TYPE_ENUM && field->choices != NULL) {
        sj_text_puts(out, ",\"choices\":[");
        for (size_t i = 0; field->choices[i] != NULL; i++) {
            sj_text_puts(out, i > 0 ? "," : "");
            sj_text_json(out, field->choices[i]);
        }
        sj_text_char(out, ']');
    }
}

void sj_params_write(struct node *node, const sj_param_meta *meta, sj_text *out) {
    struct value *value = value_of(node->params, meta);
    struct sj_arena arena = {0};
    union member initial = {0};
    if (value == NULL || sj_field_default(&value->field, &initial, &arena) != SJ_OK) {
        out->failed = true;
        return;
    }
    sj_text_char(out, '{');
    write_pair(out, "service", value->meta->service);
    write_pair(out, "symbol", value->meta->symbol);
    write_pair(out, "name", meta->field.name);
    write_pair(out, "title", meta->field.title);
    write_pair(out, "unit", meta->field.unit);
    write_pair(out, "doc", meta->field.doc);
    sj_text_puts(out, "\"value\":");
    sj_field_write(out, &value->field, &value->member, 0);
    sj_text_puts(out, ",\"default\":");
    sj_field_write(out, &value->field, &initial, 0);
    write_bounds(out, &meta->field);
    sj_text_printf(out, ",\"advanced\":%s,\"per_node\":%s}",
                   (meta->flags & SJ_PARAM_ADVANCED) != 0 ? "true" : "false",
                   (meta->flags & SJ_PARAM_NODE) != 0 ? "true" : "false");
    sj_arena_free(&arena);
}

/* ---- open and close ---- */

/* The first value of Cluster ID is what the node file says. */
static int take_cluster_id(struct params *params, sj_error *error) {
    struct node *node = params->node;
    const sj_param_meta *meta =
        sj_catalog_param(sj_store_catalog(node->store), "Enterprise", "cluster_id");
    char *row;
    int status = SJ_OK;
    if (meta == NULL) {
        return SJ_OK; /* tests with declarations of their own */
    }
    row = sj_store_param_get(node->store, meta->service, meta->symbol);
    if (row == NULL && node->facts.cluster_id != NULL && node->facts.cluster_id[0] != '\0') {
        status = sj_store_param_put(node->store, meta->service, meta->symbol,
                                    node->facts.cluster_id, error);
    }
    free(row);
    if (status != SJ_OK) {
        return status;
    }
    params->cluster_id = value_of(params, meta);
    if (params->cluster_id == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the parameters");
    }
    node->facts.cluster_id = params->cluster_id->text;
    return SJ_OK;
}

int sj_params_open(struct node *node, sj_error *error) {
    struct params *params = calloc(1, sizeof *params);
    const sj_param_meta *meta;
    int status;
    if (params == NULL) {
        free(params);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the parameters");
    }
    params->node = node;
    node->params = params;
    status = take_cluster_id(params, error);
    for (size_t i = 0;
         status == SJ_OK && (meta = sj_catalog_param_at(sj_store_catalog(node->store), i)) != NULL;
         i++) {
        if (value_of(params, meta) == NULL) {
            status = sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the parameters");
        }
    }
    if (status != SJ_OK) {
        sj_params_close(node);
        return status;
    }
    sj_store_on_param(node->store, row_changed, params);
    return SJ_OK;
}

void sj_params_close(struct node *node) {
    struct params *params = node->params;
    if (params == NULL) {
        return;
    }
    if (params->cluster_id != NULL) {
        node->facts.cluster_id = nothing;
    }
    if (node->store != NULL) {
        sj_store_on_param(node->store, NULL, NULL);
    }
    sj_later_cancel(&params->clean);
    clean(&params->clean);
    SJ_LIST_EACH(value, &params->values, struct value, link) {
        free_value(value);
    }
    forget_addresses(params);
    sj_map_clear(&params->known);
    free(params);
    node->params = NULL;
}
