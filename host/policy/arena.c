/* A list of blocks, filled from the front. Pure. */
#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

struct sj_arena_block {
    struct sj_arena_block *older;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

void *sj_arena_alloc(sj_arena *arena, size_t bytes) {
    struct sj_arena_block *block = arena->newest;
    size_t need = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    void *result;
    if (need < bytes) {
        return NULL;
    }
    if (block == NULL || block->size - block->used < need) {
        size_t size = need > BLOCK ? need : BLOCK;
        block = malloc(sizeof *block + size);
        if (block == NULL) {
            return NULL;
        }
        block->older = arena->newest;
        block->size = size;
        block->used = 0;
        arena->newest = block;
    }
    result = block->bytes + block->used;
    block->used += need;
    return result;
}

void *sj_arena_zero(sj_arena *arena, size_t bytes) {
    void *result = sj_arena_alloc(arena, bytes);
    if (result != NULL) {
        memset(result, 0, bytes);
    }
    return result;
}

char *sj_arena_text(sj_arena *arena, const char *text, size_t length) {
    char *copy = sj_arena_alloc(arena, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

void sj_arena_reset(sj_arena *arena) {
    struct sj_arena_block *block = arena->newest;
    while (block != NULL && block->older != NULL) {
        struct sj_arena_block *older = block->older;
        free(block);
        block = older;
    }
    if (block != NULL && block->size > BLOCK) {
        free(block);
        block = NULL;
    }
    if (block != NULL) {
        block->used = 0;
    }
    arena->newest = block;
}

void sj_arena_free(sj_arena *arena) {
    sj_arena_reset(arena);
    free(arena->newest);
    arena->newest = NULL;
}
