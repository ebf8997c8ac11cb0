/* The Dialed Number Analyzer Server in the test kit, beside a call manager, a Location Bandwidth
 * Manager and another cluster that the test plays. */
#ifndef DNA_KIT_H
#define DNA_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sojourn/testkit.h>

#include "events/analysis.h"
#include "events/sip_trunk.h"
#include "resources/calling_search_space.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"

extern const sj_plugin sj_plugin_descriptor;

static struct {
    sj_call_destination destination; /* what the call manager says */
    char asked[400];                 /* of it */
    int asked_count;
    bool lbm_has_room, no_links;
    const char *answer; /* of the other cluster; NULL: none */
    int http_status;
    int64_t delay_ms;
    char sent[2000], url[200];
    char course[4000], said[40]; /* outcome, status and cause that dna.analyze has answered */
    char shown[64]; /* the calling number of dna.analyze, or of the matrix's first row */
    int status;
    const char *outcome, *learned_from; /* NULL: trunk, nobody */
    bool valid, here_only;
    const char *at;                    /* when emergency calls are made; NULL: at any time */
    const char *hangs;                 /* address of the other cluster that never answers */
    const char *alive;                 /* ... but for this one; or NULL */
    int fetched;                       /* so often one was asked */
    bool trunks_fail;                  /* they cannot be asked */
    int trunks_asked;                  /* so often; then they answer */
    bool observed;                     /* they answer once they have been asked */
    const sj_call_destination *others; /* two destinations instead of one */
    const char *matched;               /* what the call matches, in partition Other; or NULL */
    const char *pattern;               /* the only one that there is; NULL: each is */
    const char *(*decide)(const sj_call_analyse *request); /* the outcome; NULL: as above */
    const char *scheduled;             /* partition on whose time schedule it depends; NULL: none */
    const sj_dialled_prefix *prefixes; /* two, when asked digit by digit */
    sj_call_destination around;        /* by automated alternate routing; without device: nothing */
    int64_t around_status;             /* by which that would be refused */
    bool no_trunk;                     /* leads to the cluster from which the call would come */
    int64_t sip_status;                /* by which the call manager would refuse the call */
    const sj_call_destination *hunted_on; /* without the first destination; NULL: it is refused */
    char without[200];                    /* bandwidth: what it was asked about last */
} world;

