/* The examples on the reference pages. Each in C is a whole file that compiles against the
 * generated header: a test takes them off the pages and does so. */
#include "emit.h"

#include <string.h>

static const char resource_example[] =
    "/* Long lists are walked in steps, with the limit and after_key of a query. */\n"
    "size_t count_@(sj_scope *scope, sj_error *error) {\n"
    "    sj_list list;\n"
    "    size_t count = 0;\n"
    "    if (sj_@_list(scope, NULL, &list, error) != SJ_OK) {\n"
    "        return 0;\n"
    "    }\n"
    "    while (sj_@_at(&list, count) != NULL) {\n"
    "        count++;\n"
    "    }\n"
    "    sj_list_free(scope, &list);\n"
    "    return count;\n"
    "}\n";

static const char event_example[] =
    "static void heard(void *user, const sj_@ *event) {\n"
    "    (void)event; /* valid until this function returns */\n"
    "    ++*(int *)user;\n"
    "}\n"
    "\n"
    "int watch_@(sj_scope *scope, int *count, sj_error *error) {\n"
    "    return sj_on_@(scope, heard, count, error) == NULL ? error->code : SJ_OK;\n"
    "}\n";

static const char request_example[] =
    "static void answered(void *user, int status, const sj_error *error, const sj_@_reply *reply) "
    "{\n"
    "    (void)error; /* says why, when status is not SJ_OK; reply is then NULL */\n"
    "    (void)reply;\n"
    "    *(int *)user = status;\n"
    "}\n"
    "\n"
    "int ask_@(sj_scope *scope, const sj_@ *request, int *status, sj_error *error) {\n"
    "    return sj_ask_@(scope, request, 0, answered, status, error);\n"
    "}\n";

static const char policy_example[] =
    "/* `output` is what the built-in rule decided; the active policy may overrule it. */\n"
    "bool overruled_@(sj_scope *scope, const char *trace_id, const sj_@_input *input, sj_@_output "
    "*output) {\n"
    "    return sj_decide_@(scope, trace_id, input, output) == 1;\n"
    "}\n";

static const char message_example[] =
    "int read_@(sj_scope *scope, const char *json, size_t length, sj_error *error) {\n"
    "    sj_@ *message = NULL;\n"
    "    const int status = sj_@_from_json(scope, json, length, &message, error);\n"
    "    sj_record_free(scope, message);\n"
    "    return status;\n"
    "}\n";

/* A value of the type, as somebody would write it in an apply file. */
static void add_sample(sj_text *text, const struct field *field) {
    if (field->fallback_json[0] != '\0' && field->type != SJ_TYPE_LIST) {
        text_add(text, "%s", field->fallback_json);
    } else if (field->type == SJ_TYPE_ENUM) {
        text_add_c_literal(text, field->choices[0]);
    } else if (field->type == SJ_TYPE_BOOLEAN) {
        text_add(text, "true");
    } else if (field->type == SJ_TYPE_INTEGER || field->type == SJ_TYPE_REAL ||
               field->type == SJ_TYPE_MINUTES) {
        text_add(text, "%lld",
                 (long long)(field->has_min   ? field->min
                             : field->has_max ? field->max
                                              : 1));
    } else {
        text_add(text, "\"...\"");
    }
}

static void add_apply_example(sj_text *text, const struct declaration *declaration) {
    const struct record *record = declaration->record;
    const bool single = (declaration->flags & SJ_RESOURCE_SINGLETON) != 0;
    bool first = true;
    text_add(text, "```lua\nreturn {\n    %s = {",
             single ? declaration->name : declaration->plural);
    text_add(text, "%s", single ? "" : " {");
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        const bool simple = field->type < SJ_TYPE_SECRET && field->type != SJ_TYPE_TIME;
        if (simple && (field->flags & SJ_FIELD_READ_ONLY) == 0 &&
            ((field->flags & SJ_FIELD_REQUIRED) != 0 || i < 3)) {
            text_add(text, "%s %s = ", first ? "" : ",", field->name);
            add_sample(text, field);
            first = false;
        }
    }
    text_add(text, " %s},\n}\n```\n\n", single ? "" : "} ");
}

static void add_policy_example(sj_text *text, const struct declaration *declaration) {
    bool first = true;
    text_add(
        text,
        "```lua\nreturn {\n    hooks = {\n        [\"%s\"] = function(input)\n            return {",
        declaration->name);
    for (size_t i = 0; i < declaration->second->fields_count; i++) {
        const struct field *field = &declaration->second->fields[i];
        if (field->type < SJ_TYPE_SECRET && field->type != SJ_TYPE_TIME) {
            text_add(text, "%s %s = ", first ? "" : ",", field->name);
            add_sample(text, field);
            first = false;
        }
    }
    text_add(text, " }\n        end,\n    },\n}\n```\n\n");
}

static void add_parameters_example(sj_text *text, struct model *model,
                                   const struct declaration *declaration) {
    const struct field *field = &declaration->record->fields[0];
    const char *name = arena_format(&model->arena, "%s_%s", declaration->prefix, field->name);
    const bool is_text = field->type == SJ_TYPE_TEXT || field->type == SJ_TYPE_REFERENCE;
    text_add_pattern(
        text,
        is_text ? "bool is_set_@(sj_scope *scope) {\n    return sj_param_@(scope)[0] != '\\0';\n}\n"
                : "int64_t now_@(sj_scope *scope) {\n    return (int64_t)sj_param_@(scope);\n}\n",
        name);
}

void emit_example(sj_text *text, struct model *model, const struct declaration *declaration) {
    static const char *const examples[DECLARATION_KINDS] = {
        [DECLARATION_RESOURCE] = resource_example, [DECLARATION_EVENT] = event_example,
        [DECLARATION_REQUEST] = request_example,   [DECLARATION_POLICY] = policy_example,
        [DECLARATION_MESSAGE] = message_example,
    };
    if (declaration->kind == DECLARATION_PART) {
        return;
    }
    text_add(text, "## In C%s\n\n",
             declaration->kind == DECLARATION_POLICY || declaration->kind == DECLARATION_RESOURCE
                 ? " and Lua"
                 : "");
    text_add(text, "```c\n#include \"%s.h\"\n\n", declaration->base);
    if (declaration->kind == DECLARATION_PARAMETERS) {
        add_parameters_example(text, model, declaration);
    } else {
        text_add_pattern(text, examples[declaration->kind], declaration->c_name);
    }
    text_add(text, "```\n\n");
    if (declaration->kind == DECLARATION_POLICY) {
        add_policy_example(text, declaration);
    } else if (declaration->kind == DECLARATION_RESOURCE &&
               (declaration->flags & SJ_RESOURCE_RUNTIME) == 0) {
        add_apply_example(text, declaration);
    }
}
