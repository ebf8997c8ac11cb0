/* `sojourn plugin new|inspect|check`: reads plugin files without running them, and writes new
 * projects; nothing else. */
#include "host/cli/plugin_commands.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include <sojourn/base/file.h>

#include "host/cli/client.h"
#include "host/cli/print.h"
#include "host/plugin/plugin_file.h"

enum { TEMPLATE_FILE_MOST = 1 << 20 };

static const char model[] =
    "greeter"; /* the template's name, which the new one's takes the place of */
static const char *const services[] = {
    "certificates", "callmanager", "tftp", "bulk", "lbm",
    "ils",          "dna",         "cdr"}; /* come with Sojourn; extension-mobility has a "-" */

bool cli_is_plugin_command(int argc, char **argv) {
    return argc > 0 && (strcmp(argv[0], "new") == 0 || strcmp(argv[0], "inspect") == 0 ||
                        strcmp(argv[0], "check") == 0);
}

/* Beside the installed program, else in the source tree it was built from. */
static bool template_directory(char *path, size_t room) {
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        char *slash = strrchr(program, '/');
        *(slash != NULL ? slash : program) = '\0';
        int written = snprintf(path, room, "%s/" SOJOURN_BIN_TO_DATA "/template", program);
        if (written > 0 && (size_t)written < room && access(path, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* A copy of the text with the template's name replaced, in lower case and with a capital; NULL: out
 * of memory. */
static char *renamed(const char *text, const char *name) {
    sj_text out = {0};
    while (*text != '\0') {
        const bool small = strncmp(text, model, sizeof model - 1) == 0;
        const bool capital = !small && text[0] == toupper(model[0]) &&
                             strncmp(text + 1, model + 1, sizeof model - 2) == 0;
        if (small || capital) {
            sj_text_char(&out, (char)(capital ? toupper(name[0]) : name[0]));
            sj_text_puts(&out, name + 1);
            text += sizeof model - 1;
        } else {
            sj_text_char(&out, *text++);
        }
    }
    return sj_text_take(&out);
}

static int complain(const char *path) {
    fprintf(stderr, "sojourn: %s: %s\n", path, strerror(errno));
    return CLI_REFUSED;
}

static int copy_file(const char *from, const char *to, const char *name) {
    sj_text text = {0};
    sj_error error;
    if (sj_file_read(from, TEMPLATE_FILE_MOST, &text, &error) != SJ_OK) {
        sj_text_clear(&text);
        fprintf(stderr, "sojourn: %s\n", error.text);
        return CLI_REFUSED;
    }
    char *changed = renamed(sj_or_empty(text.data), name);
    FILE *file = changed == NULL ? NULL : fopen(to, "wxe");
    bool written = file != NULL && fputs(changed, file) >= 0;
    if (file != NULL && fclose(file) != 0) {
        written = false;
    }
    sj_text_clear(&text);
    free(changed);
    return written ? CLI_OK : complain(to);
}

static int copy_tree(const char *from, const char *to, const char *name) {
    DIR *directory = mkdir(to, 0777) == 0 ? opendir(from) : NULL;
    int result = directory == NULL ? complain(to) : CLI_OK;
    for (struct dirent *entry; result == CLI_OK && (entry = readdir(directory)) != NULL;) {
        char source[PATH_MAX], target[PATH_MAX];
        struct stat facts;
        if (entry->d_name[0] == '.') {
            continue;
        }
        char *file_name = renamed(entry->d_name, name);
        bool fits =
            file_name != NULL &&
            snprintf(source, sizeof source, "%s/%s", from, entry->d_name) < (int)sizeof source &&
            snprintf(target, sizeof target, "%s/%s", to, file_name) < (int)sizeof target;
        free(file_name);
        if (!fits || stat(source, &facts) != 0) {
            result = complain(from);
        } else {
            result = S_ISDIR(facts.st_mode) ? copy_tree(source, target, name)
                                            : copy_file(source, target, name);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return result;
}

static int plugin_new(const char *name) {
    char from[PATH_MAX];
    if (!islower((unsigned char)name[0]) || strlen(name) > 30 ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789")] != '\0') {
        fprintf(stderr,
                "sojourn: \"%s\" cannot name a plugin: expected lower-case letters and digits, at "
                "most 30, a letter first\n",
                name);
        return CLI_USAGE;
    }
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (strcmp(name, services[i]) == 0) {
            fprintf(stderr,
                    "sojourn: \"%s\" cannot name a plugin: it is a service of Sojourn, and a node "
                    "runs one plugin of a name; "
                    "choose "
                    "another name\n",
                    name);
            return CLI_USAGE;
        }
    }
    if (!template_directory(from, sizeof from)) {
        fprintf(stderr, "sojourn: the plugin template is not installed (\"" SOJOURN_BIN_TO_DATA
                        "/template\" beside this program)\n");
        return CLI_REFUSED;
    }
    int result = copy_tree(from, name, name);
    if (result == CLI_OK) {
        printf("%s/ made. Next: cd %s && cmake -B build -G Ninja && ninja -C build && ctest "
               "--test-dir build\n",
               name, name);
    }
    return result;
}

static void print_finding(void *user, const char *sentence) {
    (void)user;
    printf("not ok: %s\n", sentence);
}

static int inspect(const char *path, bool strict, bool json) {
    struct plugin_file file;
    sj_error error;
    int status = sj_plugin_file_inspect(&file, path, &error);
    int result = CLI_OK;
    if (status != SJ_OK) {
        fprintf(stderr, "sojourn: %s\n", error.text);
        result = CLI_REFUSED;
    } else if (strict) {
        bool fits = sj_manifest_fits(&file.manifest, &error) == SJ_OK;
        if (!fits) {
            print_finding(NULL, error.text);
        }
        size_t findings = sj_plugin_file_check(&file, print_finding, NULL);
        result = fits && findings == 0 ? CLI_OK : CLI_REFUSED;
        if (result == CLI_OK) {
            printf("ok: %s %s\n", file.manifest.name, file.manifest.version);
        }
    } else {
        char abi[32];
        cJSON *facts = cJSON_CreateObject();
        (void)snprintf(abi, sizeof abi, "%d.%d", file.manifest.abi_major, file.manifest.abi_minor);
        (void)cJSON_AddStringToObject(facts, "name", file.manifest.name);
        (void)cJSON_AddStringToObject(facts, "title", file.manifest.title);
        (void)cJSON_AddStringToObject(facts, "version", file.manifest.version);
        (void)cJSON_AddStringToObject(facts, "abi", abi);
        (void)cJSON_AddStringToObject(facts, "summary", file.manifest.summary);
        (void)cJSON_AddStringToObject(facts, "needs", file.manifest.needs);
        (void)cJSON_AddStringToObject(facts, "provides", file.manifest.provides);
        (void)cJSON_AddStringToObject(facts, "digest", file.digest);
        if (json) {
            cli_print_json(facts);
        } else {
            cli_print(facts);
        }
        cJSON_Delete(facts);
    }
    sj_plugin_file_free(&file);
    return result;
}

int cli_plugin(int argc, char **argv, bool json) {
    if (argc != 2) {
        fprintf(stderr, "usage: sojourn plugin new NAME | inspect FILE.so | check FILE.so\n");
        return CLI_USAGE;
    }
    return strcmp(argv[0], "new") == 0 ? plugin_new(argv[1])
                                       : inspect(argv[1], strcmp(argv[0], "check") == 0, json);
}
