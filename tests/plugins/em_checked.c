/* Builds the two clusters, answers for their trunks and numbers, and takes the report of a check.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "parameters/emcc.h"
#include "resources/calling_search_space.h"
#include "resources/certificates.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_configuration.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/geolocation.h"
#include "resources/geolocation_filter.h"
#include "resources/intercluster_service_profile.h"
#include "resources/node.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_service.h"
#include "resources/route_group.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"

void put_certificate(struct world *world, int cluster, int kind, const char *not_after) {
    static const char *const kinds[] = {"tomcat", "CallManager", "CAPF", "ITLRecovery"};
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"fingerprint\":\"%064d\",\"cluster_id\":\"%s\",\"kind\":\"%s\",\"not_"
                   "before\":\"2020-01-01T00:00:00Z\","
                   "\"not_after\":\"%s\"}",
                   kind + 1, cluster == HQ ? "BR" : "HQ", kinds[kind], not_after);
    world_put(world, cluster, &sj_trusted_certificate_meta, json);
}

void put_activation(struct world *world, int cluster, const char *service, bool activated) {
    char json[256];
    (void)snprintf(json, sizeof json, "{\"service\":\"%s\",\"node\":\"%s\",\"activated\":%s}",
                   service, cluster == HQ ? "hq-1" : "br-1", activated ? "true" : "false");
    world_put(world, cluster, &sj_service_activation_meta, json);
}

void put_alice(struct world *world, const char *more) {
    char json[768];
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"enable_emcc\":true,"
        "\"controlled_profiles\":[\"alice-8851\"]%s}",
        sj_testkit_hash(world->kits[HQ], "12345"), more);
    world_put(world, HQ, &sj_end_user_meta, json);
}

static void both_sides(struct world *world, int cluster) {
    char json[256];
    const char *address = cluster == HQ ? "127.0.0.1" : "127.0.0.2";
    static const char *const services[] = {"extension-mobility", "callmanager", "tftp"};
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"%s\",\"address\":\"%s\",\"tftp_http_port\":6970}",
                   cluster == HQ ? "hq-1" : "br-1", address);
    world_put(world, cluster, &sj_cluster_node_meta, json);
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        put_activation(world, cluster, services[i], true);
    }
    for (int kind = 0; kind < 4; kind++) {
        put_certificate(world, cluster, kind, FAR);
    }
    world_put(world, cluster, &sj_partition_meta, "{\"name\":\"PSTN\"}");
    world_put(world, cluster, &sj_calling_search_space_meta,
              "{\"name\":\"From home\",\"partitions\":[\"PSTN\"]}");
    world_put(world, cluster, &sj_sip_trunk_meta, TRUNK);
    world_put(world, cluster, &sj_sip_trunk_meta,
              "{\"name\":\"Gateway\",\"destinations\":[{\"address\":\"127.0.0.9\"}]}");
    world_put(world, cluster, &sj_route_group_meta,
              "{\"name\":\"Gateways\",\"members\":[\"Gateway\"]}");
    world_put(world, cluster, &sj_route_pattern_meta,
              "{\"pattern\":\"999\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    world_put(world, cluster, &sj_intercluster_service_profile_meta, PROFILE);
    world_param(world, cluster, &sj_param_emcc_default_server_for_remote_cluster_update_meta,
                address);
    world_param(world, cluster, &sj_param_emcc_default_tftp_server_meta, address);
    world_put(world, cluster, &sj_emcc_configuration_meta,
              "{\"default_template\":\"EMCC template\"}");
}

sj_sip_trunk_status_reply_trunk_state gateway_state;
bool partners_node_is_dead, call_managers_are_silent;

/* As a call manager does that has just asked. */
static void answer_trunks(void *user, sj_question *question, const sj_sip_trunk_status *request) {
    const sj_sip_trunk_status_reply_trunk_destination node = {
        .address = "127.0.0.2", .state = SJ_TRUNK_REACH_UNREACHABLE, .reason = "no answer."};
    const sj_sip_trunk_status_reply_trunk trunk = {
        .name = "Gateway",
        .destinations = &node,
        .destinations_count = partners_node_is_dead ? 1 : 0,
        .state = gateway_state,
        .reason = gateway_state == SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_FULL_SERVICE
                      ? ""
                      : "127.0.0.9 does not answer"};
    const sj_sip_trunk_status_reply reply = {.trunks = &trunk, .trunks_count = 1};
    assert_true(request->ask);
    if (call_managers_are_silent) {
        return;
    }
    sj_reply_sip_trunk_status(user, question, &reply);
}

