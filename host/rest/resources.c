/* Records over HTTP: lists, single records, and writes, for every declared resource. */
#include "host/rest/resources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/core/scope.h"
#include "host/http/server.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/record/validate.h"
#include "host/rest/asker.h"
#include "host/rest/etag.h"
#include "host/rest/internal.h"
#include "host/rest/paths.h"
#include "host/rest/query.h"
#include "host/rest/record_body.h"
#include "host/rest/record_secrets.h"
#include "host/rest/reply.h"
#include "host/rest/secret_age.h"
#include "host/store/store.h"

enum {
    LIMIT = 1000
}; /* records of a page, at most: a thousand phones are some 20 ms of the loop */

/* ---- reading ---- */

static bool read_limit(sj_http_request *request, size_t *limit) {
    const char *text = sj_host_http_param(request, "limit");
    sj_error error;
    char *end;
    long value;
    *limit = LIMIT;
    if (text == NULL) {
        return true;
    }
    value = strtol(text, &end, 10);
    if (*end != '\0' || end == text || value < 1 || value > LIMIT) {
        (void)sj_error_field(&error, SJ_E_INVALID, "limit",
                             "limit: expected a number from 1 to %d, got \"%.40s\"; give `next` as "
                             "`after` for what follows",
                             LIMIT, text);
        rest_reply_error(request, &error);
        return false;
    }
    *limit = (size_t)value;
    return true;
}

/* The conditions: fields of the resource that the query names; two at most. */
static bool read_conditions(sj_http_request *request, const sj_record_meta *meta, sj_query *query) {
    sj_error error;
    for (size_t i = 0; i < meta->fields_count; i++) {
        const char *name = meta->fields[i].name;
        const char *value =
            strstr(request->query, name) != NULL ? sj_host_http_param(request, name) : NULL;
        if (value == NULL) {
            continue;
        }
        if (query->field == NULL) {
            query->field = name;
            query->value = value;
        } else if (query->field2 == NULL) {
            query->field2 = name;
            query->value2 = value;
        } else {
            (void)sj_error_field(&error, SJ_E_INVALID, name,
                                 "%s: expected at most two conditions, got a third", name);
            rest_reply_error(request, &error);
            return false;
        }
    }
    return true;
}

/* What is declared sensitive is a right of whoever knows it, such as the lease of a session: it is
 * shown to who may read the store itself, not to whoever may read over the network. */
static unsigned hidden_from(sj_http_request *request) {
    return sj_http_is_local(request) ? 0 : SJ_JSON_HIDE_SENSITIVE;
}

static void list(struct rest *rest, sj_http_request *request, const sj_resource_meta *meta) {
    static const char *const also[] = {"after", "limit", NULL};
    sj_query query;
    sj_list records;
    sj_error error;
    sj_text json = {0};
    memset(&query, 0, sizeof query);
    if (!rest_query_known(request, meta->record, also) || !read_limit(request, &query.limit) ||
        !read_conditions(request, meta->record, &query)) {
        return;
    }
    query.after_key = sj_host_http_param(request, "after");
    if (sj_store_list(rest->node->store, meta, &query, &records, &error) != SJ_OK) {
        rest_reply_error(request, &error);
        return;
    }
    sj_text_puts(&json, "{\"items\":[");
    for (size_t i = 0; i < records.count; i++) {
        sj_text_puts(&json, i > 0 ? ",\n" : "");
        sj_record_write(&json, meta->record, records.records[i], hidden_from(request));
    }
    sj_text_puts(&json, "],\"next\":");
    if (records.count == query.limit) {
        char key[SJ_KEY_MAX];
        (void)sj_resource_key(meta, records.records[records.count - 1], key, NULL);
        sj_text_json(&json, key);
    } else {
        sj_text_puts(&json, "null");
    }
    sj_text_char(&json, '}');
    sj_host_list_free(&records);
    rest_reply_json(request, 200, &json);
}

