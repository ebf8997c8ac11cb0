/* What `sojourn emcc check` says of the calls of travellers and visitors: gateways, trunks,
 * emergency numbers, roaming device pools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "parameters/emcc.h"
#include "resources/call_manager_group.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/geolocation.h"
#include "resources/intercluster_service_profile.h"
#include "resources/partition.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/translation_pattern.h"

static void dead_gateway(struct world *world) {
    (void)world;
    gateway_state = SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_NO_SERVICE;
}
static void dead_node_of_partner(struct world *world) {
    (void)world;
    partners_node_is_dead = true;
}
static void barred_emergency(struct world *world) {
    (void)world;
    emergency_outcome = SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_BLOCKED;
}
static void lost_emergency(struct world *world) {
    (void)world;
    emergency_outcome = SJ_NUMBER_ANALYSE_REPLY_RESULT_OUTCOME_NO_MATCH;
}
static void half_a_gateway(struct world *world) {
    (void)world;
    gateway_state = SJ_SIP_TRUNK_STATUS_REPLY_TRUNK_STATE_PARTIAL_SERVICE;
}
static void no_trunk_css(struct world *world) {
    world_put(world, BR, &sj_sip_trunk_meta,
              "{\"name\":\"EMCC-Trunk\",\"trunk_service_type\":\"extension_mobility_cross_"
              "clusters\",\"send_geolocation\":true}");
}
static void no_gateway_in_css(struct world *world) {
    world_put(
        world, BR, &sj_route_pattern_meta,
        "{\"pattern\":\"999\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\",\"block\":true}");
}
static void trunk_of_other_type(struct world *world) {
    world_put(
        world, BR, &sj_sip_trunk_meta,
        "{\"name\":\"Other\",\"send_geolocation\":true,\"calling_search_space\":\"From home\"}");
    world_put(
        world, BR, &sj_intercluster_service_profile_meta,
        "{\"emcc_active\":true,\"pstn_access_active\":true,\"pstn_access_sip_trunk\":\"Other\"}");
}
static void three_trunks(struct world *world) {
    static const char *const names[] = {"Second", "Third"};
    for (size_t i = 0; i < 2; i++) {
        char json[128];
        (void)snprintf(
            json, sizeof json,
            "{\"name\":\"%s\",\"trunk_service_type\":\"extension_mobility_cross_clusters\"}",
            names[i]);
        world_put(world, BR, &sj_sip_trunk_meta, json);
    }
}
static void phones_css(struct world *world) {
    world_param(world, BR, &sj_param_emcc_css_for_pstn_access_sip_trunk_meta,
                "use_phones_original_device_css");
}
static void no_adjunct(struct world *world) {
    world_put(world, HQ, &sj_device_pool_meta, VISITORS(""));
}
static void no_emergency(struct world *world) {
    assert_int_equal(
        sj_route_pattern_delete(sj_testkit_scope(world->kits[HQ]), "999@UK emergency", NULL),
        SJ_OK);
}
static void translated_emergency(struct world *world) { /* in order again, by a translation */
    no_emergency(world);
    world_put(world, HQ, &sj_partition_meta, "{\"name\":\"Behind\"}");
    world_put(world, HQ, &sj_calling_search_space_meta,
              "{\"name\":\"Behind\",\"partitions\":[\"Behind\"]}");
    world_put(world, HQ, &sj_route_pattern_meta,
              "{\"pattern\":\"999\",\"partition\":\"Behind\",\"route_list\":\"Local\"}");
    world_put(
        world, HQ, &sj_translation_pattern_meta,
        "{\"pattern\":\"112\",\"partition\":\"UK emergency\",\"calling_search_space\":\"Behind\","
        "\"called_party_transform_mask\":\"999\"}");
}
static void never_returned(struct world *world) {
    world_put(world, HQ, &sj_route_list_meta,
              "{\"name\":\"Local\",\"return_to_visiting_cluster\":\"never\","
              "\"members\":[{\"route_group\":\"Standard Local Route Group\"}]}");
}
static void no_node(struct world *world) {
    world_put(world, HQ, &sj_call_manager_group_meta, "{\"name\":\"Empty\",\"nodes\":[\"hq-9\"]}");
    world_put(
        world, HQ, &sj_device_pool_meta,
        VISITORS(",\"adjunct_calling_search_space\":\"Adjunct\",\"call_manager_group\":\"Empty\""));
}
static void other_country(struct world *world) {
    world_put(world, BR, &sj_geolocation_meta,
              "{\"name\":\"Office\",\"address\":{\"country\":\"FR\"}}");
}