sj_number_analyse_reply_result_outcome emergency_outcome;
char analysed[256];

static void add_to(char *text, size_t room, const char *word) {
    const size_t length = strlen(text);
    (void)snprintf(text + length, room - length, "%s%s", length > 0 ? " " : "", word);
}

static void answer_numbers(void *user, sj_question *question, const sj_number_analyse *request) {
    sj_number_analyse_reply_result results[20];
    const sj_number_analyse_reply reply = {.results = results,
                                           .results_count = request->numbers_count};
    analysed[0] = '\0';
    for (size_t i = 0; i < request->numbers_count; i++) {
        add_to(analysed, sizeof analysed, request->numbers[i]);
        results[i] = (sj_number_analyse_reply_result){.number = request->numbers[i],
                                                      .outcome = emergency_outcome,
                                                      .pattern = "99X",
                                                      .partition = "Bar",
                                                      .calling_search_space = "EMCC"};
    }
    add_to(analysed, sizeof analysed, "via");
    for (size_t i = 0; i < request->calling_search_spaces_count; i++) {
        add_to(analysed, sizeof analysed, request->calling_search_spaces[i]);
    }
    sj_reply_number_analyse(user, question, &reply);
}

int ready(void **state) {
    struct world *world = malloc(sizeof *world);
    gateway_state = SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_FULL_SERVICE;
    partners_node_is_dead = call_managers_are_silent = false;
    emergency_outcome = SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_RETURN_TO_VISITING_CLUSTER;
    analysed[0] = '\0';
    world_open(world, 2);
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        sj_scope *scope = sj_testkit_scope(world->kits[cluster]);
        assert_non_null(sj_answer_sip_trunk_status(scope, answer_trunks, scope, NULL));
        assert_non_null(sj_answer_number_analyse(scope, answer_numbers, scope, NULL));
    }
    both_sides(world, HQ);
    both_sides(world, BR);
    /* HQ, the home cluster: a phone of its own, and the way of an emergency call from London. */
    world_put(world, HQ, &sj_geolocation_meta,
              "{\"name\":\"San Jose\",\"address\":{\"country\":\"US\"}}");
    world_put(world, HQ, &sj_device_pool_meta, POOL("San Jose", "San Jose"));
    world_put(world, HQ, &sj_phone_meta,
              "{\"name\":\"SEPHQ\",\"model\":\"Cisco 8851\",\"device_pool\":\"San "
              "Jose\",\"enable_extension_mobility\":true}");
    world_put(
        world, HQ, &sj_route_list_meta,
        "{\"name\":\"Local\",\"members\":[{\"route_group\":\"Standard Local Route Group\"}]}");
    world_put(world, HQ, &sj_route_pattern_meta,
              "{\"pattern\":\"999\",\"partition\":\"UK emergency\",\"route_list\":\"Local\"}");
    /* BR: the same for its own travellers. */
    world_put(world, BR, &sj_phone_service_meta, SERVICE(",\"enterprise_subscription\":true"));
    world_put(world, BR, &sj_device_pool_meta, POOL("Leeds", "Office"));
    world_put(world, BR, &sj_geolocation_meta,
              "{\"name\":\"America\",\"address\":{\"country\":\"US\"}}");
    world_put(world, BR, &sj_geolocation_filter_meta,
              "{\"name\":\"Country\",\"use_country\":true}");
    world_param(world, BR, &sj_param_emcc_geolocation_filter_meta, "Country");
    world_put(world, BR, &sj_partition_meta, "{\"name\":\"US emergency\"}");
    world_put(world, BR, &sj_calling_search_space_meta,
              "{\"name\":\"Adjunct\",\"partitions\":[\"US emergency\"]}");
    world_put(
        world, BR, &sj_route_list_meta,
        "{\"name\":\"Local\",\"members\":[{\"route_group\":\"Standard Local Route Group\"}]}");
    world_put(world, BR, &sj_route_pattern_meta,
              "{\"pattern\":\"911\",\"partition\":\"US emergency\",\"route_list\":\"Local\"}");
    world_put(
        world, BR, &sj_device_pool_meta,
        "{\"name\":\"US "
        "visitors\",\"geolocation\":\"America\",\"adjunct_calling_search_space\":\"Adjunct\"}");
    world_put(world, BR, &sj_directory_number_meta, "{\"pattern\":\"2001\"}");
    world_put(
        world, BR, &sj_device_profile_meta,
        "{\"name\":\"Bruce\",\"model\":\"Cisco 8851\",\"emcc_calling_search_space\":\"From home\","
        "\"lines\":[{\"directory_number\":\"2001\"}]}");
    char bruce[256];
    (void)snprintf(bruce, sizeof bruce,
                   "{\"user_id\":\"bruce\",\"last_name\":\"B\",\"pin\":\"%s\",\"enable_emcc\":true,"
                   "\"controlled_profiles\":[\"Bruce\"]}",
                   sj_testkit_hash(world->kits[BR], "1"));
    world_put(world, BR, &sj_end_user_meta, bruce);
    world_put(world, BR, &sj_emcc_template_meta, "{\"name\":\"EMCC template\"}");
    world_put(world, BR, &sj_emcc_base_device_meta,
              "{\"name\":\"EMCC1\",\"number\":1,\"emcc_template\":\"EMCC template\"}");
    world_advance(world, 100);
    *state = world;
    return 0;
}

