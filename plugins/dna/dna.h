/* State of the Dialed Number Analyzer Server, and what its files offer each other. */
#ifndef DNA_H
#define DNA_H

#include <sojourn/base/list.h>
#include <sojourn/sojourn.h>

#include "events/analysis.h"
#include "parts/analysed_caller.h"
#include "parts/plan_change.h"

struct dna {
    sj_scope *scope;
    sj_metric *analyses;
    struct sj_peer_memory peer_memory;
    sj_list_head peer_questions; /* of other clusters, under way: peer_question.c */
};

/* analysis.c: one question to the call manager, about a caller of any kind. */
struct dna_call {
    sj_analysed_caller caller;
    const char *digits;
    const char *at; /* when it is made; "" or NULL: now */
    bool digit_by_digit, phones_assumed;
    const sj_plan_change *changes; /* this and what follows stays valid until the answer */
    size_t changes_count;
    const sj_call_analyse_expected_pattern *expected_patterns; /* whether these can be matched */
    size_t expected_patterns_count;
    const char *remote_cluster_id; /* it comes from that cluster; or NULL */
    const char *route_string;      /* by which that has routed it; or NULL */
    const char *from_location;     /* that it brings along from there; or NULL */
    bool continues;                /* bandwidth and other clusters are asked about, too */
    bool observe;                  /* they are to observe trunks of which nothing is known */
    const char *const *way;        /* the clusters it has come through: continuation.h */
    size_t way_count;
    int64_t wait_ms; /* for these; 0: as long as need be */
};

/* What the cluster has said to which the call goes. */
struct dna_continued {
    const char *outcome, *explanation; /* NULL: it was not asked, or has not said */
    const char *scheduled_partition;   /* there, or behind it, on which it depends; "": none */
    const char *why_not;               /* then, when it was asked */
    bool further;                      /* it goes on to another cluster */
    bool not_callable;                 /* over trunks there that cannot be called */
    bool reached;                      /* over one there that was last observed to answer */
    bool circle;   /* it comes to a cluster again with the same number, and has no other way */
    int64_t cause; /* Q.850, of a call that is refused behind this cluster's decision; 0: none */
};

/* `steps` are those of the reply, with what was found before it. All of it is borrowed for the
 * callback; NULL when status is not SJ_OK. */
struct dna_answer {
    const sj_call_analyse_reply *reply;
    const sj_routing_step *steps;
    size_t steps_count;
    struct dna_continued continued;
};
typedef void dna_answer_fn(void *user, int status, const sj_error *error,
                           const struct dna_answer *answer);

/* `done` runs once, later, unless `scope` closes before. A negative code: never. */
int dna_ask(struct dna *dna, sj_scope *scope, const struct dna_call *call, dna_answer_fn *done,
            void *user, sj_error *error);

/* The first destination that was last observed to answer; else the first that can be called as
 * things are; NULL: none can. */
const sj_call_destination *dna_callable(const sj_call_analyse_reply *reply);

/* What that destination is sent; when none can be called, as the call manager says. */
struct dna_numbers {
    const char *called, *calling;
};
struct dna_numbers dna_numbers_of(const sj_call_analyse_reply *reply);

/* A copy of a record; free with sj_record_free. NULL: no memory. */
void *dna_copy(sj_scope *scope, const sj_record_meta *meta, const void *record);

/* analyze.c answers dna.analyze, test_run.c dna.test, emergency.c dna.emergency. */
int analyze_open(struct dna *dna, sj_error *error);
int test_run_open(struct dna *dna, sj_error *error);
int emergency_open(struct dna *dna, sj_error *error);
/* peer.c: other clusters ask, of a call; emergency_peer.c: of the emergency calls of their users.
 */
int peer_open(struct dna *dna, sj_error *error);
int emergency_peer_open(struct dna *dna, sj_error *error);

#endif
