/* `sojourn apply`: sends the file, prints each change as a line with + - or ~, and waits for a
 * job's end. */
#include "host/cli/apply_command.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <sojourn/base/hex.h>
#include <sojourn/base/text.h>

#include "host/cli/catalogue.h"
#include "host/cli/follow.h"
#include "host/cli/lua_file.h"
#include "host/cli/print.h"

enum { KEY = 33, PATH = 160 };

/* ---- what came of it ---- */

static void print_value(const cJSON *value) {
    char *text = cJSON_PrintUnformatted(value);
    (void)fputs(sj_or_empty(text), stdout);
    cJSON_free(text);
}

/* "description "a" -> "b"", and of what is not shown the name alone. */
static void print_field(const cJSON *change, const char *name) {
    const cJSON *values =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(change, "values"), name);
    (void)fputs(name, stdout);
    if (values != NULL) {
        (void)putchar(' ');
        print_value(cJSON_GetObjectItemCaseSensitive(values, "old"));
        (void)fputs(" -> ", stdout);
        print_value(cJSON_GetObjectItemCaseSensitive(values, "new"));
    }
}

static void print_changes(const cJSON *answer) {
    const cJSON *one, *left_out = cJSON_GetObjectItemCaseSensitive(answer, "changes_left_out");
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(answer, "changes")) {
        const cJSON *field;
        bool first = true;
        const char *action = cli_text(one, "action");
        printf("%s %s %s",
               strcmp(action, "added") == 0     ? "+"
               : strcmp(action, "removed") == 0 ? "-"
                                                : "~",
               cli_text(one, "resource"), cli_text(one, "key"));
        cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(one, "fields")) {
            (void)fputs(first ? ": " : ", ", stdout);
            print_field(one, cJSON_IsString(field) ? field->valuestring : "");
            first = false;
        }
        (void)putchar('\n');
    }
    if (cJSON_IsNumber(left_out) && left_out->valuedouble > 0) {
        printf("... and %.0f more\n", left_out->valuedouble);
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(answer, "notes")) {
        (void)printf("note: %s\n", cJSON_IsString(one) ? one->valuestring : "");
    }
    if (cli_text(answer, "message")[0] != '\0') {
        (void)puts(cli_text(answer, "message"));
    }
}

static int show(const struct cli_client *client, const cJSON *answer) {
    if (client->json) {
        cli_print_json(answer);
    } else {
        print_changes(answer);
    }
    return CLI_OK;
}

/* ---- a job ---- */

static int interrupted(const char *job_id) {
    cli_end_progress();
    fprintf(stderr,
            "sojourn: job %s goes on: sojourn job get %s shows how far it is, sojourn job cancel "
            "%s ends it (nothing is changed "
            "then), sojourn apply --outcome %s waits for it\n",
            job_id, job_id, job_id, job_id);
    return CLI_UNKNOWN;
}

/* Waits for the outcome of a job, or of an apply by its key. */
static int follow(const struct cli_client *client, const char *id) {
    char path[PATH], segment[PATH / 2];
    long pause = 0;
    cli_escape(id, segment, sizeof segment);
    (void)snprintf(path, sizeof path, "/api/v1/apply/%s", segment);
    for (;;) {
        cJSON *answer = NULL;
        long http_status;
        int result = cli_request_quietly(client, "GET", path, NULL, &answer, &http_status);
        if (result == CLI_OK && http_status == 202) {
            cli_print_progress(answer);
            cJSON_Delete(answer);
            cli_pause(&pause);
            if (cli_interrupted) {
                return interrupted(id);
            }
            continue;
        }
        cli_end_progress();
        if (cli_interrupted && result != CLI_OK) {
            cJSON_Delete(answer);
            return interrupted(id);
        }
        if (result == CLI_OK) {
            result = show(client, answer);
        } else if (result == CLI_REFUSED) {
            cli_explain_refusal(answer, http_status);
            result = http_status == 404 ? CLI_UNKNOWN : CLI_REFUSED;
        } else {
            fprintf(stderr,
                    "sojourn: how the apply ended is not known; sojourn apply --outcome %s asks "
                    "again\n",
                    id);
            result = CLI_UNKNOWN;
        }
        cJSON_Delete(answer);
        return result;
    }
}

/* ---- the command ---- */

static bool make_key(char key[KEY]) {
    unsigned char bytes[(KEY - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return false;
    }
    sj_hex_write(bytes, sizeof bytes, key);
    return true;
}

static int send_file(const struct cli_client *client, const char *file, bool dry_run) {
    char key[KEY];
    struct cli_client keyed = *client;
    long http_status = 0;
    cJSON *content = cli_lua_file(file), *answer = NULL;
    if (content == NULL) {
        return CLI_REFUSED;
    }
    cJSON *body = cJSON_CreateObject();
    (void)cJSON_AddItemToObject(body, "file", cJSON_CreateString(file));
    (void)cJSON_AddItemToObject(body, "dry_run", cJSON_CreateBool(dry_run));
    (void)cJSON_AddItemToObject(body, "content", content);
    keyed.key = make_key(key) ? key : NULL;
    cli_catch_interrupt();
    int result = cli_request_quietly(&keyed, "POST", "/api/v1/apply", body, &answer, &http_status);
    cJSON_Delete(body);
    if (result == CLI_OK && http_status == 202) {
        char job_id[64];
        (void)snprintf(job_id, sizeof job_id, "%s", cli_text(answer, "job_id"));
        result = follow(client, job_id);
    } else if (result == CLI_OK) {
        result = show(client, answer);
    } else if (result == CLI_REFUSED) {
        cli_explain_refusal(answer, http_status);
        result = http_status == 504 ? follow(client, key) : CLI_REFUSED;
    }
    cJSON_Delete(answer);
    return result;
}

int cli_apply(const struct cli_client *client, int argc, char **argv) {
    const char *file = NULL;
    bool dry_run = false, good = true;
    if (argc == 2 && cli_is_option(client, argv) && strcmp(argv[0], "--outcome") == 0) {
        cli_catch_interrupt();
        return follow(client, argv[1]);
    }
    for (int i = 0; i < argc; i++) {
        const bool option = cli_is_option(client, &argv[i]);
        if (option && strcmp(argv[i], "--dry-run") == 0) {
            dry_run = true;
        } else if (file == NULL && !option) {
            file = argv[i];
        } else {
            good = false;
        }
    }
    if (file == NULL || !good) {
        fprintf(stderr, "usage: sojourn apply FILE.lua [--dry-run] | --outcome JOB\n");
        return CLI_USAGE;
    }
    return send_file(client, file, dry_run);
}
