/* Memory for one piece of work: many small allocations, freed at once. Used to build records before
 * they are compacted. */
#ifndef HOST_RECORD_ARENA_H
#define HOST_RECORD_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct sj_arena_chunk;

struct sj_arena_adopted;

struct sj_arena {
    struct sj_arena_chunk *chunks; /* newest first */
    struct sj_arena_adopted *adopted;
    bool failed; /* an allocation failed; sticky until reset */
};

/* Zeroed, aligned for any member of a record. NULL when out of memory. */
void *sj_arena_alloc(struct sj_arena *arena, size_t bytes);
char *sj_arena_copy(struct sj_arena *arena, const char *text, size_t length);
char *sj_arena_strdup(struct sj_arena *arena, const char *text);

/* Memory of malloc that is to be freed with the arena; returned as it is. NULL (and freed) when out
 * of memory. */
void *sj_arena_adopt(struct sj_arena *arena, void *memory);

/* Forgets all that was allocated, keeping one chunk for the next piece of work. */
void sj_arena_reset(struct sj_arena *arena);
void sj_arena_free(struct sj_arena *arena);

#endif