static inline void on_trunk_status(void *user, sj_question *question,
                                   const sj_sip_trunk_status *request) {
    sj_testkit *kit = user;
    const sj_sip_trunk_status_reply reply = {.trunks = NULL};
    assert_true(request->ask);
    world.trunks_asked++;
    if (world.trunks_fail) {
        sj_fail(sj_testkit_scope(kit), question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    world.destination.reachable = world.destination.reachable || world.observed;
    sj_reply_sip_trunk_status(sj_testkit_scope(kit), question, &reply);
}

static inline void on_analyse(void *user, sj_question *question, const sj_call_analyse *request) {
    sj_testkit *kit = user;
    const sj_routing_step step = {.kind = SJ_ROUTING_STEP_KIND_OUTCOME,
                                  .subject = "trunk",
                                  .before = "",
                                  .after = "",
                                  .text = "decided"};
    sj_call_analyse_reply_unknown_pattern unknown[2];
    size_t count = 0;
    const bool on = request->without_bandwidth_count > 0;
    world.without[0] = '\0';
    for (size_t i = 0; i < request->without_bandwidth_count; i++) {
        const size_t used = strlen(world.without);
        (void)snprintf(world.without + used, sizeof world.without - used, "%s ",
                       request->without_bandwidth[i]);
    }
    if (world.no_trunk && sj_given(request->remote_cluster_id)) {
        sj_error error;
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "remote_cluster_id",
                             "no SIP trunk leads to %s", request->remote_cluster_id);
        sj_fail_error(sj_testkit_scope(kit), question, &error);
        return;
    }
    for (size_t i = 0; world.pattern != NULL && i < request->expected_patterns_count; i++) {
        const sj_call_analyse_expected_pattern *expected = &request->expected_patterns[i];
        if (strcmp(expected->pattern, world.pattern) != 0) {
            unknown[count++] = (sj_call_analyse_reply_unknown_pattern){
                expected->pattern, expected->partition, "there is no such pattern"};
        }
    }
    const sj_call_analyse_reply reply = {
        .unknown_patterns = unknown,
        .unknown_patterns_count = count,
        .pattern = sj_or_empty(world.matched),
        .partition = world.matched != NULL ? "Other" : "",
        .outcome = world.decide != NULL    ? world.decide(request)
                   : world.outcome != NULL ? world.outcome
                                           : "trunk",
        .prefixes = world.prefixes,
        .prefixes_count = world.prefixes != NULL && request->digit_by_digit ? 2 : 0,
        .scheduled_partition = sj_or_empty(world.scheduled),
        .learned_from = sj_or_empty(world.learned_from),
        .explanation = "It goes out.",
        .status = on && world.hunted_on == NULL ? 488 : world.sip_status,
        .cause = on && world.hunted_on == NULL ? 125 : 0,
        .steps = &step,
        .steps_count = 1,
        .destinations = on                     ? world.hunted_on
                        : world.others != NULL ? world.others
                                               : &world.destination,
        .destinations_count = on                     ? (world.hunted_on != NULL ? 1 : 0)
                              : world.others != NULL ? 2
                                                     : 1,
        .alternate_status = world.around_status,
        .alternate_destinations = &world.around,
        .alternate_destinations_count = world.around.device != NULL ? 1 : 0,
        .at = request->at};
    world.asked_count++;
    (void)snprintf(world.asked, sizeof world.asked, "%s from %s phone %s%s route %s shown %s",
                   request->digits, request->remote_cluster_id, request->device_name,
                   request->returned ? " returned" : "", request->route_string,
                   request->calling_number);
    sj_reply_call_analyse(sj_testkit_scope(kit), question, &reply);
}

static inline int64_t on_fetch(void *user, const sj_http_call *call, sj_http_result *result) {
    (void)user;
    (void)snprintf(world.url, sizeof world.url, "%s", call->url);
    (void)snprintf(world.sent, sizeof world.sent, "%.*s", (int)call->body_length,
                   (const char *)call->body);
    assert_string_equal(call->peer_cluster, "BR");
    world.fetched++;
    if (world.answer == NULL || (world.hangs != NULL && strstr(call->url, world.hangs) != NULL &&
                                 (world.alive == NULL || strstr(call->url, world.alive) == NULL))) {
        return -1;
    }
    result->status = SJ_OK;
    result->http_status = world.http_status;
    result->body = world.answer;
    result->body_length = strlen(world.answer);
    return world.delay_ms;
}

static inline int setup(void **state) {
    sj_error error = {0};
    sj_testkit *kit = sj_testkit_open(NULL);
    memset(&world, 0, sizeof world);
    world.destination = (sj_call_destination){.device = "To-BR",
                                              .address = "sip:6100@192.0.2.7",
                                              .called_number = "6100",
                                              .calling_number = "4002",
                                              .next_cluster_id = "BR",
                                              .reachable = true};
    *state = kit;
    sj_testkit_on_fetch(kit, on_fetch, NULL);
    if (sj_testkit_put(kit, &sj_remote_cluster_meta,
                       "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"192.0.2.7\"}",
                       &error) != SJ_OK ||
        sj_testkit_start(kit, &sj_plugin_descriptor, &error) != SJ_OK ||
        sj_answer_call_analyse(sj_testkit_scope(kit), on_analyse, kit, &error) == NULL ||
        sj_answer_sip_trunk_status(sj_testkit_scope(kit), on_trunk_status, kit, &error) == NULL) {
        print_error("%s\n", error.text);
        return 1;
    }
    return 0;
}

static inline int teardown(void **state) {
    sj_error error = {0};
    const int status = sj_testkit_end(*state, &error);
    if (status != SJ_OK) {
        print_error("%s\n", error.text);
    }
    return status;
}

static inline void put(sj_testkit *kit, const sj_resource_meta *meta, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(kit, meta, json, &error) != SJ_OK) {
        fail_msg("%s: %s", json, error.text);
    }
}

static inline void holds(const char *part) {
    if (strstr(world.course, part) == NULL) {
        fail_msg("expected \"%s\" in\n%s", part, world.course);
    }
}

static inline void a_phone(sj_testkit *kit) {
    put(kit, &sj_partition_meta, "{\"name\":\"Help\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"All\",\"partitions\":[\"Help\"]}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334455\",\"model\":\"Cisco 8851\",\"calling_search_space\":\"All\"}");
}
#define DNA_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
