/* The typed functions of a declaration: each calls the host's table with the metadata and casts
 * where C needs it. Patterns stand here as they are printed; @ is the declaration's name in C. */
#include "emit.h"

static const char resource_pattern[] =
    "extern const sj_resource_meta sj_@_meta;\n"
    "\n"
    "/* SJ_E_NOT_FOUND when there is none; free with sj_record_free, which wipes it. */\n"
    "static inline int sj_@_get(sj_scope *scope, const char *key, sj_@ **record, sj_error *error) "
    "{\n"
    "    void *found = NULL;\n"
    "    const int status = scope->host->store_get(scope, &sj_@_meta, key, &found, error);\n"
    "    *record = (sj_@ *)found;\n"
    "    return status;\n"
    "}\n"
    "\n"
    "/* `query` NULL: all of them. Free with sj_list_free. */\n"
    "static inline int sj_@_list(sj_scope *scope, const sj_query *query, sj_list *list, sj_error "
    "*error) {\n"
    "    return scope->host->store_list(scope, &sj_@_meta, query, list, error);\n"
    "}\n"
    "\n"
    "static inline const sj_@ *sj_@_at(const sj_list *list, size_t index) {\n"
    "    return index < list->count ? (const sj_@ *)list->records[index] : NULL;\n"
    "}\n"
    "\n"
    "/* How many there are, or a negative code. */\n"
    "static inline int64_t sj_@_count(sj_scope *scope, const sj_query *query, sj_error *error) {\n"
    "    return scope->host->store_count(scope, &sj_@_meta, query, error);\n"
    "}\n"
    "\n"
    "static inline int sj_@_put(sj_scope *scope, const sj_@ *record, unsigned flags, sj_error "
    "*error) {\n"
    "    return scope->host->store_put(scope, &sj_@_meta, record, flags, error);\n"
    "}\n"
    "\n"
    "static inline int sj_@_delete(sj_scope *scope, const char *key, sj_error *error) {\n"
    "    return scope->host->store_delete(scope, &sj_@_meta, key, error);\n"
    "}\n"
    "\n";

static const char event_pattern[] =
    "typedef void (*sj_on_@_fn)(void *user, const sj_@ *event);\n"
    "\n"
    "/* What a publisher keeps to publish with. */\n"
    "static inline sj_topic *sj_@_topic(sj_scope *scope, sj_error *error) {\n"
    "    return scope->host->event_topic(scope, &sj_@_meta, error);\n"
    "}\n"
    "\n"
    "static inline void sj_publish_@(sj_scope *scope, sj_topic *topic, const sj_@ *event) {\n"
    "    scope->host->event_publish(topic, event);\n"
    "}\n"
    "\n"
    "static inline sj_handle *sj_on_@_at(sj_scope *scope, const char *here, sj_on_@_fn handler, "
    "void *user, sj_error *error) "
    "{\n"
    "    return scope->host->event_subscribe(scope, here, &sj_@_meta, (sj_event_fn)(void "
    "(*)(void))handler, user, error);\n"
    "}\n"
    "/* sj_handle *sj_on_@(sj_scope *, sj_on_@_fn handler, void *user, sj_error *); NULL on "
    "failure. */\n"
    "#define sj_on_@(scope, handler, user, error) sj_on_@_at((scope), SJ_HERE, (handler), (user), "
    "(error))\n"
    "\n";

static const char request_pattern[] =
    "extern const sj_request_meta sj_@_meta;\n"
    "typedef void (*sj_@_reply_fn)(void *user, int status, const sj_error *error, const sj_@_reply "
    "*reply);\n"
    "typedef void (*sj_@_fn)(void *user, sj_question *question, const sj_@ *request);\n"
    "\n"
    "static inline int sj_ask_@_at(sj_scope *scope, const char *here, const sj_@ *request, int64_t "
    "deadline_ms,\n"
    "                              sj_@_reply_fn reply, void *user, sj_error *error) {\n"
    "    return scope->host->request_ask(scope, here, &sj_@_meta, request, deadline_ms, "
    "(sj_reply_fn)(void (*)(void))reply, "
    "user,\n"
    "                                    error);\n"
    "}\n"
    "/* int sj_ask_@(sj_scope *, const sj_@ *request, int64_t deadline_ms, sj_@_reply_fn reply, "
    "void *user, sj_error *);\n"
    " * deadline_ms 0: the declaration's. `reply` may be NULL. */\n"
    "#define sj_ask_@(scope, request, deadline_ms, reply, user, error) \\\n"
    "    sj_ask_@_at((scope), SJ_HERE, (request), (deadline_ms), (reply), (user), (error))\n"
    "\n"
    "static inline sj_handle *sj_answer_@_at(sj_scope *scope, const char *here, sj_@_fn handler, "
    "void *user, sj_error *error) "
    "{\n"
    "    return scope->host->request_answer(scope, here, &sj_@_meta, (sj_question_fn)(void "
    "(*)(void))handler, user, error);\n"
    "}\n"
    "/* sj_handle *sj_answer_@(sj_scope *, sj_@_fn handler, void *user, sj_error *); NULL on "
    "failure. */\n"
    "#define sj_answer_@(scope, handler, user, error) sj_answer_@_at((scope), SJ_HERE, (handler), "
    "(user), (error))\n"
    "\n"
    "static inline void sj_reply_@(sj_scope *scope, sj_question *question, const sj_@_reply "
    "*reply) {\n"
    "    scope->host->question_reply(question, reply);\n"
    "}\n"
    "\n";

