/* Visitors: tells how many users of which cluster are logged in on phones of ours. Wiring only; the
 * counting is in tally.c.
 *
 * An example of a plugin that listens to the house's events, answers a command of its own, keeps a
 * parameter and a timer. */
#include <sojourn/sojourn.h>

#include "events/session.h"
#include "tally.h"
#include "visitors.h"
#include "visitors_schema.h"

struct visitors {
    sj_scope *scope;
    struct tally tally;
};

static void session_started(void *user, const sj_session_started *event) {
    struct visitors *visitors = user;
    if (event->kind == SJ_SESSION_KIND_VISITING) {
        tally_login(&visitors->tally, event->remote_cluster_id);
    }
}

static void session_ended(void *user, const sj_session_ended *event) {
    struct visitors *visitors = user;
    if (event->kind == SJ_SESSION_KIND_VISITING) {
        tally_logout(&visitors->tally, event->remote_cluster_id);
    }
}

static void report(void *user, sj_question *question, const sj_visitors_report *request) {
    const struct visitors *visitors = user;
    sj_visitors_report_reply_cluster clusters[TALLY_CLUSTERS];
    (void)request;
    for (size_t i = 0; i < visitors->tally.count; i++) {
        const struct tally_cluster *cluster = &visitors->tally.clusters[i];
        clusters[i] = (sj_visitors_report_reply_cluster){cluster->id, cluster->now, cluster->most,
                                                         cluster->logins};
    }
    const sj_visitors_report_reply reply = {visitors->tally.now, clusters, visitors->tally.count};
    sj_reply_visitors_report(visitors->scope, question, &reply);
}

static int64_t interval_ms(sj_scope *scope) {
    return sj_param_visitors_summary_interval(scope) * 60 * 1000;
}

/* One-shot and started again, so that a changed parameter is heeded. */
static void summary(void *user) {
    struct visitors *visitors = user;
    sj_log(visitors->scope, SJ_LOG_INFO, "%lld visitors are logged in, of %zu clusters seen",
           (long long)visitors->tally.now, visitors->tally.count);
    if (sj_timer_start(visitors->scope, interval_ms(visitors->scope), 0, summary, visitors) ==
        NULL) {
        sj_log(visitors->scope, SJ_LOG_WARNING,
               "no further summaries: the timer could not be started");
    }
}

static int visitors_init(sj_scope *scope, void *state, sj_error *error) {
    struct visitors *visitors = state;
    visitors->scope = scope;
    if (sj_on_session_started(scope, session_started, visitors, error) == NULL ||
        sj_on_session_ended(scope, session_ended, visitors, error) == NULL ||
        sj_answer_visitors_report(scope, report, visitors, error) == NULL) {
        return error->code;
    }
    return SJ_OK;
}

static int visitors_start(sj_scope *scope, void *state, sj_error *error) {
    if (sj_timer_start(scope, interval_ms(scope), 0, summary, state) == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the timer of the summary");
    }
    return SJ_OK;
}

SJ_PLUGIN("visitors", "Visitors", "1.0.0",
          "Tells how many users of which cluster are logged in on phones of ours.", "",
          "request:visitors.report", 0, struct visitors, &visitors_schema, visitors_init,
          visitors_start, NULL, NULL);
