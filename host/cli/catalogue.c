/* Looks words of the command line up in the node's schema, and turns field=value into JSON of the
 * field's kind. */
#include "host/cli/catalogue.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/nearest.h>

enum { WORD = 160 };

cJSON *cli_catalogue(const struct cli_client *client, int *result) {
    cJSON *answer = NULL;
    *result = cli_request(client, "GET", "/api/v1/schema", NULL, &answer);
    return answer;
}

/* Compares a word of the shell with a declared name: "-" stands for "_". */
static bool same_word(const char *word, const char *name) {
    while (*word != '\0' && (*word == *name || (*word == '-' && *name == '_'))) {
        word++;
        name++;
    }
    return *word == '\0' && *name == '\0';
}

const cJSON *cli_find_resource(const cJSON *catalogue, const char *word) {
    const cJSON *one;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "resources")) {
        if (same_word(word, cli_text(one, "name")) || same_word(word, cli_text(one, "plural"))) {
            return one;
        }
    }
    return NULL;
}

const cJSON *cli_find_command(const cJSON *catalogue, const char *noun, const char *verb) {
    char wanted[WORD];
    const cJSON *one;
    (void)snprintf(wanted, sizeof wanted, "%s %s", noun, verb);
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "commands")) {
        if (strcmp(wanted, cli_text(one, "command")) == 0) {
            return one;
        }
    }
    return NULL;
}

const cJSON *cli_find_field(const cJSON *declaration, const char *name) {
    const cJSON *one;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(declaration, "fields")) {
        if (same_word(name, cli_text(one, "name"))) {
            return one;
        }
    }
    return NULL;
}

static cJSON *list_value(const cJSON *field, const char *text) {
    if (text[0] == '[') {
        return cJSON_Parse(text);
    }
    const char *element = cli_text(field, "element");
    if (strcmp(element, "record") == 0) {
        return NULL;
    }
    cJSON *array = cJSON_CreateArray();
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        char *part = strndup(text, length);
        (void)cJSON_AddItemToArray(array, strcmp(element, "integer") == 0
                                              ? cJSON_CreateNumber(strtod(part, NULL))
                                              : cJSON_CreateString(part));
        free(part);
        text += length + (text[length] == ',');
    }
    return array;
}

/* A text as people type it: null is no value, so that the default holds; "null" in quotes is the
 * word itself. */
static cJSON *text_value(const char *text) {
    return strcmp(text, "null") == 0
               ? cJSON_CreateNull()
               : cJSON_CreateString(strcmp(text, "\"null\"") == 0 ? "null" : text);
}

cJSON *cli_value_of(const cJSON *field, const char *text) {
    const char *type = cli_text(field, "type");
    if (strcmp(text, "null") == 0) {
        return cJSON_CreateNull();
    }
    if (strcmp(type, "boolean") == 0) {
        bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "on") == 0;
        bool no = strcmp(text, "false") == 0 || strcmp(text, "no") == 0 || strcmp(text, "off") == 0;
        return yes || no ? cJSON_CreateBool(yes) : cJSON_CreateString(text);
    }
    if (strcmp(type, "integer") == 0 || strcmp(type, "real") == 0) {
        /* What strtod reads besides (nan, inf, hexadecimal) goes as text: the node refuses it. */
        char *end;
        const bool decimal = strspn(text, "0123456789+-.eE") == strlen(text);
        const double number = strtod(text, &end);
        return decimal && end != text && *end == '\0' && isfinite(number)
                   ? cJSON_CreateNumber(number)
                   : cJSON_CreateString(text);
    }
    if (strcmp(type, "list") == 0) {
        cJSON *list = list_value(field, text);
        return list != NULL ? list : cJSON_CreateString(text);
    }
    if (strcmp(type, "record") == 0) {
        cJSON *record = cJSON_Parse(text);
        return record != NULL ? record : cJSON_CreateString(text);
    }
    return text_value(text);
}

static void unknown_field(const cJSON *declaration, const char *name) {
    struct sj_nearest search;
    const cJSON *one;
    sj_nearest_begin(&search, name);
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(declaration, "fields")) {
        sj_nearest_offer(&search, cli_text(one, "name"));
    }
    fprintf(stderr, "sojourn: %s has no field \"%s\"", cli_text(declaration, "name"), name);
    if (search.best != NULL) {
        fprintf(stderr, "; did you mean \"%s\"?\n", search.best);
        return;
    }
    fprintf(stderr, " (it has:");
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(declaration, "fields")) {
        fprintf(stderr, " %s", cli_text(one, "name"));
    }
    fprintf(stderr, ")\n");
}

/* "Name=x": no field's name, but meant as one. */
static bool could_be_named(const char *word) {
    const size_t length = strcspn(word, "=");
    return word[length] == '=' && length > 0 &&
           strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
               length;
}

/* "--NAME" of a declared boolean field, as which it means NAME=true: its name, or NULL. */
static const char *switched_on(const cJSON *declaration, const char *word) {
    const cJSON *field = strncmp(word, "--", 2) == 0 ? cli_find_field(declaration, word + 2) : NULL;
    return field != NULL && strcmp(cli_text(field, "type"), "boolean") == 0 ? word + 2 : NULL;
}

int cli_read_words(const struct cli_client *client, const cJSON *declaration, int argc, char **argv,
                   cJSON *body) {
    const char *positional = cli_text(declaration, "positional");
    for (int i = 0; i < argc; i++) {
        char name[WORD];
        const char *value = strchr(argv[i], '=');
        size_t length = value == NULL ? 0 : (size_t)(value - argv[i]);
        /* A word is FIELD=VALUE when what stands before "=" can be a field's name; dialled digits
         * and file texts cannot. */
        bool named = value != NULL && length > 0 && length < WORD &&
                     strspn(argv[i], "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
        const char *flag =
            cli_is_option(client, &argv[i]) ? switched_on(declaration, argv[i]) : NULL;
        if (flag != NULL) {
            (void)snprintf(name, sizeof name, "%s", flag);
            value = "true";
        } else if (named) {
            (void)snprintf(name, sizeof name, "%.*s", (int)length, argv[i]);
            value++;
        } else {
            length = strcspn(positional, " ");
            if (length == 0 && could_be_named(argv[i])) {
                (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(argv[i], "="), argv[i]);
                unknown_field(declaration, name);
                return CLI_USAGE;
            }
            if (length == 0) {
                fprintf(stderr, "sojourn: \"%s\" is one word too many: expected FIELD=VALUE\n",
                        argv[i]);
                return CLI_USAGE;
            }
            (void)snprintf(name, sizeof name, "%.*s", (int)length, positional);
            positional += length + (positional[length] == ' ');
            value = argv[i];
        }
        const cJSON *field = cli_find_field(declaration, name);
        if (field == NULL) {
            unknown_field(declaration, name);
            return CLI_USAGE;
        }
        if (cJSON_HasObjectItem(body, cli_text(field, "name"))) {
            fprintf(stderr, "sojourn: %s is given twice\n", name);
            return CLI_USAGE;
        }
        (void)cJSON_AddItemToObject(body, cli_text(field, "name"), cli_value_of(field, value));
        if (flag == NULL && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(field, "sensitive"))) {
            explicit_bzero(argv[i] + (value - argv[i]), strlen(value));
        }
    }
    return CLI_OK;
}
