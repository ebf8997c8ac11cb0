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
    const char *not_known; /* why it is not asked about; NULL: it is */
    bool by_digits;        /* a phone dials: digits may come one after the other */
    struct dna_call call;
};

struct emergency_cases {
    struct emergency_case *cases;
    size_t count, room;
    size_t phones; /* looked at */
    bool cut;      /* there are more */
    bool no_numbers;
    bool intercom;                         /* there are intercom lines, which have no row */
    bool has_locations;                    /* besides those that are always there */
    const char *wide[WIDE_PATTERNS_SHOWN]; /* patterns of more numbers than are asked about */
    size_t wide_count;
    bool more_wide;
    const char *silent;    /* an adjunct CSS that reaches no emergency number; NULL: none */
    const char *unreached; /* an emergency number whose partition nobody searches; NULL: none */
};

/* emergency_way.c: what is known of a way. */
enum emergency_way {
    EMERGENCY_WAY,       /* to a gateway that was last observed to answer */
    EMERGENCY_HOLE,      /* it leads to none */
    EMERGENCY_NOT_KNOWN, /* nobody has said, or observed it */
};
/* As rows say whether it is a hole: "no", "yes", "not known". */
const char *emergency_way_word(enum emergency_way way);
/* Another word: not known. */
enum emergency_way emergency_way_of(const char *word);
/* What the dial plan says of all ways. */
struct emergency_plan {
    bool has_locations; /* calls may be refused for want of bandwidth, but for emergency calls */
    bool at_a_time;     /* the calls are made then; else at any time */
};
/* `text` has why it is a hole or not known, or what is to be said of it; `way` is the destination,
 * or NULL. NULL reply: it could not be analysed, for the reason in `text`. */
enum emergency_way emergency_way_judge(const struct emergency_plan *plan,
                                       const sj_call_analyse_reply *reply,
                                       const struct dna_continued *continued, const char *number,
                                       const sj_call_destination **way, char *text, size_t room);

/* Whether what the way leads to was last observed to answer; if not, that is added to `text`. */
enum emergency_way emergency_way_observed(const sj_call_destination *way, char *text, size_t room);
/* Whether the partition `scheduled` ("": there is none) makes it a way at some times only; then
 * that is added to `text`. */
bool emergency_way_depends(const struct emergency_plan *plan, const char *scheduled, char *text,
                           size_t room);
/* Digit after digit it is refused before its last one: asked about as a whole, it says why. */
bool emergency_way_is_refused_early(const sj_call_analyse_reply *reply, const char *number);
/* Digit after digit it goes out to those who help before its last one. Dialled as a whole it may
 * go elsewhere: that is to be asked, too. */
bool emergency_way_ends_sooner(const sj_call_analyse_reply *reply, const char *number);

/* At most 50 of 0-9 * # +. */
bool emergency_is_number(const char *text);

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
    const char *const *numbers;         /* as they come back */
    const char *const *calling_numbers; /* with which each does */
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
