/* Memory and text for the generator: an arena that lives as long as the run, and what is added to a
 * text. Running out of memory ends the program with a sentence; nothing here knows what a
 * declaration is. */
#ifndef SCHEMAC_TEXT_H
#define SCHEMAC_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <sojourn/base/text.h>

struct arena {
    struct arena_block *blocks;
};

/* sj_array_room that does not fail. */
void array_need(void *items, size_t *room, size_t count, size_t size);

void *arena_alloc(struct arena *arena, size_t bytes); /* zeroed */
char *arena_copy(struct arena *arena, const char *text, size_t length);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *arena);

void text_add(sj_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(sj_text *text, const char *bytes, size_t length);
void text_add_pattern(sj_text *text, const char *pattern, const char *name); /* `name` for each @ */

/* `value` as a C string literal or as a JSON string, quotes included. */
void text_add_c_literal(sj_text *text, const char *value);
void text_add_json_string(sj_text *text, const char *value);

/* `words` wrapped into lines of at most 120 columns; every line but the first begins with `indent`.
 * `column` is where the first line begins. */
void text_add_wrapped(sj_text *text, const char *words, size_t column, const char *indent);

#endif