static const struct check_case cases[] = {
    {"gateway dead",
     dead_gateway,
     HQ,
     false,
     {"The SIP trunk Gateway reaches none of its destinations, calls over it fail: 127.0.0.9 does "
      "not answer"}},
    {"no calls at the other cluster",
     dead_node_of_partner,
     HQ,
     false,
     {"Node 127.0.0.2 of cluster BR does not take calls over the SIP trunk Gateway: no answer."}},
    {"a pattern that fits better than the emergency number's",
     barred_emergency,
     HQ,
     false,
     {"When user alice dials 999 at Office of cluster BR, pattern 99X in partition Bar of the "
      "calling search space EMCC is "
      "taken (blocked): the call does not leave through that cluster."}},
    {"an emergency number that nothing fits",
     lost_emergency,
     HQ,
     false,
     {"When user alice dials 999 at Office of cluster BR, nothing fits."}},
    {"gateway half dead",
     half_a_gateway,
     HQ,
     true,
     {"note: The SIP trunk Gateway reaches only some of its destinations: 127.0.0.9 does not "
      "answer"}},
    {"trunk without CSS",
     no_trunk_css,
     BR,
     false,
     {"The SIP trunk EMCC-Trunk has no calling search space: calls that come back from a "
      "traveller's home cluster reach "
      "nothing."}},
    {"trunk whose CSS leads nowhere",
     no_gateway_in_css,
     BR,
     false,
     {"No route pattern in the calling search space From home of the SIP trunk EMCC-Trunk leads to "
      "a gateway: emergency calls "
      "that come back from a traveller's home cluster fail."}},
    {"trunk of another type",
     trunk_of_other_type,
     BR,
     false,
     {"The SIP trunk Other of PSTN Access has another service type than Extension Mobility Cross "
      "Clusters."}},
    {"three trunks",
     three_trunks,
     BR,
     false,
     {"There are 3 SIP trunks of service type Extension Mobility Cross Clusters; expected at most "
      "two, one for PSTN Access and "
      "one for the RSVP Agent."}},
    {"phones' own CSS",
     phones_css,
     BR,
     false,
     {"No calling search space of its own, which CSS for PSTN Access SIP Trunk says is used for "
      "calls that come back: 1 phone "
      "(" PHONE ")."}},
    {"no adjunct CSS",
     no_adjunct,
     HQ,
     false,
     {"Phones at Office of cluster BR roam in device pool UK visitors, which has no adjunct CSS: "
      "emergency numbers of that "
      "place may not be reached."}},
    {"no emergency pattern",
     no_emergency,
     HQ,
     false,
     {"Phones at Office of cluster BR roam in device pool UK visitors: no route pattern in its "
      "adjunct CSS Adjunct leads to a "
      "route list with the Standard Local Route Group, so no emergency call leaves through that "
      "cluster."}},
    {"emergency number by translation", translated_emergency, HQ, true, {NULL}},
    {"route list that never returns",
     never_returned,
     HQ,
     false,
     {"Phones at Office of cluster BR roam in device pool UK visitors: no route pattern in its "
      "adjunct CSS Adjunct leads to a "
      "route list with the Standard Local Route Group, so no emergency call leaves through that "
      "cluster."}},
    {"no node to register with",
     no_node,
     HQ,
     false,
     {"No node of the Cisco Unified Communications Manager Group Empty, which device pool UK "
      "visitors of phones at Office of "
      "cluster BR uses, has Cisco CallManager activated: the phones find no call manager to "
      "register with."}},
    {"place without roaming pool",
     other_country,
     HQ,
     false,
     {"Phones at Office of cluster BR get no roaming device pool: the EMCC template's device pool "
      "is used."}},
};

static void each_thing_has_its_sentence(void **state) {
    (void)state;
    expect_each(cases, sizeof cases / sizeof cases[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_has_its_sentence),
    };
    return cmocka_run_group_tests_name("emcc check: calls", tests, NULL, NULL);
}
