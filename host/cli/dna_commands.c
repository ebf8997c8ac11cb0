/* `sojourn dna test`: reads a file of tests, and one of changes, and prints what came of them as
 * TAP. */
#include "host/cli/dna_commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "host/cli/lua_file.h"
#include "host/cli/print.h"

enum { TESTS_AT_ONCE = 200 };

/* Counted over all parts of the file. */
struct results {
    size_t count, failed;
    size_t sent; /* in the parts before */
};

/* ---- changes ---- */

static void add_change(cJSON *changes, const char *resource, const cJSON *record,
                       const char *removed) {
    cJSON *change = cJSON_CreateObject();
    char *text = record == NULL ? NULL : cJSON_PrintUnformatted(record);
    (void)cJSON_AddStringToObject(change, "resource", resource);
    (void)cJSON_AddStringToObject(change, text != NULL ? "record" : "removed",
                                  text != NULL ? text : removed);
    (void)cJSON_AddItemToArray(changes, change);
    cJSON_free(text);
}

static void add_removals(cJSON *changes, const cJSON *removals) {
    const cJSON *keys, *key;
    cJSON_ArrayForEach(keys, removals) {
        cJSON_ArrayForEach(key, keys) {
            add_change(changes, keys->string, NULL, cJSON_IsString(key) ? key->valuestring : "");
        }
    }
}

/* The records of an apply file, one by one. */
static cJSON *changes_of(const cJSON *content) {
    cJSON *changes = cJSON_CreateArray();
    const cJSON *member, *record;
    cJSON_ArrayForEach(member, content) {
        if (strcmp(member->string, "remove") == 0) {
            add_removals(changes, member);
        } else if (cJSON_IsArray(member)) {
            cJSON_ArrayForEach(record, member) {
                add_change(changes, member->string, record, NULL);
            }
        } else if (cJSON_IsObject(member)) {
            add_change(changes, member->string, member, NULL);
        }
    }
    return changes;
}

/* Whether the file could be applied: what is wrong with it is said as apply says it. */
static int try_changes(const struct cli_client *client, const char *path, const cJSON *content) {
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    (void)cJSON_AddStringToObject(body, "file", path);
    (void)cJSON_AddBoolToObject(body, "dry_run", true);
    (void)cJSON_AddItemToObject(body, "content", cJSON_Duplicate(content, true));
    const int result = cli_request(client, "POST", "/api/v1/apply", body, &answer);
    cJSON_Delete(answer);
    cJSON_Delete(body);
    return result;
}

/* ---- tests ---- */

static void print_results(const cJSON *answer, struct results *results) {
    const cJSON *one;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(answer, "results")) {
        const bool passed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(one, "passed"));
        results->count++;
        results->failed += passed ? 0 : 1;
        cli_print_case(results->count, cli_text(one, "name"), passed, cli_text(one, "text"));
    }
}

/* "tests[49].digits" of the part that was sent as people count the file: from one, all parts. */
static void renumber(cJSON *problem, const char *member, size_t before) {
    static const char list[] = "tests[";
    const char *text = cli_text(problem, member);
    char *rest;
    if (strncmp(text, list, sizeof list - 1) == 0) {
        const size_t number = strtoul(text + sizeof list - 1, &rest, 10);
        sj_text place = {0};
        sj_text_printf(&place, "%s%zu%s", list, before + number + 1, rest);
        if (!place.failed) {
            (void)cJSON_ReplaceItemInObjectCaseSensitive(problem, member,
                                                         cJSON_CreateString(place.data));
        }
        sj_text_clear(&place);
    }
}

static void renumber_all(cJSON *problem, size_t before) {
    cJSON *one;
    renumber(problem, "detail", before);
    renumber(problem, "field", before);
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(problem, "errors")) {
        renumber(one, "detail", before);
        renumber(one, "field", before);
        renumber(one, "path", before);
    }
}