/* The refusal for a record that is not there names the key that may be meant. */
static int get_record(struct store *store, const sj_resource_meta *meta, const char *key,
                      void **record, sj_error *error) {
    const int status = sj_store_get(store, meta, key, record, error);
    char best[SJ_KEY_MAX], sentence[sizeof error->text];
    if (status == SJ_E_NOT_FOUND && sj_store_nearest_key(store, meta, key, best)[0] != '\0') {
        (void)snprintf(sentence, sizeof sentence, "%s", error->text);
        return sj_error_set(error, status, "%s; did you mean \"%.100s\"?", sentence, best);
    }
    return status;
}

static void get(struct rest *rest, sj_http_request *request, const sj_resource_meta *meta,
                const char *key) {
    void *record;
    sj_error error;
    sj_text json = {0};
    if (get_record(rest->node->store, meta, key, &record, &error) != SJ_OK) {
        rest_reply_error(request, &error);
        return;
    }
    sj_record_write(&json, meta->record, record, hidden_from(request));
    sj_host_record_free(record);
    rest_reply_record(request, 200, &json, NULL, NULL);
}

/* ---- writing ---- */

enum method { CREATE, REPLACE, MERGE, REMOVE };

struct write {
    struct rest *rest;
    sj_http_request *request; /* NULL once answered */
    sj_scope *scope;          /* of this one write */
    const sj_resource_meta *meta;
    enum method method;
    char key[SJ_KEY_MAX];
    struct sj_arena arena;
    void *record; /* in the arena */
    bool *given;  /* by field, of a change */
    bool created;
    struct sj_problems notes; /* what was ignored, or is to be known */
    struct rest_hashing hashing;
    sj_error refusal; /* while it waits */
};

static void write_freed(void *user) {
    struct write *write = user;
    sj_arena_free(&write->arena);
    free(write);
}

static void refused(void *user, int status, const sj_error *error) {
    struct write *write = user;
    rest_reply_error(write->request, status == SJ_OK ? &write->refusal : error);
    sj_host_scope_close(write->scope);
}

/* A client whose answer was lost asks again, and takes "exists already" and "there is none" for the
 * answer: such a refusal comes when what it rests upon is on the disk. */
static void refuse_later(struct write *write, const sj_error *error) {
    const bool rests_on_writes = error->code == SJ_E_EXISTS || error->code == SJ_E_NOT_FOUND ||
                                 error->code == SJ_E_CONFLICT || error->code == SJ_E_IN_USE;
    write->refusal = *error;
    if (!rests_on_writes || sj_store_await(write->rest->node->store, write->scope, SJ_HERE, refused,
                                           write, NULL) <= 0) {
        refused(write, SJ_OK, NULL);
    }
}

/* The record must still be what the client saw, or not be there if it says so. */
static bool still_matches(struct write *write, const void *stored) {
    sj_text json = {0};
    bool matches;
    if (stored != NULL) {
        sj_record_write(&json, write->meta->record, stored, hidden_from(write->request));
    }
    matches = rest_conditions_hold(write->request, stored != NULL ? &json : NULL);
    sj_text_clear(&json);
    if (!matches) {
        sj_host_scope_close(write->scope);
    }
    return matches;
}

/* Which members a change names; the others stay what they are when it is written. */
static bool note_given(struct write *write, const cJSON *json) {
    const sj_record_meta *meta = write->meta->record;
    write->given = sj_arena_alloc(&write->arena, meta->fields_count + 1);
    for (const cJSON *member = write->given != NULL && cJSON_IsObject(json) ? json->child : NULL;
         member != NULL; member = member->next) {
        const sj_field *field = sj_record_field(meta, member->string);
        if (field != NULL && (field->flags & SJ_FIELD_READ_ONLY) == 0) {
            write->given[field - meta->fields] = true;
        }
    }
    return write->given != NULL;
}

/* What was stored may have changed while secrets were hashed. */
static void keep_not_given(const struct write *write, const void *stored) {
    const sj_record_meta *meta = write->meta->record;
    for (size_t i = 0; stored != NULL && i < meta->fields_count; i++) {
        if (write->method == MERGE ? !write->given[i]
                                   : (meta->fields[i].flags & SJ_FIELD_READ_ONLY) != 0) {
            rest_keep_field(&meta->fields[i], write->record, stored);
        }
    }
}

