/* Prints the help of a noun, verb or field from its declaration; for a wrong word, the nearest
 * right ones. */
#include "host/cli/help.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/nearest.h>
#include <sojourn/base/text.h>

#include "host/cli/catalogue.h"

enum { WORD = 160 };

static bool is_set(const cJSON *declaration, const char *name) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(declaration, name));
}

static void print_dashed(FILE *out, const char *name) {
    for (; *name != '\0'; name++) {
        (void)fputc(*name == '_' ? '-' : *name, out);
    }
}

static void dash(char *name) {
    for (; *name != '\0'; name++) {
        *name = (char)(*name == '_' ? '-' : *name);
    }
}

/* ---- fields ---- */

static void print_number(double value, bool minutes) {
    if (minutes) {
        printf("%lld:%02lld", (long long)value / 60, (long long)value % 60);
    } else {
        printf("%.15g", value);
    }
}

static void print_range(const cJSON *field, const char *word, bool minutes) {
    const cJSON *min = cJSON_GetObjectItemCaseSensitive(field, "min"),
                *max = cJSON_GetObjectItemCaseSensitive(field, "max");
    const char *unit = minutes ? "" : cli_text(field, "unit");
    if (!cJSON_IsNumber(max)) {
        printf("%s", word);
    } else {
        printf("%s%s", minutes ? word : "", minutes ? ", " : "");
        print_number(cJSON_IsNumber(min) ? min->valuedouble : 0, minutes);
        printf(" to ");
        print_number(max->valuedouble, minutes);
    }
    printf("%s%s", unit[0] != '\0' ? " " : "", unit);
}

static void print_choices(const cJSON *field) {
    const cJSON *choice;
    bool first = true;
    cJSON_ArrayForEach(choice, cJSON_GetObjectItemCaseSensitive(field, "choices")) {
        printf("%s%s", first ? "" : " | ", choice->valuestring);
        first = false;
    }
}

/* An object in JSON with the members that it must have, or else its first. */
static void print_example(const cJSON *field) {
    const cJSON *member, *fields = cJSON_GetObjectItemCaseSensitive(field, "fields");
    bool first = true;
    printf("{");
    cJSON_ArrayForEach(member, fields) {
        if (is_set(member, "required")) {
            printf("%s\"%s\":...", first ? "" : ",", cli_text(member, "name"));
            first = false;
        }
    }
    if (first && fields != NULL) {
        printf("\"%s\":...", cli_text(fields->child, "name"));
    }
    printf("}");
}

static void print_list_kind(const cJSON *field) {
    const char *element = cli_text(field, "element");
    if (strcmp(element, "record") == 0) {
        printf("list '[");
        print_example(field);
        printf(",...]'");
    } else if (strcmp(element, "reference") == 0) {
        printf("list of ");
        print_dashed(stdout, cli_text(field, "target"));
        printf(" KEY,KEY...");
    } else {
        printf("list of %ss, separated by commas", element);
    }
}

static void print_kind(const cJSON *field) {
    const char *type = cli_text(field, "type");
    if (strcmp(type, "boolean") == 0) {
        printf("true | false");
    } else if (strcmp(type, "enum") == 0) {
        print_choices(field);
    } else if (strcmp(type, "integer") == 0 || strcmp(type, "real") == 0) {
        print_range(field, "number", false);
    } else if (strcmp(type, "minutes") == 0) {
        print_range(field, "HHH:MM", true);
    } else if (strcmp(type, "reference") == 0) {
        print_dashed(stdout, cli_text(field, "target"));
        printf(" KEY");
    } else if (strcmp(type, "time") == 0) {
        printf("time such as 2026-01-31T08:00:00Z");
    } else if (strcmp(type, "record") == 0) {
        printf("'");
        print_example(field);
        printf("'");
    } else if (strcmp(type, "list") == 0) {
        print_list_kind(field);
    } else {
        printf("%s", type);
    }
}

/* What may be given for a field, and what happens when nothing is. */
static void print_field(const cJSON *field, const char *indent, bool written) {
    const char *fallback = cli_text(field, "default");
    printf("%s%s (", indent, cli_text(field, "name"));
    print_kind(field);
    if (written && fallback[0] != '\0') {
        printf("; default %s", fallback);
    } else if (written && is_set(field, "required")) {
        printf("; required");
    }
    printf("): %s\n", cli_text(field, "doc"));
    const cJSON *member;
    if (strcmp(cli_text(field, "type"), "record") == 0 ||
        strcmp(cli_text(field, "element"), "record") == 0) {
        char deeper[WORD];
        (void)snprintf(deeper, sizeof deeper, "%s    ", indent);
        cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(field, "fields")) {
            print_field(member, deeper, written);
        }
    }
}

/* ---- objects and commands ---- */

static void print_key(FILE *out, const cJSON *resource) {
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(resource, "key"), *part;
    bool first = true;
    cJSON_ArrayForEach(part, key) {
        fprintf(out, "%s%s", first ? "" : "@", part->valuestring);
        first = false;
    }
}

static void print_usage_of_object(FILE *out, const cJSON *resource) {
    const char *name = cli_text(resource, "name");
    bool single = is_set(resource, "singleton"), running = is_set(resource, "runtime");
    const char *verbs = single    ? running ? "get" : "get | set FIELD=VALUE..."
                        : running ? "list [FIELD=VALUE...] | get KEY"
                                  : "list [FIELD=VALUE...] | get KEY | add FIELD=VALUE... | set "
                                    "KEY FIELD=VALUE... | remove KEY "
                                    "[force=true]";
    fprintf(out, "sojourn ");
    print_dashed(out, name);
    fprintf(out, " %s\n", verbs);
    if (!single) {
        fprintf(out, "  KEY is the ");
        print_key(out, resource);
        fprintf(out, "\n");
    }
}

