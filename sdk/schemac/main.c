/* sojourn-schemac: reads declarations and writes what is made from them. This file knows the
 * command line only. */
#include <sojourn/standard_files.h>

#include "emit.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: sojourn-schemac --out DIR [--index NAME] FILE.lua ...         C: headers, sources and "
    "the index of all\n"
    "       sojourn-schemac --json FILE.lua ...                           the canonical form, on "
    "standard output\n"
    "       sojourn-schemac --lua-annotations OUT.lua FILE.lua ...        types for editors\n"
    "       sojourn-schemac --reference DIR FILE.lua ...                  reference pages in "
    "Markdown\n"
    "       sojourn-schemac --compat RELEASE.json FILE.lua ...            what is incompatible "
    "with a release; exit 1\n"
    "       sojourn-schemac --write-compat RELEASE.json FILE.lua ...\n"
    "With each: [--root ROOT] paths below it name the outputs; [--external] references to "
    "resources declared elsewhere are "
    "right;\n"
    "  FILE.lua ... --known ROOT FILE.lua ...  the latter are generated elsewhere; enums and parts "
    "of theirs may be used\n";

struct options {
    const char *out, *index, *root, *known, *annotations, *reference, *compat, *write_compat;
    bool json, external;
    const char **files; /* the known ones last */
    int files_count, own_count;
};

static bool write_and_free(struct model *model, const char *directory, const char *base,
                           const char *ending, sj_text *text) {
    const bool good =
        output_write(arena_format(&model->arena, "%s/%s%s", directory, base, ending), text);
    sj_text_clear(text);
    return good;
}

static bool write_c(struct model *model, const struct options *options) {
    bool good = true;
    const char *last = "";
    for (size_t i = 0; i < model->own_count; i++) {
        const char *base = model->declarations[i]->base;
        if (strcmp(base, last) != 0) {
            sj_text header = {0}, source = {0};
            emit_header(&header, model, base);
            emit_source(&source, model, base);
            good = write_and_free(model, options->out, base, ".h", &header) && good;
            good = write_and_free(model, options->out, base, ".c", &source) && good;
            last = base;
        }
    }
    if (options->index != NULL) {
        sj_text header = {0}, source = {0};
        emit_index_header(&header, options->index);
        emit_index_source(&source, model, options->index);
        good = write_and_free(model, options->out, options->index, ".h", &header) && good;
        good = write_and_free(model, options->out, options->index, ".c", &source) && good;
    }
    return good;
}

static bool write_reference(struct model *model, const char *directory) {
    bool good = true;
    const char *last = "";
    for (size_t i = 0; i < model->own_count; i++) {
        const char *base = model->declarations[i]->base;
        if (strcmp(base, last) != 0) {
            sj_text page = {0};
            emit_page(&page, model, base);
            good = write_and_free(model, directory, base, ".md", &page) && good;
            last = base;
        }
    }
    sj_text contents = {0};
    emit_contents(&contents, model);
    return write_and_free(model, directory, "README", ".md", &contents) && good;
}

static bool write_one(void (*emit)(sj_text *, const struct model *), const struct model *model,
                      const char *path) {
    sj_text text = {0};
    emit(&text, model);
    const bool good = output_write(path, &text);
    sj_text_clear(&text);
    return good;
}

static bool write_annotations(struct model *model, const char *path) {
    sj_text text = {0};
    emit_annotations(&text, model);
    const bool good = output_write(path, &text);
    sj_text_clear(&text);
    return good;
}

static bool print_json(const struct model *model) {
    sj_text text = {0};
    emit_json(&text, model);
    const bool good =
        fwrite(text.data, 1, text.length, stdout) == text.length && fflush(stdout) == 0;
    sj_text_clear(&text);
    return good;
}

/* All that was asked for, so that one mistake does not hide another. */
static bool write_all(struct model *model, const struct options *options) {
    bool good = options->out == NULL || write_c(model, options);
    good = (options->annotations == NULL || write_annotations(model, options->annotations)) && good;
    good = (options->reference == NULL || write_reference(model, options->reference)) && good;
    good =
        (options->write_compat == NULL || write_one(emit_release, model, options->write_compat)) &&
        good;
    good = (!options->json || print_json(model)) && good;
    return (options->compat == NULL || compat_check(model, options->compat)) && good;
}

/* Takes `name` with its value when it stands at `*at`. */
static bool takes(int count, char **arguments, int *at, const char *name, const char **value) {
    if (strcmp(arguments[*at], name) != 0 || *at + 1 >= count) {
        return false;
    }
    *value = arguments[++*at];
    return true;
}

static bool read_options(int count, char **arguments, struct options *options) {
    for (int i = 1; i < count; i++) {
        if (takes(count, arguments, &i, "--out", &options->out) ||
            takes(count, arguments, &i, "--index", &options->index) ||
            takes(count, arguments, &i, "--root", &options->root) ||
            takes(count, arguments, &i, "--compat", &options->compat) ||
            takes(count, arguments, &i, "--lua-annotations", &options->annotations) ||
            takes(count, arguments, &i, "--reference", &options->reference) ||
            takes(count, arguments, &i, "--write-compat", &options->write_compat)) {
            continue;
        }
        if (options->known == NULL && takes(count, arguments, &i, "--known", &options->known)) {
            options->own_count = options->files_count;
        } else if (strcmp(arguments[i], "--external") == 0) {
            options->external = true;
        } else if (strcmp(arguments[i], "--json") == 0) {
            options->json = true;
        } else if (arguments[i][0] == '-') {
            return false;
        } else {
            options->files[options->files_count++] = arguments[i];
        }
    }
    options->own_count = options->known == NULL ? options->files_count : options->own_count;
    const bool asked = options->out != NULL || options->annotations != NULL ||
                       options->reference != NULL || options->compat != NULL ||
                       options->write_compat != NULL || options->json;
    return asked && options->own_count > 0 &&
           (options->index == NULL || (options->out != NULL && name_is_plain(options->index)));
}

/* The absolute path of `root`, or NULL when there is none; free it. */
static char *find_root(struct model *model, const char *root) {
    char *path = root == NULL ? NULL : realpath(root, NULL);
    if (root != NULL && path == NULL) {
        model_problem(model, root, NULL, NULL, "there is no such directory");
    }
    return path;
}

static int run(struct model *model, const struct options *options) {
    char *root = find_root(model, options->root);
    char *known = find_root(model, options->known);
    model->external = options->external;
    for (int i = 0; i < options->files_count; i++) {
        const bool is_known = i >= options->own_count;
        model->root = is_known ? known : root;
        model_read_file(model, options->files[i], is_known);
        model->own_count = is_known ? model->own_count : model->declarations_count;
    }
    if (model->problems == 0) {
        model_complete(model);
    }
    free(root);
    free(known);
    return model->problems == 0 && write_all(model, options) ? 0 : 1;
}

int main(int count, char **arguments) {
    sj_open_standard_files();
    struct model model = {0};
    struct options options = {0};
    options.files = arena_alloc(&model.arena, (size_t)count * sizeof *options.files);
    int status = 2;
    if (read_options(count, arguments, &options)) {
        status = run(&model, &options);
    } else {
        (void)fputs(usage, stderr);
    }
    model_free(&model);
    return status;
}