/* Which field of the key makes it another one than the path's. */
static const char *field_at_fault(const struct write *write) {
    const char *const *names = write->meta->key_field;
    const sj_field *field = sj_record_field(write->meta->record, names[0]);
    const char *first;
    size_t length;
    if (names[1] == NULL || !sj_type_is_text(field->type)) {
        return names[0];
    }
    first = sj_member_text(write->record, field->offset);
    length = strlen(first);
    return strncmp(write->key, first, length) == 0 && strchr("@", write->key[length]) != NULL
               ? names[1]
               : names[0];
}

/* The key of the body is that of the path. */
static int check_key(struct write *write, sj_error *error) {
    char key[SJ_KEY_MAX];
    int status = sj_resource_key(write->meta, write->record, key, error);
    if (status == SJ_OK && write->method == CREATE) {
        (void)snprintf(write->key, sizeof write->key, "%s", key);
    } else if (status == SJ_OK && strcmp(key, write->key) != 0) {
        const char *field = field_at_fault(write);
        status = sj_error_field(
            error, SJ_E_INVALID, field,
            "%s: expected the key in the path, \"%s\", got \"%s\"; keys do not change", field,
            write->key, key);
    }
    return status;
}

/* Everything that is wrong with the record: forms, ranges, its key, and references behind them. */
static void read_record(struct write *write, const cJSON *json, const void *stored,
                        struct sj_problems *problems) {
    const sj_record_meta *meta = write->meta->record;
    struct sj_json_reader reader = {&write->arena, problems, &write->notes, REST_READS_GIVEN};
    struct sj_problems behind;
    sj_error error;
    sj_problems_init(&behind, SJ_PROBLEMS_MAX);
    if (write->method == MERGE && stored != NULL) {
        memcpy(write->record, stored, meta->struct_size);
        reader.flags |= SJ_JSON_PARTIAL;
    } else {
        rest_keep_read_only(meta, write->record, stored);
    }
    rest_secrets_mark(meta, write->record);
    (void)sj_record_read_checked(&reader, meta, json, NULL, write->record);
    sj_store_check_given(write->rest->node->store, write->meta, write->record, NULL, NULL, &behind);
    if (stored == NULL) {
        sj_store_check_new(write->rest->node->store, write->meta, write->record, NULL, &behind);
    }
    if (stored != NULL) {
        sj_store_note_change(write->rest->node->store, write->meta, write->record, NULL,
                             &write->notes);
    }
    if ((cJSON_IsObject(json) || problems->total == 0) && check_key(write, &error) != SJ_OK) {
        (void)sj_problem_error(&behind, NULL, &error);
    }
    sj_problems_add_others(problems, &behind);
}

/* Reads the body into the record; what services write and what was not given stays. False after a
 * reply. */
static bool read_body(struct write *write, const void *stored) {
    struct sj_problems problems;
    sj_error error;
    cJSON *json = sj_json_parse(write->request->body, write->request->body_length, &error);
    if (json != NULL && write->method == MERGE && cJSON_IsArray(json)) {
        (void)sj_error_set(&error, SJ_E_INVALID,
                           "expected an object with the members to be changed, got a list");
        cJSON_Delete(json);
        json = NULL;
    }
    if (json == NULL) {
        refuse_later(write, &error);
        return false;
    }
    sj_problems_init(&problems, SJ_PROBLEMS_MAX);
    sj_problems_init(&write->notes, 1);
    write->record = sj_record_new(write->meta->record, &write->arena);
    if (write->record == NULL || !note_given(write, json)) {
        (void)sj_problem(&problems, NULL, SJ_E_NO_MEMORY, "out of memory");
    } else {
        read_record(write, json, stored, &problems);
    }
    cJSON_Delete(json);
    if (problems.total > 0) {
        rest_reply_problems(write->request, &problems);
        sj_host_scope_close(write->scope);
        return false;
    }
    return true;
}

/* What the log says of a write: of a change the fields that were given, never their values.
 */
