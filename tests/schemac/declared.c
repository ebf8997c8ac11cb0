/* declared DECLARATIONS.json EXCEPTIONS ROOT DIR...: what is declared but acted upon by nothing,
 * and what sounds secret and is not declared so.
 *
 * DECLARATIONS.json is what `sojourn-schemac --json` prints; the C files below ROOT/DIR are the
 * code. What counts as acting:
 *
 *  - a field of a resource, a request's field and a policy's output are read: as a member
 * (x->field, x.field), by name
 *    ("field") as queries do, or as the last argument of a macro where the file has one that takes
 * an offset, in a file that includes the declaration's header, straight or over other headers; keys
 * are what references are resolved by;
 *  - what services write (runtime resources, read_only fields, events, replies, policy inputs,
 * messages) is read or written so;
 *  - a parameter's getter is called;
 *  - each word of an enum stands in the code as its constant, but for the first when all others do:
 * what is none of them is it; where services write it, its type may stand in a cast from an enum of
 * the code.
 *
 * Besides, a text whose name says that it is a secret is declared sensitive.
 *
 * A declaration marked `kept` is let through, and so is what EXCEPTIONS names, each with its
 * reason; an exception that nothing needs is a fault too, but below the line "# Pending". This
 * reads text, not a program: a field that shares its name with another of the same file can hide.
 */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 2000, BASES_MAX = 200, EXCEPTIONS_MAX = 400, BUCKETS = 1 << 16 };

enum kind { READ, WRITTEN, PLAIN, QUOTED };

/* ---- the code ---- */

struct file {
    char *path;
    char *includes[200];
    size_t includes_count;
    bool bases[BASES_MAX]; /* declaration files whose headers it sees */
    bool visited;
};

/* A word of the code in one file. */
struct use {
    struct use *next;
    char *word;
    enum kind kind;
    size_t file;
};

static struct file files[FILES_MAX];
static size_t files_count;
static struct use *uses[BUCKETS];
static char *bases[BASES_MAX];
static size_t bases_count;

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    exit(2);
}

static char *read_whole(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length = 0, room = 0, count;
    if (file == NULL) {
        fail("%s: cannot be read", path);
    }
    do {
        if (room - length < 65536) {
            room = room * 2 + 65537;
            text = realloc(text, room);
        }
        count = fread(text + length, 1, room - length - 1, file);
        length += count;
    } while (count > 0);
    text[length] = '\0';
    (void)fclose(file);
    return text;
}

static size_t bucket_of(const char *word, size_t length) {
    size_t hash = 5381;
    for (size_t i = 0; i < length; i++) {
        hash = hash * 33 + (unsigned char)word[i];
    }
    return hash % BUCKETS;
}

static void note(size_t file, enum kind kind, const char *word, size_t length) {
    struct use **bucket = &uses[bucket_of(word, length)];
    for (struct use *use = *bucket; use != NULL && use->file == file;
         use = use->next) { /* the newest are of this file */
        if (use->kind == kind && strncmp(use->word, word, length) == 0 &&
            use->word[length] == '\0') {
            return;
        }
    }
    struct use *use = calloc(1, sizeof *use);
    use->word = strndup(word, length);
    use->kind = kind;
    use->file = file;
    use->next = *bucket;
    *bucket = use;
}

static void blank_comments(char *text) {
    char quote = '\0';
    for (char *c = text; *c != '\0'; c++) {
        if (quote != '\0') {
            c += *c == '\\' && c[1] != '\0' ? 1 : 0;
            if (*c == quote) {
                quote = '\0';
            }
        } else if (*c == '"' || *c == '\'') {
            quote = *c;
        } else if (*c == '/' && c[1] == '*') {
            char *end = strstr(c + 2, "*/");
            end = end == NULL ? c + strlen(c) : end + 2;
            memset(c, ' ', (size_t)(end - c));
            c = end - 1;
        }
    }
}

static size_t word_length(const char *at) {
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_') {
        length++;
    }
    return length;
}

static void read_words(size_t file, const char *text) {
    const bool takes_offsets = strstr(text, "offsetof(") != NULL;
    const char *previous = "";
    for (const char *c = text; *c != '\0';) {
        if (*c == '"') {
            const char *start = ++c;
            while (*c != '\0' && *c != '"') {
                c += *c == '\\' && c[1] != '\0' ? 2 : 1;
            }
            note(file, QUOTED, start, (size_t)(c - start));
            c += *c == '"' ? 1 : 0;
            previous = "";
        } else if (isalpha((unsigned char)*c) || *c == '_') {
            const size_t length = word_length(c);
            const char *after = c + length + strspn(c + length, " \n");
            const bool member = strcmp(previous, ".") == 0 || strcmp(previous, "->") == 0;
            note(file, member ? (*after == '=' && after[1] != '=' ? WRITTEN : READ) : PLAIN, c,
                 length);
            if (!member && takes_offsets && *after == ')' && strcmp(previous, ",") == 0) {
                note(file, READ, c, length);
            }
            c += length;
            previous = "word";
        } else if (*c == '-' && c[1] == '>') {
            previous = "->";
            c += 2;
        } else if (isspace((unsigned char)*c)) {
            c++;
        } else {
            previous = *c == '.' && c[1] != '.' ? "." : *c == ',' || *c == '(' ? "," : "";
            c++;
        }
    }
}

