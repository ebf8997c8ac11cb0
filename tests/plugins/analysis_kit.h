/* Asks call.analyse in the test kit, and keeps what was answered as text. */
#ifndef ANALYSIS_KIT_H
#define ANALYSIS_KIT_H

#include "callmanager_kit.h"
#include "events/analysis.h"

#define ALICE "SEP001122334401"

/* What came of the last question, as text. */
static struct analysis {
    int status;
    char error[400], outcome[40], summary[600], destinations[4000], prefixes[4000], course[60000];
    char dialled[80], ended[600]; /* digit by digit: until it ended, and why there */
    char unknown[400];            /* of the patterns asked about */
    char scheduled[64];           /* partition on whose time schedule it depends */
    bool learned;                 /* another cluster has advertised it */
    int64_t sip_status, cause;
    char around[400], around_text[100];   /* status and devices of automated alternate routing */
    size_t destinations_count, failovers; /* these are tried over the PSTN */
    struct {
        char address[300], called[80], calling[80], text[100], next_cluster[60], bandwidth[300],
            lbm[200];
    } to[64];
} analysed;

static inline void add(char *text, size_t room, const char *format, ...) SJ_PRINTF(3, 4);
static inline void add(char *text, size_t room, const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, room - used, format, arguments);
    va_end(arguments);
}

static inline void on_analysed(void *user, int status, const sj_error *error,
                               const sj_call_analyse_reply *reply) {
    (void)user;
    memset(&analysed, 0, sizeof analysed);
    analysed.status = status;
    if (status != SJ_OK) {
        add(analysed.error, sizeof analysed.error, "%s: %s", error->field, error->text);
        return;
    }
    add(analysed.outcome, sizeof analysed.outcome, "%s", reply->outcome);
    add(analysed.summary, sizeof analysed.summary, "%s %s in \"%s\": %s shown %s", reply->outcome,
        reply->pattern, reply->partition, reply->called_number, reply->calling_number);
    analysed.sip_status = reply->status;
    analysed.cause = reply->cause;
    (void)snprintf(analysed.scheduled, sizeof analysed.scheduled, "%s", reply->scheduled_partition);
    analysed.learned = reply->learned_from[0] != '\0';
    analysed.destinations_count = reply->destinations_count;
    analysed.failovers = 0;
    for (size_t i = 0; i < reply->destinations_count; i++) {
        const sj_call_destination *to = &reply->destinations[i];
        analysed.failovers += to->pstn_failover;
        add(analysed.destinations, sizeof analysed.destinations, "%s %s %s; ", to->device,
            to->called_number, to->remote_cluster_id);
        (void)snprintf(analysed.to[i].address, sizeof analysed.to[i].address, "%s", to->address);
        (void)snprintf(analysed.to[i].called, sizeof analysed.to[i].called, "%s",
                       to->called_number);
        (void)snprintf(analysed.to[i].calling, sizeof analysed.to[i].calling, "%s",
                       to->calling_number);
        (void)snprintf(analysed.to[i].text, sizeof analysed.to[i].text, "%s", to->text);
        (void)snprintf(analysed.to[i].next_cluster, sizeof analysed.to[i].next_cluster, "%s",
                       to->next_cluster_id);
        if (to->needs_lbm) {
            (void)snprintf(analysed.to[i].lbm, sizeof analysed.to[i].lbm, "%s > %s needs %s",
                           to->from_location, to->to_location,
                           to->lbm_answers ? "one" : "an absent one");
        }
        if (to->takes_bandwidth) {
            (void)snprintf(analysed.to[i].bandwidth, sizeof analysed.to[i].bandwidth,
                           "%s%s%s > %s%s%s %d kbps%s; else %s through %s", to->from_cluster,
                           to->from_cluster[0] == '\0' ? "" : "/", to->from_location,
                           to->to_cluster, to->to_cluster[0] == '\0' ? "" : "/", to->to_location,
                           (int)to->audio_bit_rate, to->never_refused ? ", never refused" : "",
                           to->alternate_number, to->alternate_calling_search_space);
        }
    }
    add(analysed.around, sizeof analysed.around, "%d", (int)reply->alternate_status);
    for (size_t i = 0; i < reply->alternate_destinations_count; i++) {
        add(analysed.around, sizeof analysed.around, " %s",
            reply->alternate_destinations[i].device);
        (void)snprintf(analysed.around_text, sizeof analysed.around_text, "%s",
                       reply->alternate_destinations[i].text);
    }
    for (size_t i = 0; i < reply->unknown_patterns_count; i++) {
        add(analysed.unknown, sizeof analysed.unknown, "%s", reply->unknown_patterns[i].text);
    }
    for (size_t i = 0; i < reply->prefixes_count; i++) {
        (void)snprintf(analysed.dialled, sizeof analysed.dialled, "%s", reply->prefixes[i].digits);
        (void)snprintf(analysed.ended, sizeof analysed.ended, "%s", reply->prefixes[i].text);
        add(analysed.prefixes, sizeof analysed.prefixes, "%s %s %s; ", reply->prefixes[i].digits,
            reply->prefixes[i].state, reply->prefixes[i].pattern);
    }
    for (size_t i = 0; i < reply->steps_count; i++) {
        const sj_routing_step *step = &reply->steps[i];
        add(analysed.course, sizeof analysed.course, "%d %s %s|%s>%s|%s\n", (int)step->depth,
            sj_routing_step_kind_text(step->kind), step->subject, step->before, step->after,
            step->text);
    }
}

static inline void ask(sj_testkit *kit, const sj_call_analyse *request) {
    sj_error error = {0};
    assert_int_equal(
        sj_ask_call_analyse(sj_testkit_scope(kit), request, 0, on_analysed, NULL, &error), SJ_OK);
    sj_testkit_run(kit);
}

static inline void ask_for(sj_testkit *kit, const char *device, const char *digits) {
    const sj_call_analyse request = {.device_name = device, .digits = digits};
    ask(kit, &request);
}

#endif