static void log_write(const struct write *write) {
    const sj_record_meta *meta = write->meta->record;
    const char *done = write->method == REMOVE ? "is removed"
                       : write->created        ? "is added"
                                               : "is changed";
    sj_text what = {0};
    size_t named = 0;
    sj_text_printf(&what, "%s %s %s", meta->name, write->key, done);
    for (size_t i = 0; write->method != REMOVE && !write->created && i < meta->fields_count; i++) {
        if (write->given[i]) {
            sj_text_printf(&what, "%s%s", named++ == 0 ? " (" : ", ", meta->fields[i].name);
        }
    }
    sj_text_puts(&what, named > 0 ? ")" : "");
    rest_log_change(write->rest, write->request, what.data != NULL ? what.data : meta->name);
    sj_text_clear(&what);
}

static void durable(void *user, int status, const sj_error *error) {
    struct write *write = user;
    sj_text json = {0}, location = {0};
    if (status != SJ_OK) {
        refuse_later(write, error);
        return;
    }
    log_write(write);
    if (write->method == REMOVE) {
        rest_reply_empty(write->request);
    } else {
        sj_record_write(&json, write->meta->record, write->record, hidden_from(write->request));
        if (write->created) {
            sj_text_printf(&location, REST_PREFIX "%s/", write->meta->plural);
            sj_text_percent(&location, write->key);
        }
        rest_reply_record(write->request, write->created ? 201 : 200, &json, location.data,
                          write->notes.count > 0 ? write->notes.list[0].text : NULL);
        sj_text_clear(&location);
    }
    sj_host_scope_close(write->scope);
}

static void commit(struct write *write, int status, sj_error *error) {
    struct store *store = write->rest->node->store;
    if (status == SJ_OK) {
        status = sj_store_commit_durable(store, write->scope, SJ_HERE, durable, write, error);
    }
    if (status != SJ_OK) {
        sj_store_transaction_rollback(store);
        refuse_later(write, error);
    }
}

static void put(void *user, int status) {
    struct write *write = user;
    struct store *store = write->rest->node->store;
    void *stored = NULL;
    sj_error error;
    if (status != SJ_OK) {
        (void)sj_error_set(&error, status, "the secrets of the record could not be hashed: %s",
                           sj_error_text(status));
        refuse_later(write, &error);
        return;
    }
    (void)sj_store_get(store, write->meta, write->key, &stored, NULL);
    if (!still_matches(write, stored)) { /* looked at again: hashing takes its time */
        sj_host_record_free(stored);
        return;
    }
    keep_not_given(write, stored);
    rest_secrets_keep(write->meta->record, write->record, stored);
    write->created = stored == NULL;
    status = sj_store_transaction_begin(store, "the REST interface", &error);
    if (status == SJ_OK) {
        unsigned flags = write->method == CREATE  ? SJ_PUT_NEW
                         : write->method == MERGE ? SJ_PUT_REPLACE
                                                  : SJ_PUT_ANY;
        status = sj_store_put(store, write->meta, write->record, flags, &error);
    }
    if (status == SJ_OK) {
        status =
            rest_credentials_note(write->rest->node, write->meta, write->record, stored, &error);
    }
    if (stored != NULL) { /* the record points into it */
        void *own = sj_record_copy(write->meta->record, write->record);
        sj_host_record_free(stored);
        write->record = own != NULL ? sj_arena_adopt(&write->arena, own) : NULL;
        if (write->record == NULL) {
            status = sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        }
    }
    commit(write, status, &error);
}

static void change(struct write *write) {
    struct store *store = write->rest->node->store;
    void *stored = NULL;
    sj_error error;
    int status = SJ_OK;
    if (write->method == MERGE) {
        status = get_record(store, write->meta, write->key, &stored, &error);
    } else if (write->method == REPLACE) {
        (void)sj_store_get(store, write->meta, write->key, &stored, &error);
    }
    if (status != SJ_OK) {
        refuse_later(write, &error);
        return;
    }
    if (stored != NULL) {
        stored = sj_arena_adopt(&write->arena, stored); /* a merged record shares its texts */
    }
    if (!still_matches(write, stored) || !read_body(write, stored)) {
        return;
    }
    write->hashing.scope = write->scope;
    write->hashing.arena = &write->arena;
    write->hashing.done = put;
    write->hashing.user = write;
    if (rest_secrets_note(&write->hashing, write->meta->record, write->record, stored) != SJ_OK) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        refuse_later(write, &error);
        return;
    }
    rest_hashing_run(&write->hashing);
}