static void read_includes(struct file *file, const char *text) {
    for (const char *at = text; (at = strstr(at, "#include \"")) != NULL;) {
        at += strlen("#include \"");
        if (file->includes_count == sizeof file->includes / sizeof file->includes[0]) {
            fail("%s includes more than %zu files", file->path, file->includes_count);
        }
        file->includes[file->includes_count++] = strndup(at, strcspn(at, "\""));
    }
}

static int read_code(const char *path, const struct stat *status, int type, struct FTW *walk) {
    const size_t length = strlen(path);
    (void)status;
    (void)walk;
    if (type != FTW_F || length < 2 || path[length - 2] != '.' ||
        (path[length - 1] != 'c' && path[length - 1] != 'h')) {
        return 0;
    }
    if (files_count == FILES_MAX) {
        fail("more than %d files of code", FILES_MAX);
    }
    char *text = read_whole(path);
    files[files_count].path = strdup(path);
    blank_comments(text);
    read_includes(&files[files_count], text);
    read_words(files_count, text);
    files_count++;
    free(text);
    return 0;
}

/* Which declarations a file sees, over all it includes. */
static void see(struct file *file) {
    if (file->visited) {
        return;
    }
    file->visited = true;
    for (size_t i = 0; i < file->includes_count; i++) {
        char ending[300];
        for (size_t base = 0; base < bases_count; base++) {
            const size_t length = strlen(bases[base]);
            file->bases[base] =
                file->bases[base] || (strncmp(file->includes[i], bases[base], length) == 0 &&
                                      strcmp(file->includes[i] + length, ".h") == 0);
        }
        (void)snprintf(ending, sizeof ending, "/%s", file->includes[i]);
        for (size_t k = 0; k < files_count; k++) {
            const size_t long_path = strlen(files[k].path), long_ending = strlen(ending);
            if (long_path > long_ending &&
                strcmp(files[k].path + long_path - long_ending, ending) == 0) {
                see(&files[k]);
                for (size_t base = 0; base < bases_count; base++) {
                    file->bases[base] = file->bases[base] || files[k].bases[base];
                }
            }
        }
    }
}

/* Whether the code has the word so; `seen`: in a file that sees one of those declarations, or NULL.
 */
static bool used(const char *word, enum kind kind, const bool *seen) {
    for (const struct use *use = uses[bucket_of(word, strlen(word))]; use != NULL;
         use = use->next) {
        if (use->kind != kind || strcmp(use->word, word) != 0) {
            continue;
        }
        for (size_t base = 0; base < bases_count; base++) {
            if (seen == NULL || (seen[base] && files[use->file].bases[base])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- exceptions ---- */

static struct {
    char *pattern;
    bool needed, pending;
} exceptions[EXCEPTIONS_MAX];
static size_t exceptions_count;

static void read_exceptions(const char *path) {
    char *text = read_whole(path), *rest = text;
    bool pending = false;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *colon = strstr(line, ": ");
        pending = pending || strcmp(line, "# Pending") == 0;
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if (colon == NULL || colon[2] == '\0' || exceptions_count == EXCEPTIONS_MAX) {
            fail("%s: \"%s\" is no \"<kind> <name>: <reason>\", or there are too many", path, line);
        }
        *colon = '\0';
        exceptions[exceptions_count].pending = pending;
        exceptions[exceptions_count++].pattern = strdup(line);
    }
    free(text);
}

static bool excepted(const char *name) {
    bool found = false;
    for (size_t i = 0; i < exceptions_count; i++) {
        if (fnmatch(exceptions[i].pattern, name, 0) == 0) {
            exceptions[i].needed = found = true;
        }
    }
    return found;
}

/* ---- declarations ---- */

static size_t checked, inert, kept;

static const char *text_of(const cJSON *object, const char *name) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text == NULL ? "" : text;
}

static bool is_true(const cJSON *object, const char *name) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void judge(bool acted, bool marked, const char *what, const char *name) {
    checked++;
    if (acted) {
        return;
    }
    char full[400];
    (void)snprintf(full, sizeof full, "%s %s", what, name);
    if (marked) {
        kept++;
    } else if (!excepted(full)) {
        printf("%s: no code %s it; give it a meaning, or mark it kept in its declaration\n", full,
               strcmp(what, "output") == 0 || strcmp(what, "field") == 0 ||
                       strcmp(what, "asked") == 0
                   ? "reads"
                   : "uses");
        inert++;
    }
}

/* Texts whose name says that who knows them may do something, or that they prove who somebody is.
 */
static bool sounds_secret(const char *name) {
    static const char *const whole[] = {"idempotency_key", "logout_url"};
    static const char *const words[] = {"pin",   "password", "passphrase",    "secret",
                                        "lease", "proof",    "credential",    "credentials",
                                        "token", "cookie",   "authorization", "nonce"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcmp(name, whole[i]) == 0) {
            return true;
        }
    }
    for (const char *at = name; *at != '\0'; at += *at == '_' ? 1 : 0) {
        const size_t length = strcspn(at, "_");
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            if (length == strlen(words[i]) && strncmp(at, words[i], length) == 0) {
                return true;
            }
        }
        at += length;
    }
    return false;
}

