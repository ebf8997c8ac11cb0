/* Memory that is given back all at once: answers of policies live in it until control returns to the loop. */
#ifndef HOST_POLICY_ARENA_H
#define HOST_POLICY_ARENA_H

#include <stddef.h>

struct sj_arena_block;

typedef struct sj_arena {
    struct sj_arena_block *newest;
} sj_arena;

/* Memory aligned for anything, not cleared. NULL when there is none. */
void *sj_arena_alloc(sj_arena *arena, size_t bytes);

/* Zeroed memory. */
void *sj_arena_zero(sj_arena *arena, size_t bytes);

/* A copy of `length` bytes with a zero behind them. */
char *sj_arena_text(sj_arena *arena, const char *text, size_t length);

/* Forgets everything, but keeps one block for the next time. */
void sj_arena_reset(sj_arena *arena);
void sj_arena_free(sj_arena *arena);

#endif
