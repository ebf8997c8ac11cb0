/* The verbs of resources, parameters and declared commands, each turned into one request; ends with
 * its exit code. */
#include "host/cli/resource_commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/nearest.h>

#include "host/cli/catalogue.h"
#include "host/cli/follow.h"
#include "host/cli/help.h"
#include "host/cli/password.h"
#include "host/cli/print.h"
#include "host/cli/readable.h"

enum { PATH = 2048, SEGMENT = 1200, PAGE = 1000 };

static int usage(const char *text) {
    fprintf(stderr, "usage: sojourn %s\n", text);
    return CLI_USAGE;
}

static void show(const struct cli_client *client, const cJSON *answer) {
    if (client->json) {
        cli_print_json(answer);
    } else if (answer != NULL) {
        cli_print(answer);
    }
}

static bool is_singleton(const cJSON *resource) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(resource, "singleton"));
}

static void path_of(const cJSON *resource, const char *key, char path[PATH]) {
    char segment[SEGMENT];
    if (key == NULL) {
        (void)snprintf(path, PATH, "/api/v1/%s", cli_text(resource, "plural"));
        return;
    }
    cli_escape(key, segment, sizeof segment);
    (void)snprintf(path, PATH, "/api/v1/%s/%s", cli_text(resource, "plural"), segment);
}

/* The records of an answer: the array itself, or its member "items". */
static const cJSON *items_of(const cJSON *answer) {
    return cJSON_IsArray(answer) ? answer : cJSON_GetObjectItemCaseSensitive(answer, "items");
}

/* Says on stderr that nothing matches, so that what reads stdout gets no line. */
static void say_none(const cJSON *resource, const cJSON *conditions) {
    const cJSON *one;
    fprintf(stderr, "sojourn: no %s%s\n", cli_text(resource, "name"),
            conditions->child != NULL ? " matches" : " is stored");
    cJSON_ArrayForEach(one, conditions) {
        if (cJSON_IsString(one) && strchr(one->valuestring, '*') != NULL) {
            fprintf(
                stderr,
                "sojourn: %s=%s compares equal: * stands for itself here, not for any characters\n",
                one->string, one->valuestring);
        }
    }
}

/* All pages, joined. */
static int list(const struct cli_client *client, const cJSON *resource, int argc, char **argv) {
    char path[PATH], after[SEGMENT] = "";
    cJSON *conditions = cJSON_CreateObject(), *all = cJSON_CreateArray();
    int result = cli_read_words(client, resource, argc, argv, conditions);
    for (bool more = true; more && result == CLI_OK;) {
        size_t at =
            (size_t)snprintf(path, PATH, "/api/v1/%s?limit=%d", cli_text(resource, "plural"), PAGE);
        const cJSON *one;
        cJSON_ArrayForEach(one, conditions) {
            char value[SEGMENT], *text = cJSON_IsString(one) ? strdup(one->valuestring)
                                                             : cJSON_PrintUnformatted(one);
            cli_escape(text, value, sizeof value);
            free(text);
            int added =
                at < PATH ? snprintf(path + at, PATH - at, "&%s=%s", one->string, value) : 0;
            at += added > 0 ? (size_t)added : 0;
        }
        if (after[0] != '\0' && at < PATH) {
            (void)snprintf(path + at, PATH - at, "&after=%s", after);
        }
        cJSON *answer = NULL;
        result = cli_request(client, "GET", path, NULL, &answer);
        more = false;
        if (result == CLI_OK) {
            const cJSON *next = cJSON_GetObjectItemCaseSensitive(answer, "next");
            if (cJSON_IsString(next) && next->valuestring[0] != '\0') {
                cli_escape(next->valuestring, after, sizeof after);
                more = true;
            }
            cJSON *items =
                cJSON_IsArray(answer) ? answer : cJSON_DetachItemFromObject(answer, "items");
            while (cJSON_GetArraySize(items) > 0) {
                (void)cJSON_AddItemToArray(all, cJSON_DetachItemFromArray(items, 0));
            }
            if (items != answer) {
                cJSON_Delete(items);
            }
        }
        cJSON_Delete(answer);
    }
    if (result == CLI_OK) {
        cJSON *one = client->json ? NULL : all->child;
        for (; one != NULL; one = one->next) {
            cli_make_record_readable(resource, one);
        }
        if (all->child == NULL && !client->json) {
            say_none(resource, conditions);
        } else {
            show(client, all);
        }
    }
    cJSON_Delete(all);
    cJSON_Delete(conditions);
    return result;
}

static int write_record(const struct cli_client *client, const cJSON *resource, const char *method,
                        const char *key, int argc, char **argv) {
    char path[PATH];
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    int result = cli_read_words(client, resource, argc, argv, body);
    if (result == CLI_OK) {
        path_of(resource, key, path);
        result = cli_request(client, method, path, body, &answer);
    }
    if (result == CLI_OK && client->json) {
        cli_print_json(answer);
    }
    cJSON_Delete(answer);
    cJSON_Delete(body);
    return result;
}