static void print_usage_of(const cJSON *command, bool fields) {
    const cJSON *field;
    printf("  %s", cli_text(command, "command"));
    cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(command, "fields")) {
        const char *name = cli_text(field, "name");
        bool required = is_set(field, "required"),
             bare = strstr(cli_text(command, "positional"), name) != NULL;
        printf(" %s%s%s%s", required ? "" : "[", name, bare ? "" : "=...", required ? "" : "]");
    }
    printf("\n      %s\n", cli_text(command, "doc"));
    if (fields) {
        cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(command, "fields")) {
            print_field(field, "        ", true);
        }
    }
}

static bool is_of(const cJSON *command, const char *noun) {
    const char *words = cli_text(command, "command");
    return strncmp(words, noun, strlen(noun)) == 0 && words[strlen(noun)] == ' ';
}

static void print_object(const cJSON *resource) {
    bool running = is_set(resource, "runtime"), secrets = false;
    const cJSON *field;
    printf("%s: %s\n  ", cli_text(resource, "title"), cli_text(resource, "doc"));
    print_usage_of_object(stdout, resource);
    printf("Fields:\n");
    cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(resource, "fields")) {
        secrets = secrets || strcmp(cli_text(field, "type"), "secret") == 0;
        print_field(field, "  ", !running);
    }
    if (!running) {
        printf("FIELD=null sets a field back to its default%s\n",
               secrets ? "; it is how a secret is taken away (an empty text is refused)." : ".");
    }
}

bool cli_print_help(const cJSON *catalogue, const char *noun) {
    const cJSON *one, *resource = noun == NULL ? NULL : cli_find_resource(catalogue, noun);
    bool printed = noun == NULL || resource != NULL;
    if (noun == NULL) {
        printf("Configured and running objects (list, get, add, set, remove):\n");
        cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "resources")) {
            printf("  ");
            print_dashed(stdout, cli_text(one, "name"));
            printf(": %s\n", cli_text(one, "doc"));
        }
        printf("Commands:\n");
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "commands")) {
        if (noun == NULL || is_of(one, noun)) {
            print_usage_of(one, noun != NULL);
            printed = true;
        }
    }
    if (resource != NULL) {
        print_object(resource);
    }
    return printed;
}

/* ---- after a wrong word ---- */

static void offer(struct sj_nearest *search, const char *word, char best[WORD]) {
    const size_t distance = search->distance;
    sj_nearest_offer(search, word);
    if (search->distance < distance) {
        (void)snprintf(best, WORD, "%s", word);
    }
}

/* The nearest noun to a mistyped one, or NULL. `best` has room for WORD. */
static const char *nearest_noun(const cJSON *catalogue, const char *noun, char *best) {
    struct sj_nearest search;
    const cJSON *one;
    char first[WORD];
    sj_nearest_begin(&search, noun);
    best[0] = '\0';
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "resources")) {
        offer(&search, cli_text(one, "name"), best);
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "commands")) {
        const char *words = cli_text(one, "command");
        (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(words, " "), words);
        offer(&search, first, best);
    }
    dash(best);
    return best[0] != '\0' && strcmp(best, noun) != 0 ? best : NULL;
}

/* The verbs that a noun has of its own, each behind a comma or what begins the list: the shell's,
 * which need no node, first. */
static size_t print_verbs(const cJSON *catalogue, const char *noun, const char *begin) {
    static const struct {
        const char *noun, *verb;
    } shells[] = {{"policy", "check"},
                  {"policy", "test"},
                  {"plugin", "new"},
                  {"plugin", "inspect"},
                  {"plugin", "check"}};
    const cJSON *one;
    size_t count = 0;
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(noun, shells[i].noun) == 0) {
            fprintf(stderr, "%s%s", count == 0 ? begin : ", ", shells[i].verb);
            count++;
        }
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(catalogue, "commands")) {
        if (is_of(one, noun)) {
            fprintf(stderr, "%s%s", count == 0 ? begin : ", ",
                    cli_text(one, "command") + strlen(noun) + 1);
            count++;
        }
    }
    return count;
}

int cli_wrong_words(const cJSON *catalogue, const cJSON *resource, const char *verb) {
    static const char *const own[] = {"list", "get", "add", "set", "remove"};
    char noun[WORD];
    bool known = false;
    (void)snprintf(noun, sizeof noun, "%s", cli_text(resource, "name"));
    dash(noun);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        known = known || strcmp(verb, own[i]) == 0;
    }
    if (!known && verb[0] != '\0') {
        fprintf(stderr, "sojourn: there is no command \"%s %s\": expected one of those below", noun,
                verb);
        (void)print_verbs(catalogue, noun, ", or ");
        fprintf(stderr, "\n");
    }
    fprintf(stderr, "usage: ");
    print_usage_of_object(stderr, resource);
    fprintf(stderr, "  sojourn help %s shows its fields\n", noun);
    return CLI_USAGE;
}

int cli_unknown_command(const cJSON *catalogue, const char *noun, const char *verb) {
    char best[WORD];
    const char *near = nearest_noun(catalogue, noun, best);
    if (verb == NULL && cli_print_help(catalogue, noun)) {
        fprintf(stderr, "sojourn: \"%s\" wants one more word: expected one of the commands above\n",
                noun);
        return CLI_USAGE;
    }
    fprintf(stderr, "sojourn: there is no command \"%s%s%s\"", noun, verb != NULL ? " " : "",
            sj_or_empty(verb));
    if (print_verbs(catalogue, noun, ": expected one of ") == 0 && near != NULL) {
        fprintf(stderr, "; did you mean \"%s\"?", near);
    }
    fprintf(stderr, " (sojourn help lists all)\n");
    return CLI_USAGE;
}
