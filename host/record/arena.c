/* Memory for one piece of work. Touches nothing but the heap. */
#include "host/record/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8, CHUNK = 16 * 1024 - 64 };

struct sj_arena_chunk {
    struct sj_arena_chunk *next;
    size_t used, capacity;
    uint64_t data[];
};

struct sj_arena_adopted {
    struct sj_arena_adopted *next;
    void *memory;
};

static struct sj_arena_chunk *add_chunk(struct sj_arena *arena, size_t bytes) {
    size_t capacity = bytes > CHUNK ? bytes : CHUNK;
    struct sj_arena_chunk *chunk = malloc(sizeof *chunk + capacity);
    if (chunk == NULL) {
        arena->failed = true;
        return NULL;
    }
    chunk->used = 0;
    chunk->capacity = capacity;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

/* What was parsed may be a PIN: it is wiped (wipe.h), as far as the chunk was used. */
static void free_chunk(struct sj_arena_chunk *chunk) {
    explicit_bzero(chunk->data, chunk->used);
    free(chunk);
}

static void *take(struct sj_arena *arena, size_t bytes) {
    struct sj_arena_chunk *chunk = arena->chunks;
    void *memory;
    if (bytes > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (chunk == NULL || chunk->capacity - chunk->used < bytes) {
        chunk = add_chunk(arena, bytes);
        if (chunk == NULL) {
            return NULL;
        }
    }
    memory = (char *)chunk->data + chunk->used;
    chunk->used += bytes;
    return memory;
}

void *sj_arena_alloc(struct sj_arena *arena, size_t bytes) {
    void *memory = take(arena, bytes);
    if (memory != NULL) {
        memset(memory, 0, bytes);
    }
    return memory;
}

char *sj_arena_copy(struct sj_arena *arena, const char *text, size_t length) {
    char *copy = take(arena, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *sj_arena_strdup(struct sj_arena *arena, const char *text) {
    return sj_arena_copy(arena, text, strlen(text));
}

void *sj_arena_adopt(struct sj_arena *arena, void *memory) {
    struct sj_arena_adopted *adopted = sj_arena_alloc(arena, sizeof *adopted);
    if (adopted == NULL) {
        free(memory);
        return NULL;
    }
    adopted->memory = memory;
    adopted->next = arena->adopted;
    arena->adopted = adopted;
    return memory;
}

static void free_adopted(struct sj_arena *arena) {
    while (arena->adopted != NULL) {
        struct sj_arena_adopted *adopted = arena->adopted;
        arena->adopted = adopted->next; /* it lies in a chunk itself */
        free(adopted->memory);
    }
}

void sj_arena_reset(struct sj_arena *arena) {
    struct sj_arena_chunk *keep = NULL;
    free_adopted(arena);
    while (arena->chunks != NULL) {
        struct sj_arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        if (keep == NULL && chunk->capacity == CHUNK) {
            keep = chunk;
        } else {
            free_chunk(chunk);
        }
    }
    if (keep != NULL) {
        keep->next = NULL;
        explicit_bzero(keep->data, keep->used);
        keep->used = 0;
    }
    arena->chunks = keep;
    arena->failed = false;
}

void sj_arena_free(struct sj_arena *arena) {
    free_adopted(arena);
    while (arena->chunks != NULL) {
        struct sj_arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free_chunk(chunk);
    }
    arena->failed = false;
}
