/* The parts of the emergency matrix: which questions it asks (emergency_cases.c), what is made of
 * the answers (emergency.c), and its page. */
#ifndef DNA_EMERGENCY_H
#define DNA_EMERGENCY_H

#include "dna.h"
#include "messages/analysis.h"
#include "page.h"

#define EMERGENCY_VISITOR "a visitor" /* the caller of a row about another cluster's users here */

enum { VISITED_NUMBERS_MAX = 50, VISITED_ROWS_MAX = 1000 };
enum { EMERGENCY_CASES_MAX = 20000, EMERGENCY_NUMBERS_MAX = 60, WIDE_PATTERNS_SHOWN = 6 };

/* One caller at one place who dials one number. Its texts belong to the scope of the matrix. */
struct emergency_case {
    const char *cluster_id, *place, *caller;
    struct dna_call call;
};

struct emergency_cases {
    struct emergency_case *cases;
    size_t count, room;
    size_t phones; /* looked at */
    bool cut;      /* there are more */
    bool no_numbers;
    const char *wide[WIDE_PATTERNS_SHOWN]; /* patterns of more numbers than are asked about */
    size_t wide_count;
    bool more_wide;
};

typedef void emergency_cases_fn(void *user, int status, const sj_error *error);

/* Which cases there are in this cluster; phones are read a page a turn. `request` names numbers, or
 * none: then those of the dial plan count. `done` runs once, later, unless `scope` closes before. A
 * negative code: never. */
int emergency_cases_find(struct dna *dna, sj_scope *scope, const sj_dna_emergency *request,
                         struct emergency_cases *cases, emergency_cases_fn *done, void *user,
                         sj_error *error);
void emergency_cases_clear(struct emergency_cases *cases);

/* emergency_visited.c: what becomes of calls of this cluster's travellers that come back to the
 * cluster in which they are. */
struct visited_question {
    const char *cluster_id;
    const char *const *numbers; /* as they come back */
    size_t numbers_count;
    const char *at; /* UTC; "": now */
    uint64_t until; /* monotonic ms: nobody is asked later */
};
/* NULL: it does not say, for that reason. Borrowed for the callback. */
typedef void visited_rows_fn(void *user, const sj_intercluster_emergency_answer *answer,
                             const char *why);
/* `done` runs once, now or later, unless `scope` closes before. */
void emergency_visited_ask(struct dna *dna, sj_scope *scope,
                           const struct visited_question *question, visited_rows_fn *done,
                           void *user);

void emergency_page(sj_xml_text *page, const sj_dna_emergency_reply *reply);

#endif