/* Some of the tests. */
static int send_tests(const struct cli_client *client, cJSON *tests, const cJSON *changes,
                      bool as_they_are, cJSON *gathered, struct results *results) {
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    (void)cJSON_AddItemToObject(body, "tests", tests);
    (void)cJSON_AddBoolToObject(body, "phones_as_they_are", as_they_are);
    if (changes != NULL) {
        (void)cJSON_AddItemToObject(body, "changes", cJSON_Duplicate(changes, true));
    }
    long http_status;
    int result =
        cli_request_quietly(client, "POST", "/api/v1/do/dna/test", body, &answer, &http_status);
    if (result == CLI_REFUSED) {
        renumber_all(answer, results->sent);
        result = cli_end_refused(client, "POST", http_status, &answer);
    }
    if (result == CLI_OK && client->json) {
        cJSON *found = cJSON_GetObjectItemCaseSensitive(answer, "results");
        while (found != NULL && found->child != NULL) {
            (void)cJSON_AddItemToArray(gathered, cJSON_DetachItemViaPointer(found, found->child));
        }
        const cJSON *failed = cJSON_GetObjectItemCaseSensitive(answer, "failed");
        results->failed += cJSON_IsNumber(failed) ? (size_t)failed->valuedouble : 0;
    } else if (result == CLI_OK) {
        print_results(answer, results);
    }
    cJSON_Delete(answer);
    cJSON_Delete(body);
    return result;
}

static int run(const struct cli_client *client, cJSON *tests, const cJSON *changes,
               bool as_they_are) {
    struct results results = {0};
    cJSON *gathered = cJSON_CreateArray();
    int result = CLI_OK;
    while (result == CLI_OK && tests->child != NULL) {
        cJSON *some = cJSON_CreateArray();
        size_t count = 0;
        for (; count < TESTS_AT_ONCE && tests->child != NULL; count++) {
            (void)cJSON_AddItemToArray(some, cJSON_DetachItemViaPointer(tests, tests->child));
        }
        result = send_tests(client, some, changes, as_they_are, gathered, &results);
        results.sent += count;
    }
    if (result == CLI_OK && client->json) {
        cli_print_json(gathered);
    } else if (result == CLI_OK) {
        printf("1..%zu\n", results.count);
    }
    cJSON_Delete(gathered);
    return result == CLI_OK && results.failed > 0 ? CLI_REFUSED : result;
}

int cli_dna_test(const struct cli_client *client, int argc, char **argv) {
    const char *file = NULL, *with = NULL;
    bool as_they_are = false, good = true;
    for (int i = 0; i < argc; i++) {
        const bool option = cli_is_option(client, &argv[i]);
        if (option && strcmp(argv[i], "--with") == 0 && i + 1 < argc) {
            with = argv[++i];
        } else if (option && strcmp(argv[i], "--phones-as-they-are") == 0) {
            as_they_are = true;
        } else if (file == NULL && !option && strchr(argv[i], '=') == NULL) {
            file = argv[i];
        } else {
            fprintf(stderr, "sojourn: dna test: unknown word %s\n", argv[i]);
            good = false;
        }
    }
    if (file == NULL || !good) {
        fprintf(stderr,
                "usage: sojourn dna test FILE.lua [--with CHANGES.lua] [--phones-as-they-are]\n");
        return CLI_USAGE;
    }
    cJSON *tests = cli_lua_file(file);
    cJSON *content = tests != NULL && with != NULL ? cli_lua_file(with) : NULL;
    cJSON *changes = content != NULL ? changes_of(content) : NULL;
    int result = tests == NULL || (with != NULL && content == NULL) ? CLI_REFUSED : CLI_OK;
    if (result == CLI_OK && !cJSON_IsArray(tests)) {
        fprintf(stderr, "sojourn: %s: expected a list of tests, got names\n", file);
        result = CLI_REFUSED;
    } else if (result == CLI_OK && tests->child == NULL) {
        fprintf(stderr, "sojourn: %s: expected at least one test, got none\n", file);
        result = CLI_REFUSED;
    }
    if (result == CLI_OK && content != NULL) {
        result = try_changes(client, with, content);
    }
    if (result == CLI_OK) {
        result = run(client, tests, changes, as_they_are);
    }
    cJSON_Delete(changes);
    cJSON_Delete(content);
    cJSON_Delete(tests);
    return result;
}
