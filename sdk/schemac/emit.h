/* What is printed from a complete model. Each function fills `text`; output.c writes files. */
#ifndef SCHEMAC_EMIT_H
#define SCHEMAC_EMIT_H

#include "model.h"

/* C: the header and source of one declaration file, by its base ("resources/phone"), and the index
 * over all. */
void emit_header(sj_text *text, struct model *model, const char *base);
void emit_source(sj_text *text, const struct model *model, const char *base);
void emit_index_header(sj_text *text, const char *name);
void emit_index_source(sj_text *text, const struct model *model, const char *name);

/* emit_wrappers.c: the typed functions of a declaration, for the header. */
void emit_wrappers(sj_text *text, struct model *model, const struct declaration *declaration);

/* emit_json.c: the canonical form; and what a release is compared with. */
void emit_json(sj_text *text, const struct model *model);
void emit_release(sj_text *text, const struct model *model);
/* compat.c: prints what is incompatible with the release; true when nothing is. */
bool compat_check(const struct model *model, const char *path);

void emit_annotations(sj_text *text, struct model *model);

/* emit_reference.c: the page of one declaration file, and the page that lists them. example.c: the
 * snippets on it. */
void emit_page(sj_text *text, struct model *model, const char *base);
void emit_contents(sj_text *text, const struct model *model);
void emit_example(sj_text *text, struct model *model, const struct declaration *declaration);

/* Writes `text` to `path`, making its directories; leaves a file that says the same already
 * untouched. */
bool output_write(const char *path, const sj_text *text);

#endif