static int remove_record(const struct cli_client *client, const cJSON *resource, const char *key,
                         bool force) {
    char path[PATH + 16];
    cJSON *answer = NULL;
    path_of(resource, key, path);
    if (force) {
        (void)snprintf(path + strlen(path), sizeof path - strlen(path), "?force=true");
    }
    int result = cli_request(client, "DELETE", path, NULL, &answer);
    cJSON_Delete(answer);
    return result;
}

int cli_resource(const struct cli_client *client, const cJSON *catalogue, const cJSON *resource,
                 int argc, char **argv) {
    const char *verb = argc > 0 ? argv[0] : "";
    bool single = is_singleton(resource);
    const char *key = single ? "default" : argc > 1 ? argv[1] : NULL;
    int skip = single ? 1 : 2;
    if (strcmp(verb, "list") == 0 && !single) {
        return list(client, resource, argc - 1, argv + 1);
    }
    if ((strcmp(verb, "get") == 0 || strcmp(verb, "show") == 0) && key != NULL && argc == skip) {
        char path[PATH];
        cJSON *answer = NULL;
        path_of(resource, key, path);
        int result = cli_request(client, "GET", path, NULL, &answer);
        if (result == CLI_OK) {
            if (!client->json) {
                cli_make_record_readable(resource, answer);
            }
            show(client, answer);
        }
        cJSON_Delete(answer);
        return result;
    }
    if (strcmp(verb, "add") == 0 && !single && argc > 1) {
        return write_record(client, resource, "POST", NULL, argc - 1, argv + 1);
    }
    if (strcmp(verb, "set") == 0 && key != NULL && argc > skip) {
        return write_record(client, resource, "PATCH", key, argc - skip, argv + skip);
    }
    if (strcmp(verb, "remove") == 0 && !single &&
        (argc == 2 || (argc == 3 && strcmp(argv[2], "force=true") == 0))) {
        return remove_record(client, resource, key, argc == 3);
    }
    return cli_wrong_words(catalogue, resource, verb);
}

/* An answer that says itself that not all is well: something is not ready or not valid, or some of
 * what was tried failed. */
static bool is_failure(const cJSON *answer) {
    const cJSON *failed = cJSON_GetObjectItemCaseSensitive(answer, "failed");
    return cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(answer, "ready")) ||
           cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(answer, "valid")) ||
           (cJSON_IsNumber(failed) && failed->valuedouble > 0);
}

int cli_end_of_job(const struct cli_client *client, cJSON *answer) {
    cJSON *job = NULL;
    const char *job_id = cli_text(answer, "job_id");
    const int result = job_id[0] != '\0' ? cli_follow_job(client, job_id, &job) : CLI_OK;
    if (job != NULL) {
        (void)cJSON_AddItemToObject(answer, "status", cJSON_CreateString(cli_text(job, "status")));
    }
    if (cli_text(job, "result")[0] != '\0') {
        (void)cJSON_ReplaceItemInObjectCaseSensitive(answer, "message",
                                                     cJSON_CreateString(cli_text(job, "result")));
    }
    cJSON_Delete(job);
    return result;
}

/* Whether the node misses a secret, which nobody has typed, and it is in `body` now. */
static bool add_secret(const cJSON *command, const cJSON *problem, cJSON *body) {
    enum { ROOM = 1024, PROMPT = 200 };
    char secret[ROOM] = "", prompt[PROMPT];
    const cJSON *field = cli_find_field(command, cli_text(problem, "field"));
    if (field == NULL || !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(field, "sensitive")) ||
        cJSON_HasObjectItem(body, cli_text(field, "name"))) {
        return false;
    }
    (void)snprintf(prompt, sizeof prompt, "The %s for %s: ", cli_text(field, "name"),
                   cli_text(command, "command"));
    const bool twice = strcmp(cli_text(field, "format"), "new_password") == 0;
    const bool there = cli_read_secret(prompt, twice, secret, sizeof secret) &&
                       cJSON_AddStringToObject(body, cli_text(field, "name"), secret) != NULL;
    explicit_bzero(secret, sizeof secret);
    return there;
}

int cli_command(const struct cli_client *client, const cJSON *command, int argc, char **argv) {
    char path[PATH] = "/api/v1/do/";
    cJSON *body = cJSON_CreateObject(), *answer = NULL;
    int result = cli_read_words(client, command, argc, argv, body);
    if (result == CLI_OK) {
        (void)snprintf(path + strlen(path), PATH - strlen(path), "%s",
                       cli_text(command, "command"));
        for (char *p = path; *p != '\0'; p++) {
            if (*p == ' ') {
                *p = '/';
            }
        }
        long http_status;
        result = cli_request_quietly(client, "POST", path, body, &answer, &http_status);
        if (result == CLI_REFUSED && add_secret(command, answer, body)) {
            cJSON_Delete(answer);
            result = cli_request(client, "POST", path, body, &answer);
        } else if (result == CLI_REFUSED) {
            result = cli_end_refused(client, "POST", http_status, &answer);
        }
    }
    if (result == CLI_OK) {
        result = is_failure(answer) ? CLI_REFUSED : cli_end_of_job(client, answer);
        show(client, answer);
    }
    cJSON_Delete(answer);
    cJSON_Delete(body);
    return result;
}

