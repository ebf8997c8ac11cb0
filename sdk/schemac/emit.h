/* What is printed from a complete model. Each function fills `text`; output.c writes files. */
#ifndef SCHEMAC_EMIT_H
#define SCHEMAC_EMIT_H

#include "model.h"

/* C: the header and source of one declaration file, by its base ("resources/phone"), and the index over all. */
void emit_header(struct text *text, struct model *model, const char *base);
void emit_source(struct text *text, const struct model *model, const char *base);
void emit_index_header(struct text *text, const char *name);
void emit_index_source(struct text *text, const struct model *model, const char *name);

/* emit_wrappers.c: the typed functions of a declaration, for the header. */
void emit_wrappers(struct text *text, struct model *model, const struct declaration *declaration);

/* Writes `text` to `path`, making its directories; leaves a file that says the same already untouched. */
bool output_write(const char *path, const struct text *text);

#endif