static void judge_secrecy(const cJSON *field, const char *name, const char *path) {
    char full[400];
    if (strcmp(text_of(field, "type"), "text") != 0 || is_true(field, "sensitive") ||
        !sounds_secret(name)) {
        return;
    }
    (void)snprintf(full, sizeof full, "secret %s", path);
    if (!excepted(full)) {
        printf("%s: by its name a secret; declare it sensitive, or name it among the exceptions "
               "with the reason\n",
               full);
        inert++;
    }
}

/* How fields are judged. */
struct rule {
    const char *what; /* "field", "shown", "asked", "told", "parameter", "input", "output" */
    bool must_read;
    bool seen[BASES_MAX];
    const cJSON *key;       /* names of fields that references are resolved by, or NULL */
    const char *parameters; /* prefix of parameters, or NULL */
};

/* The words of an enum. */
static void judge_words(const cJSON *field, const char *path, bool written) {
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(field, "words"), *word;
    const cJSON *constants = cJSON_GetObjectItemCaseSensitive(field, "constants"), *constant;
    const cJSON *marks = cJSON_GetObjectItemCaseSensitive(field, "kept");
    const bool all = is_true(field, "kept") || cJSON_IsString(marks);
    int number = 0, absent = 0;
    const bool cast = written && used(text_of(field, "enum_c"), PLAIN, NULL);
    cJSON_ArrayForEach(constant, constants) {
        absent += number++ > 0 && !used(cJSON_GetStringValue(constant), PLAIN, NULL) ? 1 : 0;
    }
    const bool rest = absent == 0;
    number = 0;
    cJSON_ArrayForEach(word, words) {
        char name[400];
        const bool marked =
            all || (cJSON_IsObject(marks) &&
                    cJSON_GetObjectItemCaseSensitive(marks, cJSON_GetStringValue(word)) != NULL);
        (void)snprintf(name, sizeof name, "%s %s", path, cJSON_GetStringValue(word));
        constant = cJSON_GetArrayItem(constants, number);
        const bool acted =
            cast || (number++ == 0 && rest) || used(cJSON_GetStringValue(constant), PLAIN, NULL);
        judge(acted && !(marked && !all), marked && !all, "word", name);
    }
}

