/* `sojourn policy`: checks and tests run the node's policy engine in this process, the others send
 * the file. */
#include "host/cli/policy_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sojourn/base/file.h>

#include "host/cli/catalogue.h"
#include "host/cli/print.h"
#include "host/policy/engine.h"
#include "sojourn_schema.h"

static const char usage_text[] =
    "usage: sojourn policy check FILE...            compiles, and checks what the file declares\n"
    "       sojourn policy test FILE...             runs the file's own test cases\n"
    "       sojourn policy activate FILE            lets it decide, in the whole cluster\n"
    "       sojourn policy shadow [FILE | stop=true] runs it beside what decides; what it saw so "
    "far\n"
    "       sojourn policy replay FILE              over the recorded decisions\n"
    "       sojourn policy list | versions | show NUMBER | explain [HOOK] | rollback HOOK\n";

/* The whole file, to be freed; NULL after a printed sentence. */
static char *read_file(const char *path, size_t *length) {
    sj_text text = {0};
    sj_error error;
    if (sj_file_read(path, SJ_SANDBOX_TEXT_LIMIT, &text, &error) != SJ_OK) {
        fprintf(stderr, "sojourn: %s\n", error.text);
        sj_text_clear(&text);
        return NULL;
    }
    *length = text.length;
    return sj_text_take(&text);
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int64_t now_ms(void *user) {
    (void)user;
    return (int64_t)time(NULL) * 1000;
}

static void no_log(void *user, sj_log_level level, const char *trace_id, const char *text) {
    (void)user;
    (void)level;
    (void)trace_id;
    (void)text;
}

/* What came of one file's test cases; as TAP, or gathered as JSON. */
struct results {
    cJSON *cases;
    size_t count, failed;
};

static void note_case(void *user, const char *name, bool passed, const char *text) {
    struct results *results = user;
    results->count++;
    results->failed += passed ? 0 : 1;
    if (results->cases != NULL) {
        cJSON *one = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(one, "name", name);
        (void)cJSON_AddBoolToObject(one, "passed", passed);
        (void)cJSON_AddStringToObject(one, "text", text);
        (void)cJSON_AddItemToArray(results->cases, one);
        return;
    }
    cli_print_case(results->count, name, passed, text);
}

static void print_result(const char *path, bool json, bool test, const struct sj_version *version,
                         struct results *results, const sj_error *error) {
    if (json) {
        cJSON *object = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(object, "file", path);
        (void)cJSON_AddBoolToObject(object, "good", version != NULL);
        (void)cJSON_AddStringToObject(object, "text", version != NULL ? "" : error->text);
        (void)cJSON_AddItemToObject(object, "cases", results->cases);
        cli_print_json(object);
        cJSON_Delete(object);
    } else if (version == NULL) {
        fprintf(stderr, "sojourn: %s\n", error->text);
    } else {
        printf("%s%s: ", test ? "# " : "", path);
        for (size_t i = 0; i < version->hooks_count; i++) {
            printf("%s%s", i == 0 ? "" : ", ", version->hooks[i].meta->name);
        }
        printf("; %zu test cases%s; holds %zu bytes\n", version->tests_count, test ? " passed" : "",
               version->sandbox->bytes);
    }
}

/* One file, by the engine of this program. */
static int try_file(struct sj_engine *engine, const char *path, bool test, bool json) {
    struct results results = {.cases = json ? cJSON_CreateArray() : NULL};
    struct sj_hook_list hooks = sj_engine_hooks(engine);
    struct sj_version *version = NULL;
    sj_error error = {.text = ""};
    size_t length;
    char *text = read_file(path, &length);
    int status;
    if (text == NULL) {
        cJSON_Delete(results.cases);
        return CLI_REFUSED;
    }
    status = sj_version_load(name_of(path), text, length, &hooks, &engine->limits, test, note_case,
                             &results, &version, &error);
    print_result(path, json, test, version, &results, &error);
    if (!json && test) {
        printf("1..%zu\n", results.count);
    }
    sj_version_drop(version);
    free(text);
    return status == SJ_OK ? CLI_OK : CLI_REFUSED;
}

static int try_files(int argc, char **argv, bool test, bool json) {
    struct sj_engine *engine = calloc(1, sizeof *engine);
    int result = CLI_OK;
    if (engine == NULL) {
        fprintf(stderr, "sojourn: out of memory\n");
        return CLI_REFUSED;
    }
    sj_engine_init(engine, &(struct sj_engine_events){NULL, now_ms, no_log, NULL});
    for (size_t i = 0; sojourn_schema.policies[i] != NULL; i++) {
        (void)sj_engine_add_hook(engine, sojourn_schema.policies[i]);
    }
    for (int i = 0; i < argc; i++) {
        int one = try_file(engine, argv[i], test, json);
        result = one != CLI_OK ? one : result;
    }
    sj_engine_finish(engine);
    free(engine);
    return result;
}

/* Decisions and differences are too wide for a table: a paragraph each. */
static void print_decisions(const cJSON *answer) {
    const cJSON *one, *by_default = cJSON_GetObjectItemCaseSensitive(answer, "defaults");
    int number = 0;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(answer, "decisions")) {
        const char *default_decision =
            cJSON_GetStringValue(cJSON_GetArrayItem(by_default, number++));
        const cJSON *version = cJSON_GetObjectItemCaseSensitive(one, "version");
        printf("%s %s, decided by %s", cli_text(one, "at"), cli_text(one, "hook"),
               cli_text(one, "decided_by"));
        if (cJSON_IsNumber(version) && version->valueint > 0) {
            printf(" (version %d)", version->valueint);
        }
        if (cli_text(one, "trace_id")[0] != '\0') {
            printf(", trace %s", cli_text(one, "trace_id"));
        }
        printf("\n  input   %s\n", cli_text(one, "input"));
        if (default_decision != NULL) { /* a node of an earlier version does not tell */
            printf("  default %s\n", default_decision);
        }
        printf("  answer  %s\n  reason  %s\n", cli_text(one, "answer"), cli_text(one, "reason"));
    }
}