/* ?force=true: what is in use goes all the same. False after a reply. */
static bool read_force(struct write *write, bool *force) {
    const char *text = sj_host_http_param(write->request, "force");
    sj_error error;
    *force = text != NULL && strcmp(text, "true") == 0;
    if (text == NULL || *force || strcmp(text, "false") == 0) {
        return true;
    }
    (void)sj_error_field(&error, SJ_E_INVALID, "force",
                         "force: expected true or false, got \"%.40s\"", text);
    refuse_later(write, &error);
    return false;
}

static void delete_record(struct write *write) {
    struct store *store = write->rest->node->store;
    void *stored = NULL;
    bool force;
    sj_error error;
    int status;
    if (!read_force(write, &force)) {
        return;
    }
    status = get_record(store, write->meta, write->key, &stored, &error);
    if (status != SJ_OK) {
        refuse_later(write, &error);
        return;
    }
    stored = sj_arena_adopt(&write->arena, stored);
    if (!still_matches(write, stored)) {
        return;
    }
    if (sj_store_ask_removal(store, write->meta, write->key, force, &error) != SJ_OK) {
        refuse_later(write, &error);
        return;
    }
    status = sj_store_transaction_begin(store, "the REST interface", &error);
    if (status == SJ_OK) {
        status = sj_store_delete(store, write->meta, write->key, 0, &error);
    }
    commit(write, status, &error);
}

static void begin_write(struct rest *rest, sj_http_request *request, const sj_resource_meta *meta,
                        enum method method, const char *key) {
    struct write *write = calloc(1, sizeof *write);
    if (write == NULL ||
        (write->scope = sj_host_scope_open(rest->node->scope, SJ_HERE, "REST write", write_freed,
                                           write)) == NULL) {
        free(write);
        rest_reply_status(request, 503, "out of memory, or the node stops");
        return;
    }
    write->rest = rest;
    write->request = request;
    write->meta = meta;
    write->method = method;
    (void)snprintf(write->key, sizeof write->key, "%s", key);
    if (method == REMOVE) {
        delete_record(write);
    } else {
        change(write);
    }
}

static bool method_fits(sj_http_request *request, const sj_resource_meta *meta, bool record) {
    const char *why = (meta->flags & SJ_RESOURCE_RUNTIME) != 0     ? ": only services write it; "
                      : (meta->flags & SJ_RESOURCE_SINGLETON) != 0 ? " always exists and cannot be "
                                                                     "deleted; "
                                                                   : NULL;
    char subject[160] = "";
    if (why != NULL) {
        (void)snprintf(subject, sizeof subject, "%.80s%s", meta->record->name, why);
    }
    return rest_method_fits(request, record ? rest_record_methods(meta) : rest_list_methods(meta),
                            subject);
}

void rest_resource(struct rest *rest, sj_http_request *request, const sj_resource_meta *meta,
                   const char *key) {
    static const char *const no_query[] = {NULL}, *const of_removal[] = {"force", NULL};
    const char *method = request->method;
    const bool reads = strcmp(method, "GET") == 0;
    if (!method_fits(request, meta, key[0] != '\0')) {
        return;
    }
    if (reads && key[0] == '\0') {
        list(rest, request, meta);
        return;
    }
    if (!rest_query_known(request, NULL, strcmp(method, "DELETE") == 0 ? of_removal : no_query)) {
        return;
    }
    if (reads) {
        get(rest, request, meta, key);
    } else if (strlen(key) >= SJ_KEY_MAX) {
        rest_reply_status(request, 404, "there is no record with so long a key");
    } else {
        begin_write(rest, request, meta,
                    strcmp(method, "POST") == 0    ? CREATE
                    : strcmp(method, "PUT") == 0   ? REPLACE
                    : strcmp(method, "PATCH") == 0 ? MERGE
                                                   : REMOVE,
                    key);
    }
}
