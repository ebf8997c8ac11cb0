/* Memory and text for the generator. Touches nothing but memory, and standard error
 * when there is none left. */
#include "text.h"

#include <sojourn/base/array.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
};

static void *must(void *memory) {
    if (memory == NULL) {
        (void)fputs("sojourn-schemac: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

void *arena_alloc(struct arena *arena, size_t bytes) {
    if (bytes > SIZE_MAX - 64) {
        must(NULL);
    }
    const size_t head = (sizeof(struct arena_block) + 15) & ~(size_t)15;
    struct arena_block *block = must(calloc(1, head + bytes));
    block->next = arena->blocks;
    arena->blocks = block;
    return (char *)block + head;
}

char *arena_copy(struct arena *arena, const char *text, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *result = arena_alloc(arena, (size_t)length + 1);
    va_start(arguments, format);
    (void)vsnprintf(result, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return result;
}

void arena_free(struct arena *arena) {
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
}

void array_need(void *items, size_t *room, size_t count, size_t size) {
    if (!sj_array_room(items, room, count, size)) {
        must(NULL);
    }
}

static void must_hold(const sj_text *text) {
    must(text->failed ? NULL : text->data);
}

void text_add_bytes(sj_text *text, const char *bytes, size_t length) {
    sj_text_add(text, bytes, length);
    must_hold(text);
}

void text_add(sj_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    sj_text_vprintf(text, format, arguments);
    va_end(arguments);
    must_hold(text);
}

void text_add_pattern(sj_text *text, const char *pattern, const char *name) {
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '@') {
            text_add(text, "%s", name);
        } else {
            text_add_bytes(text, pattern, 1);
        }
    }
}

/* Octal escapes end after three digits, unlike hexadecimal ones; `?` is escaped against trigraphs.
 */
void text_add_c_literal(sj_text *text, const char *value) {
    text_add_bytes(text, "\"", 1);
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\' || (*at == '?' && at[1] == '?')) {
            text_add(text, "\\%c", *at);
        } else if (*at == '\n') {
            text_add(text, "\\n");
        } else if (*at < 0x20 || *at == 0x7f) {
            text_add(text, "\\%03o", (unsigned)*at);
        } else {
            text_add_bytes(text, (const char *)at, 1);
        }
    }
    text_add_bytes(text, "\"", 1);
}

void text_add_json_string(sj_text *text, const char *value) {
    sj_text_json(text, value);
    must_hold(text);
}

void text_add_wrapped(sj_text *text, const char *words, size_t column, const char *indent) {
    bool first = true;
    while (*words != '\0') {
        words += strspn(words, " \t\n");
        const size_t length = strcspn(words, " \t\n");
        if (length == 0) {
            break;
        }
        if (!first && column + 1 + length > 120) {
            text_add(text, "\n%s", indent);
            column = strlen(indent);
        } else if (!first) {
            text_add_bytes(text, " ", 1);
            column++;
        }
        text_add_bytes(text, words, length);
        column += length;
        words += length;
        first = false;
    }
}
