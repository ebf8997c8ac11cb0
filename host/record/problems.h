/* What was found wrong with a value: places as paths ("lines[1].partition") and sentences,
 * collected up to a limit. */
#ifndef HOST_RECORD_PROBLEMS_H
#define HOST_RECORD_PROBLEMS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <sojourn/error.h>
#include <sojourn/schema.h>

enum { SJ_PROBLEMS_MAX = 20 };

struct sj_problems {
    size_t count; /* of entries in `list` */
    size_t limit; /* of entries wanted; 1 for the first problem only, at most SJ_PROBLEMS_MAX */
    size_t total; /* found, those without an entry included */
    size_t first; /* number of a list's first item in paths: 0, or 1 where people count */
    sj_error list[SJ_PROBLEMS_MAX];
};

/* Where a value stands; each step is on the stack of the function that took it. The outermost has
 * `up` NULL. */
struct sj_path {
    const struct sj_path *up;
    const char *name; /* of a member, or NULL for an item of a list */
    size_t index;     /* of an item, from 0 */
};

void sj_problems_init(struct sj_problems *problems, size_t limit);
/* The sentence is put after "<path>: ". Returns the code. */
int sj_problem(struct sj_problems *problems, const struct sj_path *path, int code,
               const char *format, ...) SJ_PRINTF(4, 5);
/* Counts one that would not be shown, as the list is full, before any work is put into its words;
 * false: there is room. */
bool sj_problem_only_counted(struct sj_problems *problems);
/* Adds an error of another part; its field is put behind the path. */
int sj_problem_error(struct sj_problems *problems, const struct sj_path *path,
                     const sj_error *error);
/* Adds what another look at the same value has found, but for places at or below which something is
 * known to be wrong already.
 */
void sj_problems_add_others(struct sj_problems *problems, const struct sj_problems *more);
/* Adds all that was found elsewhere. */
void sj_problems_append(struct sj_problems *problems, const struct sj_problems *more);
/* SJ_OK when there are none, else the first one's code with its sentence. */
int sj_problems_result(const struct sj_problems *problems, sj_error *error);

#endif
