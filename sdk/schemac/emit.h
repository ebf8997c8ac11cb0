/* What is printed from a complete model. Each function fills `text`; output.c writes files. */
#ifndef SCHEMAC_EMIT_H
#define SCHEMAC_EMIT_H

#include "model.h"

/* C: the header and source of one declaration file, by its base ("resources/phone"), and the index
 * over all. */
void emit_header(struct text *text, struct model *model, const char *base);
void emit_source(struct text *text, const struct model *model, const char *base);
void emit_index_header(struct text *text, const char *name);
void emit_index_source(struct text *text, const struct model *model, const char *name);

/* emit_wrappers.c: the typed functions of a declaration, for the header. */
void emit_wrappers(struct text *text, struct model *model, const struct declaration *declaration);

/* emit_json.c: the canonical form; and what a release is compared with. */
void emit_json(struct text *text, const struct model *model);
void emit_release(struct text *text, const struct model *model);
/* compat.c: prints what is incompatible with the release; true when nothing is. */
bool compat_check(const struct model *model, const char *path);

void emit_annotations(struct text *text, struct model *model);

/* emit_reference.c: the page of one declaration file, and the page that lists them. example.c: the
 * snippets on it. */
void emit_page(struct text *text, struct model *model, const char *base);
void emit_contents(struct text *text, const struct model *model);
void emit_example(struct text *text, struct model *model, const struct declaration *declaration);

/* Writes `text` to `path`, making its directories; leaves a file that says the same already
 * untouched. */
bool output_write(const char *path, const struct text *text);

#endif