static void take(struct report *report, const char *kind, const char *sentence) {
    assert_true(report->count < SENTENCES);
    (void)snprintf(report->sentences[report->count++], sizeof report->sentences[0], "%s%s", kind,
                   sentence);
}

void reported(void *user, int status, const sj_error *error, const sj_emcc_check_reply *reply) {
    struct report *report = user;
    report->answered = true;
    report->status = status;
    if (status != SJ_OK) {
        (void)snprintf(report->error, sizeof report->error, "%s", error->text);
        return;
    }
    report->ready = reply->ready;
    report->travellers = reply->travellers;
    report->phones = reply->phones;
    report->base_devices = reply->base_devices;
    report->free_base_devices = reply->free_base_devices;
    for (size_t i = 0; i < reply->problems_count; i++) {
        take(report, "", reply->problems[i]);
    }
    for (size_t i = 0; i < reply->clusters_count; i++) {
        for (size_t k = 0; k < reply->clusters[i].problems_count; k++) {
            take(report, "", reply->clusters[i].problems[k]);
        }
    }
    for (size_t i = 0; i < reply->notes_count; i++) {
        take(report, "note: ", reply->notes[i]);
    }
}

struct report *check(struct world *world, int cluster, const char *with, bool offline) {
    const sj_emcc_check request = {.cluster_id = with, .offline = offline};
    struct report *report = calloc(1, sizeof *report);
    assert_non_null(report);
    assert_int_equal(sj_ask_emcc_check(sj_testkit_scope(world->kits[cluster]), &request, 0,
                                       reported, report, NULL),
                     SJ_OK);
    for (int i = 0; i < 250 && !report->answered; i++) {
        world_advance(world, 100);
    }
    assert_true(report->answered);
    return report;
}

void expect_report(const char *what, struct report *report, const char *const wanted[3],
                   bool ready_wanted) {
    size_t count = 0;
    bool same = report->status == SJ_OK;
    for (; count < 3 && wanted[count] != NULL; count++) {
        bool found = false;
        for (size_t i = 0; i < report->count; i++) {
            found = found || strcmp(report->sentences[i], wanted[count]) == 0;
        }
        if (!found) {
            print_error("%s: missing: %s\n", what, wanted[count]);
            same = false;
        }
    }
    if (!same || count != report->count || report->ready != ready_wanted) {
        for (size_t i = 0; i < report->count; i++) {
            print_error("%s: said: %s\n", what, report->sentences[i]);
        }
        fail_msg("%s: %s, %zu sentences, expected %zu %s", what,
                 report->ready ? "ready" : "not ready", report->count, count, report->error);
    }
    free(report);
}

void expect_each(const struct check_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct world *world;
        assert_int_equal(ready((void **)&world), 0);
        cases[i].break_it(world);
        expect_report(cases[i].what, check(world, cases[i].at, "", false), cases[i].sentences,
                      cases[i].ready);
        world_close(world);
        free(world);
    }
}

void region(struct world *world) {
    world_param(world, BR, &sj_param_emcc_region_max_audio_bit_rate_meta, "64");
}

void many_travellers(struct world *world) {
    char json[256];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(
            json, sizeof json,
            "{\"user_id\":\"t%04d\",\"last_name\":\"T\",\"enable_emcc\":true,\"pin\":\"%s\"%s}", i,
            sj_testkit_hash(world->kits[HQ], "1"),
            i < 3 ? ",\"default_profile\":\"alice-8851\"" : "");
        world_put(world, HQ, &sj_end_user_meta, json);
    }
}
