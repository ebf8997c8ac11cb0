/* sojourn-schemac: reads declarations and writes what is made from them. This file knows the command line only. */
#include "emit.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: sojourn-schemac --out DIR [--index NAME] [--root ROOT] [--external] FILE.lua ...\n";

struct options {
    const char *out, *index, *root;
    bool external;
    const char **files;
    int files_count;
};

static bool write_and_free(struct model *model, const char *directory, const char *base, const char *ending,
                           struct text *text) {
    const bool good = output_write(arena_format(&model->arena, "%s/%s%s", directory, base, ending), text);
    text_free(text);
    return good;
}

static bool write_c(struct model *model, const struct options *options) {
    bool good = true;
    const char *last = "";
    for (size_t i = 0; i < model->declarations_count; i++) {
        const char *base = model->declarations[i]->base;
        if (strcmp(base, last) != 0) {
            struct text header = {0}, source = {0};
            emit_header(&header, model, base);
            emit_source(&source, model, base);
            good = write_and_free(model, options->out, base, ".h", &header) && good;
            good = write_and_free(model, options->out, base, ".c", &source) && good;
            last = base;
        }
    }
    if (options->index != NULL) {
        struct text header = {0}, source = {0};
        emit_index_header(&header, options->index);
        emit_index_source(&source, model, options->index);
        good = write_and_free(model, options->out, options->index, ".h", &header) && good;
        good = write_and_free(model, options->out, options->index, ".c", &source) && good;
    }
    return good;
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
        if (takes(count, arguments, &i, "--out", &options->out) || takes(count, arguments, &i, "--index", &options->index) ||
            takes(count, arguments, &i, "--root", &options->root)) {
            continue;
        }
        if (strcmp(arguments[i], "--external") == 0) {
            options->external = true;
        } else if (arguments[i][0] == '-') {
            return false;
        } else {
            options->files[options->files_count++] = arguments[i];
        }
    }
    return options->out != NULL && (options->index == NULL || name_is_plain(options->index));
}

static int run(struct model *model, const struct options *options) {
    char *root = options->root == NULL ? NULL : realpath(options->root, NULL);
    if (options->root != NULL && root == NULL) {
        model_problem(model, options->root, NULL, NULL, "there is no such directory");
    }
    model->root = root;
    model->external = options->external;
    for (int i = 0; i < options->files_count; i++) {
        model_read_file(model, options->files[i]);
    }
    if (model->problems == 0) {
        model_complete(model);
    }
    free(root);
    return model->problems == 0 && write_c(model, options) ? 0 : 1;
}

int main(int count, char **arguments) {
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