static void print_differences(const cJSON *answer) {
    static const char *const facts[] = {"name",     "since",     "replayed",
                                        "compared", "differing", "failed"};
    const cJSON *one;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const cJSON *fact = cJSON_GetObjectItemCaseSensitive(answer, facts[i]);
        if (cJSON_IsNumber(fact)) {
            printf("%s: %d\n", facts[i], fact->valueint);
        } else if (cJSON_IsString(fact)) {
            printf("%s: %s\n", facts[i], fact->valuestring[0] != '\0' ? fact->valuestring : "-");
        }
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(answer, "differences")) {
        printf("%s %s\n", cli_text(one, "at"), cli_text(one, "text"));
    }
}

static void print_answer(const struct cli_client *client, const char *verb, const cJSON *answer) {
    if (client->json) {
        cli_print_json(answer);
    } else if (strcmp(verb, "explain") == 0) {
        print_decisions(answer);
    } else if (strcmp(verb, "show") == 0) {
        (void)fputs(cli_text(answer, "text"), stdout);
    } else if (strcmp(verb, "shadow") == 0 || strcmp(verb, "replay") == 0) {
        print_differences(answer);
    } else {
        (void)puts(cli_text(answer, "message"));
    }
}

static int post(const struct cli_client *client, const char *verb, const cJSON *body) {
    char address[64];
    cJSON *answer = NULL;
    int result;
    (void)snprintf(address, sizeof address, "/api/v1/do/policy/%s", verb);
    result = cli_request(client, "POST", address, body, &answer);
    if (result == CLI_OK) {
        print_answer(client, verb, answer);
    }
    cJSON_Delete(answer);
    return result;
}

/* A command whose words the node's catalogue explains, but whose answer is printed here. */
static int ask(const struct cli_client *client, const char *verb, int argc, char **argv) {
    int result;
    cJSON *catalogue = cli_catalogue(client, &result), *body = cJSON_CreateObject();
    const cJSON *command = catalogue == NULL ? NULL : cli_find_command(catalogue, "policy", verb);
    if (catalogue == NULL) {
        result = result != CLI_OK ? result : CLI_REFUSED;
    } else if (command == NULL) {
        fprintf(stderr, "sojourn: this node does not offer \"policy %s\"\n", verb);
        result = CLI_REFUSED;
    } else {
        result = cli_read_words(client, command, argc, argv, body);
        result = result == CLI_OK ? post(client, verb, body) : result;
    }
    cJSON_Delete(body);
    cJSON_Delete(catalogue);
    return result;
}

/* Sends the file to the node's command of that name. */
static int send_file(const struct cli_client *client, const char *verb, const char *path) {
    cJSON *body;
    size_t length;
    char *text = read_file(path, &length);
    int result;
    if (text == NULL) {
        return CLI_REFUSED;
    }
    if (length == 0 || strlen(text) != length) {
        fprintf(stderr, "sojourn: %s: expected the text of a policy, got %s\n", path,
                length == 0 ? "an empty file" : "a file with zero bytes");
        free(text);
        return CLI_REFUSED;
    }
    body = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(body, "name", name_of(path));
    (void)cJSON_AddStringToObject(body, "text", text);
    result = post(client, verb, body);
    cJSON_Delete(body);
    free(text);
    return result;
}

static bool takes_file(const char *verb) {
    return strcmp(verb, "activate") == 0 || strcmp(verb, "shadow") == 0 ||
           strcmp(verb, "replay") == 0;
}

/* A file, or words like stop=true. */
static bool is_file(int argc, char **argv) {
    return argc == 1 && (strchr(argv[0], '=') == NULL || strchr(argv[0], '/') != NULL);
}

bool cli_is_policy_command(int argc, char **argv) {
    static const char *const verbs[] = {"check",  "test",    "activate", "shadow",
                                        "replay", "explain", "show"};
    for (size_t i = 0; argc > 0 && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(argv[0], verbs[i]) == 0) {
            return true;
        }
    }
    return argc == 0;
}

int cli_policy(const struct cli_client *client, int argc, char **argv) {
    const char *verb = argc > 0 ? argv[0] : "";
    if (argc >= 2 && (strcmp(verb, "check") == 0 || strcmp(verb, "test") == 0)) {
        return try_files(argc - 1, argv + 1, strcmp(verb, "test") == 0, client->json);
    }
    if (takes_file(verb) && is_file(argc - 1, argv + 1)) {
        return send_file(client, verb, argv[1]);
    }
    if (strcmp(verb, "explain") == 0 || strcmp(verb, "show") == 0 || strcmp(verb, "shadow") == 0) {
        return ask(client, verb, argc - 1, argv + 1);
    }
    fputs(usage_text, stderr);
    return CLI_USAGE;
}