static bool is_among(const cJSON *words, const char *word) {
    const cJSON *one;
    cJSON_ArrayForEach(one, words) {
        if (strcmp(cJSON_GetStringValue(one), word) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_fields(const cJSON *fields, const struct rule *rule, const char *path) {
    const cJSON *field;
    cJSON_ArrayForEach(field, fields) {
        const char *name = text_of(field, "name");
        char where[300], count[200], getter[300];
        const cJSON *mark = cJSON_GetObjectItemCaseSensitive(field, "kept"),
                    *inner = cJSON_GetObjectItemCaseSensitive(field, "fields");
        const bool marked = cJSON_IsTrue(mark) || cJSON_IsString(mark);
        bool acted;
        (void)snprintf(where, sizeof where, "%s.%s", path, name);
        judge_secrecy(field, name, where);
        (void)snprintf(count, sizeof count, "%s_count", name);
        (void)snprintf(getter, sizeof getter, "sj_param_%s_%s",
                       rule->parameters != NULL ? rule->parameters : "", name);
        if (rule->parameters != NULL) {
            acted = used(getter, PLAIN, NULL);
        } else {
            acted = used(name, READ, rule->seen) || used(name, QUOTED, rule->seen) ||
                    used(count, READ, rule->seen);
            if (!rule->must_read || is_true(field, "read_only")) {
                acted =
                    acted || used(name, WRITTEN, rule->seen) || used(count, WRITTEN, rule->seen);
            }
        }
        acted = acted || is_among(rule->key, name);
        judge(acted && !marked, marked, rule->what, where);
        if (!marked && cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(field, "words")) > 0) {
            judge_words(field, where, rule->parameters == NULL && !rule->must_read);
        }
        if (!marked && inner != NULL && text_of(field, "part")[0] == '\0') {
            judge_fields(inner, rule, where);
        }
    }
}

/* Whether a declaration holds that part, at any depth. */
static bool holds(const cJSON *node, const char *part) {
    const cJSON *child;
    if (cJSON_IsObject(node) && strcmp(text_of(node, "part"), part) == 0) {
        return true;
    }
    cJSON_ArrayForEach(child, node) {
        if ((cJSON_IsObject(child) || cJSON_IsArray(child)) && holds(child, part)) {
            return true;
        }
    }
    return false;
}

static size_t base_number(const char *base) {
    for (size_t i = 0; i < bases_count; i++) {
        if (strcmp(bases[i], base) == 0) {
            return i;
        }
    }
    if (bases_count == BASES_MAX) {
        fail("more than %d files of declarations", BASES_MAX);
    }
    bases[bases_count] = strdup(base);
    return bases_count++;
}

static void judge_declaration(const cJSON *declarations, const cJSON *declaration) {
    const char *kind = text_of(declaration, "kind"), *name = text_of(declaration, "name");
    const cJSON *fields = cJSON_GetObjectItemCaseSensitive(declaration, "fields"), *other;
    struct rule rule = {.what = "told"};
    rule.seen[base_number(text_of(declaration, "file"))] = true;
    if (strcmp(kind, "part") == 0) {
        cJSON_ArrayForEach(other, declarations) {
            if (holds(other, name)) {
                rule.seen[base_number(text_of(other, "file"))] = true;
            }
        }
        rule.what = "field";
        rule.must_read = true;
    } else if (strcmp(kind, "resource") == 0) {
        rule.must_read = !is_true(declaration, "runtime");
        rule.what = rule.must_read ? "field" : "shown";
        rule.key = cJSON_GetObjectItemCaseSensitive(declaration, "key");
    } else if (strcmp(kind, "parameters") == 0) {
        rule.what = "parameter";
        rule.parameters = text_of(declaration, "prefix");
        judge_fields(fields, &rule, name);
        return;
    } else if (strcmp(kind, "request") == 0) {
        rule.what = "asked";
        rule.must_read = true;
        judge_fields(fields, &rule, name);
        rule.what = "told";
        rule.must_read = false;
        judge_fields(cJSON_GetObjectItemCaseSensitive(declaration, "reply"), &rule, name);
        return;
    } else if (strcmp(kind, "policy") == 0) {
        rule.what = "input";
        judge_fields(cJSON_GetObjectItemCaseSensitive(declaration, "input"), &rule, name);
        rule.what = "output";
        rule.must_read = true;
        judge_fields(cJSON_GetObjectItemCaseSensitive(declaration, "output"), &rule, name);
        return;
    }
    judge_fields(fields, &rule, name);
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fail("usage: declared DECLARATIONS.json EXCEPTIONS ROOT DIR...");
    }
    char *text = read_whole(argv[1]);
    cJSON *all = cJSON_Parse(text);
    const cJSON *declarations = cJSON_GetObjectItemCaseSensitive(all, "declarations"), *declaration;
    if (cJSON_GetArraySize(declarations) == 0) {
        fail("%s: no declarations", argv[1]);
    }
    read_exceptions(argv[2]);
    cJSON_ArrayForEach(declaration, declarations) {
        (void)base_number(text_of(declaration, "file"));
    }
    for (int i = 4; i < argc; i++) {
        char path[1000];
        (void)snprintf(path, sizeof path, "%s/%s", argv[3], argv[i]);
        if (nftw(path, read_code, 16, FTW_PHYS) != 0) {
            fail("%s: cannot be read", path);
        }
    }
    for (size_t i = 0; i < files_count; i++) {
        see(&files[i]);
    }
    cJSON_ArrayForEach(declaration, declarations) {
        judge_declaration(declarations, declaration);
    }
    size_t pending = 0;
    for (size_t i = 0; i < exceptions_count; i++) {
        pending += exceptions[i].pending ? 1 : 0;
        if (!exceptions[i].needed) {
            printf("%s: the exception \"%s\" is not needed any more\n", argv[2],
                   exceptions[i].pattern);
            inert += exceptions[i].pending ? 0 : 1; /* what is pending may come to pass any time */
        }
    }
    printf("%zu fields and words in %zu files of code: %zu kept, %zu exceptions (%zu of them "
           "pending), %zu wrong\n",
           checked, files_count, kept, exceptions_count, pending, inert);
    cJSON_Delete(all);
    free(text);
    return inert == 0 ? 0 : 1;
}