/* Whether there are parameters of such a service; else it is said which there are. */
static bool is_service(const cJSON *catalogue, const char *service) {
    const cJSON *one;
    const char *last = "";
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "parameters")) {
        if (strcasecmp(cli_text(one, "service"), service) == 0) {
            return true;
        }
    }
    fprintf(stderr, "sojourn: no service \"%s\" has parameters: expected one of", service);
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "parameters")) {
        if (strcmp(cli_text(one, "service"), last) != 0) {
            fprintf(stderr, "%s \"%s\"", last[0] != '\0' ? "," : "", cli_text(one, "service"));
            last = cli_text(one, "service");
        }
    }
    fprintf(stderr, "\n");
    return false;
}

/* A parameter by symbol, or by its printed name within the service. */
static const cJSON *find_param(const cJSON *catalogue, const char *service, const char *name) {
    const cJSON *one;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "parameters")) {
        if (strcasecmp(cli_text(one, "service"), service) == 0 &&
            (strcmp(cli_text(one, "symbol"), name) == 0 ||
             strcmp(cli_text(one, "name"), name) == 0 ||
             strcasecmp(cli_text(one, "title"), name) == 0)) {
            return one;
        }
    }
    if (is_service(catalogue, service)) {
        struct sj_nearest search;
        sj_nearest_begin(&search, name);
        cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "parameters")) {
            if (strcasecmp(cli_text(one, "service"), service) == 0) {
                sj_nearest_offer(&search, cli_text(one, "title"));
            }
        }
        fprintf(stderr, "sojourn: no parameter \"%s\" of service \"%s\"", name, service);
        if (search.best != NULL) {
            fprintf(stderr, "; did you mean \"%s\"?\n", search.best);
        } else {
            fprintf(stderr, ": see sojourn param list \"%s\"\n", service);
        }
    }
    return NULL;
}

static int list_params(const struct cli_client *client, const cJSON *catalogue,
                       const char *service) {
    static const char *const columns[] = {"service", "title", "value", "range", NULL};
    cJSON *answer = NULL;
    if (service != NULL && !is_service(catalogue, service)) {
        return CLI_REFUSED;
    }
    int result = cli_request(client, "GET", "/api/v1/parameters", NULL, &answer);
    if (result == CLI_OK) {
        cJSON *chosen = cJSON_CreateArray();
        const cJSON *one;
        cJSON_ArrayForEach(one, items_of(answer)) {
            if (service == NULL || strcasecmp(cli_text(one, "service"), service) == 0) {
                cJSON *copy = cJSON_Duplicate(one, true);
                if (!client->json) {
                    cli_make_param_readable(catalogue, copy);
                }
                (void)cJSON_AddItemToArray(chosen, copy);
            }
        }
        if (client->json) {
            cli_print_json(chosen);
        } else {
            cli_print_table(chosen, columns);
        }
        cJSON_Delete(chosen);
    }
    cJSON_Delete(answer);
    return result;
}

int cli_param(const struct cli_client *client, const cJSON *catalogue, int argc, char **argv) {
    const char *verb = argc > 0 ? argv[0] : "";
    if (strcmp(verb, "list") == 0 && argc <= 2) {
        return list_params(client, catalogue, argc == 2 ? argv[1] : NULL);
    }
    bool set = strcmp(verb, "set") == 0 && argc == 4;
    if (!set && !(strcmp(verb, "get") == 0 && argc == 3)) {
        return usage("param list [SERVICE] | get SERVICE NAME | set SERVICE NAME VALUE");
    }
    const cJSON *param = find_param(catalogue, argv[1], argv[2]);
    if (param == NULL) {
        return CLI_REFUSED;
    }
    char path[PATH], service[SEGMENT];
    cJSON *body = set ? cJSON_CreateObject() : NULL, *answer = NULL;
    cli_escape(cli_text(param, "service"), service, sizeof service);
    (void)snprintf(path, sizeof path, "/api/v1/parameters/%s/%s", service,
                   cli_text(param, "symbol"));
    if (set) {
        (void)cJSON_AddItemToObject(
            body, "value", cli_value_of(cJSON_GetObjectItemCaseSensitive(param, "field"), argv[3]));
    }
    int result = cli_request(client, set ? "PUT" : "GET", path, body, &answer);
    if (result == CLI_OK && (!set || client->json)) {
        if (!client->json) {
            cli_make_param_readable(catalogue, answer);
        }
        show(client, answer);
    }
    cJSON_Delete(answer);
    cJSON_Delete(body);
    return result;
}