static const char policy_pattern[] =
    "extern const sj_policy_meta sj_@_meta;\n"
    "\n"
    "/* `output` holds the built-in decision and is overwritten when the policy decides; see "
    "sojourn/policy.h. */\n"
    "static inline int sj_decide_@(sj_scope *scope, const char *trace_id, const sj_@_input *input, "
    "sj_@_output *output) {\n"
    "    return sj_policy_decide(scope, &sj_@_meta, trace_id, input, output);\n"
    "}\n"
    "\n";

static const char message_pattern[] =
    "/* NULL when out of memory; free with sj_text_free. */\n"
    "static inline char *sj_@_to_json(sj_scope *scope, const sj_@ *message) {\n"
    "    return scope->host->record_to_json(&sj_@_meta, message);\n"
    "}\n"
    "\n"
    "/* Free with sj_record_free, which wipes it. */\n"
    "static inline int sj_@_from_json(sj_scope *scope, const char *json, size_t length, sj_@ "
    "**message, sj_error *error) {\n"
    "    void *read = NULL;\n"
    "    const int status = scope->host->record_from_json(&sj_@_meta, json, length, &read, "
    "error);\n"
    "    *message = (sj_@ *)read;\n"
    "    return status;\n"
    "}\n"
    "\n";

static void add_getters(sj_text *text, struct model *model, const struct record *record) {
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        const char *name = arena_format(&model->arena, "%s_%s", record->c_name, field->name);
        const char *type = "const char *";
        const char *pattern = "    return sj_param_text(scope, &sj_param_@_meta);\n";
        if (field->type == SJ_TYPE_BOOLEAN) {
            type = "bool ";
            pattern = "    return sj_param_integer(scope, &sj_param_@_meta) != 0;\n";
        } else if (field->type == SJ_TYPE_ENUM) {
            type = arena_format(&model->arena, "sj_%s ", field->enum_name);
            pattern = arena_format(&model->arena,
                                   "    return (%s)sj_param_integer(scope, &sj_param_@_meta);\n",
                                   arena_format(&model->arena, "sj_%s", field->enum_name));
        } else if (field->type == SJ_TYPE_INTEGER || field->type == SJ_TYPE_MINUTES) {
            type = "int64_t ";
            pattern = "    return sj_param_integer(scope, &sj_param_@_meta);\n";
        }
        text_add(text, "/* %s */\nstatic inline %ssj_param_%s(sj_scope *scope) {\n", field->title,
                 type, name);
        text_add_pattern(text, pattern, name);
        text_add(text, "}\n\n");
    }
}

void emit_wrappers(sj_text *text, struct model *model, const struct declaration *declaration) {
    switch (declaration->kind) {
    case DECLARATION_RESOURCE: text_add_pattern(text, resource_pattern, declaration->c_name); break;
    case DECLARATION_PARAMETERS: add_getters(text, model, declaration->record); break;
    case DECLARATION_EVENT: text_add_pattern(text, event_pattern, declaration->c_name); break;
    case DECLARATION_REQUEST: text_add_pattern(text, request_pattern, declaration->c_name); break;
    case DECLARATION_POLICY: text_add_pattern(text, policy_pattern, declaration->c_name); break;
    case DECLARATION_MESSAGE: text_add_pattern(text, message_pattern, declaration->c_name); break;
    case DECLARATION_PART:
    case DECLARATION_ENUM:
    case DECLARATION_KINDS: break;
    }
}
