/* What `sojourn emcc check` says of two clusters' records of each other, their certificates,
 * releases and security modes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "events/ils.h"
#include "parameters/enterprise.h"
#include "resources/certificates.h"
#include "resources/intercluster_service_profile.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"

static void own_certificates(void *user, sj_question *question,
                             const sj_certificates_list *request) {
    struct world *world = user;
    const int64_t now = sj_wall_ms(sj_testkit_scope(world->kits[HQ]));
    const sj_certificates_list_reply_entry entries[] = {
        {.kind = "tomcat", .not_after = now + INT64_C(400) * 1440 * MINUTE},
        {.kind = "CallManager", .not_after = now + INT64_C(10) * 1440 * MINUTE},
        {.kind = "CAPF", .not_after = now - INT64_C(10) * 1440 * MINUTE}};
    const sj_certificates_list_reply reply = {.certificates = entries, .certificates_count = 3};
    (void)request;
    sj_reply_certificates_list(sj_testkit_scope(world->kits[HQ]), question, &reply);
}
static void certificates_of_ours(struct world *world) {
    assert_non_null(sj_answer_certificates_list(sj_testkit_scope(world->kits[HQ]), own_certificates,
                                                world, NULL));
}
static void hubs_of_ils(void *user, sj_question *question, const sj_ils_status *request) {
    struct world *world = user;
    static const char *const not_here[] = {"not all is here of BR: the limit is reached"};
    const sj_ils_status_reply_hub hubs[] = {
        {.cluster_id = "H1", .answered_at = 1, .reason = ""},
        {.cluster_id = "H2", .failures = 3, .reason = "cluster H2 at 192.0.2.1: no connection"},
        {.cluster_id = "H3", .reason = ""}};
    const sj_ils_status_reply reply = {.role = SJ_ILS_ROLE_SPOKE,
                                       .not_here = not_here,
                                       .not_here_count = 1,
                                       .peer_id = "",
                                       .route_string = "",
                                       .hubs = hubs,
                                       .hubs_count = 3,
                                       .message = ""};
    (void)request;
    sj_reply_ils_status(sj_testkit_scope(world->kits[HQ]), question, &reply);
}
static void dial_plan_of_ils(void *user, sj_question *question, const sj_ils_status *request) {
    struct world *world = user;
    static const char *const not_advertised[] = {"54001: one counts, and another makes the same"};
    const sj_ils_status_reply reply = {.role = SJ_ILS_ROLE_HUB,
                                       .peer_id = "",
                                       .route_string = "",
                                       .not_advertised = not_advertised,
                                       .not_advertised_count = 1,
                                       .message = ""};
    (void)request;
    sj_reply_ils_status(sj_testkit_scope(world->kits[HQ]), question, &reply);
}
static void no_conflicts(void *user, sj_question *question, const sj_ils_conflicts *request) {
    struct world *world = user;
    const sj_ils_conflicts_reply reply = {.total = 0};
    (void)request;
    sj_reply_ils_conflicts(sj_testkit_scope(world->kits[HQ]), question, &reply);
}
static void conflicts(void *user, sj_question *question, const sj_ils_conflicts *request) {
    struct world *world = user;
    static const char *const same[] = {"two clusters have the id BR: give one of them another"};
    const sj_ils_conflicts_reply reply = {.total = 7, .same_id = same, .same_id_count = 1};
    (void)request;
    sj_reply_ils_conflicts(sj_testkit_scope(world->kits[HQ]), question, &reply);
}
static void silent_hubs(struct world *world) {
    sj_scope *scope = sj_testkit_scope(world->kits[HQ]);
    assert_non_null(sj_answer_ils_status(scope, hubs_of_ils, world, NULL));
    assert_non_null(sj_answer_ils_conflicts(scope, no_conflicts, world, NULL));
}
static void ambiguous_dial_plan(struct world *world) {
    sj_scope *scope = sj_testkit_scope(world->kits[HQ]);
    assert_non_null(sj_answer_ils_status(scope, dial_plan_of_ils, world, NULL));
    assert_non_null(sj_answer_ils_conflicts(scope, conflicts, world, NULL));
}
static void secure_phone(struct world *world) {
    world_param(world, BR, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    world_put(world, BR, &sj_phone_security_profile_meta,
              "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_put(world, BR, &sj_phone_meta, DESK(",\"phone_security_profile\":\"Secure\""));
}
static void secure_partner(struct world *world) {
    world_param(world, BR, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
}
static void no_record(struct world *world) {
    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(world->kits[HQ]), "BR", NULL),
                     SJ_OK);
}
static void no_emcc_in_record(struct world *world) {
    world_put(world, HQ, &sj_remote_cluster_meta, REMOTE(",\"pstn_access\":true"));
}
static void no_pstn_in_record(struct world *world) {
    world_put(world, HQ, &sj_remote_cluster_meta, REMOTE(",\"emcc\":true"));
}
static void tftp_in_record(struct world *world) {
    world_put(world, HQ, &sj_remote_cluster_meta,
              REMOTE(",\"emcc\":true,\"pstn_access\":true,\"tftp\":true"));
}
static void lbm_in_record(struct world *world) {
    world_put(world, HQ, &sj_remote_cluster_meta,
              REMOTE(",\"emcc\":true,\"pstn_access\":true,\"lbm\":true"));
}
static void no_capf(struct world *world) {
    char key[128];
    (void)snprintf(key, sizeof key, "%064d@BR", 3);
    assert_int_equal(sj_trusted_certificate_delete(sj_testkit_scope(world->kits[HQ]), key, NULL),
                     SJ_OK);
}
static void expired(struct world *world) {
    put_certificate(world, HQ, 1, "2025-01-01T00:00:00Z");
}
static void expires_soon(struct world *world) {
    put_certificate(world, HQ, 1, "2026-01-20T00:00:00Z");
}
static void cut(struct world *world) {
    world->cut[BR] = true;
}
static void older_partner(struct world *world) {
    world->script.path = "information";
    world->script.to = HQ;
    world->script.status = 200;
    world->script.body =
        "{\"cluster_id\":\"HQ\",\"version\":\"8.6.2\",\"max_audio_bit_rate\":8,\"max_video_bit_"
        "rate\":384,"
        "\"audio_codec_preference_list\":\"Factory Default low "
        "loss\",\"services\":[{\"service\":\"emcc\",\"active\":true},"
        "{\"service\":\"pstn_access\",\"active\":true,\"addresses\":[\"127.0.0.1\"]}],"
        "\"places\":[{\"name\":\"San Jose\",\"geolocation\":{\"country\":\"US\"}}]}";
}
static void old_release(struct world *world) {
    secure_phone(world);
    older_partner(world);
}
static void pstn_inactive(struct world *world) {
    world_put(world, BR, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":false,\"pstn_access_sip_trunk\":\"EMCC-"
              "Trunk\"}");
}
static void not_reached(struct world *world) { /* HQ could not reach BR when it last tried */
    world_put(world, HQ, &sj_remote_cluster_status_meta,
              "{\"cluster_id\":\"BR\",\"reason\":\"nobody was at home.\"}");
}

static const struct check_case cases[] = {
    {"own certificates",
     certificates_of_ours,
     HQ,
     false,
     {"This node's own CAPF certificate has expired on 2025-12-26: renew it and exchange "
      "certificates again.",
      "note: This node's own CallManager certificate expires on 2026-01-15: renew it and exchange "
      "certificates again before."}},
    {"hubs of the Intercluster Lookup Service",
     silent_hubs,
     HQ,
     true,
     {"note: Hub H2 of the network of the Intercluster Lookup Service does not exchange with this "
      "cluster (3 attempts in a row): cluster H2 at 192.0.2.1: no connection. What other clusters "
      "change of their nodes and dial plans is not learned from it.",
      "note: Hub H3 of the network of the Intercluster Lookup Service has not answered yet.",
      "note: Of what other clusters advertise not all is here of BR: the limit is reached. Until "
      "then a call may go to another cluster than it should, or to none (sojourn ils status shows "
      "it)."}},
    {"what the Intercluster Lookup Service tells of dial plans",
     ambiguous_dial_plan,
     HQ,
     false,
     {"note: The Intercluster Lookup Service cannot advertise all that is configured: 54001: one "
      "counts, and another makes the same (sojourn ils status shows it).",
      "note: Several clusters advertise the same URI, number or pattern, 7 in all: sojourn ils "
      "conflicts shows whose counts.",
      "In the network of the Intercluster Lookup Service two clusters have the id BR: give one of "
      "them another."}},
    {"secure phone, partner not in mixed mode",
     secure_phone,
     BR,
     false,
     {"Secure here, and cluster HQ is not in mixed mode, logins of its users fail with 46: 1 phone "
      "(" PHONE ")."}},
    {"partner in mixed mode",
     secure_partner,
     HQ,
     true,
     {"note: Cluster BR is in mixed mode and this one is not: logins of this cluster's travellers "
      "on "
      "secure phones there fail with 46."}},
    {"no record there",
     no_record,
     BR,
     false,
     {"HQ has no remote cluster record for BR: logins of its users here fail with 35."}},
    {"record removed, certificates not",
     no_record,
     HQ,
     false,
     {"There is no remote cluster with EMCC: logins of users of other clusters fail with 36.",
      "note: The certificates of cluster BR are still trusted, though there is no remote cluster "
      "record: sojourn cert remove "
      "BR."}},
    {"EMCC off in the record there",
     no_emcc_in_record,
     BR,
     false,
     {"HQ refuses logins of its users here with 38: the home cluster's record of remote cluster BR "
      "has EMCC off."}},
    {"PSTN off in the record there",
     no_pstn_in_record,
     BR,
     false,
     {"PSTN Access is off in cluster HQ's record of this cluster: calls of its travellers here do "
      "not leave here."}},
    {"PSTN off in our record",
     no_pstn_in_record,
     HQ,
     false,
     {"PSTN Access is off in the record of remote cluster BR."}},
    {"EMCC off in our record",
     no_emcc_in_record,
     HQ,
     false,
     {"There is no remote cluster with EMCC: logins of users of other clusters fail with 36.",
      "note: EMCC is off in the record of remote cluster BR, which is not judged."}},
    {"TFTP on in our record",
     tftp_in_record,
     HQ,
     false,
     {"The service TFTP of remote cluster BR is on; it must stay off for EMCC."}},
    {"certificate missing",
     no_capf,
     HQ,
     false,
     {"No CAPF certificate of cluster BR has been imported: phones with its certificates are not "
      "trusted."}},
    {"certificate missing there",
     no_capf,
     BR,
     false,
     {"Cluster HQ has no valid CAPF certificate of this cluster: import there what is exported "
      "here."}},
    {"certificate expired",
     expired,
     HQ,
     false,
     {"The CallManager certificate of cluster BR has expired or is not valid yet: phones do not "
      "trust its files, nor trunks "
      "its "
      "calls."}},
    {"certificate expires",
     expires_soon,
     HQ,
     true,
     {"note: The CallManager certificate of cluster BR expires on 2026-01-20: exchange "
      "certificates again before."}},
    {"region",
     region,
     HQ,
     false,
     {"EMCC Region Max Audio Bit Rate is 8 kbps here and 64 kbps at cluster BR; it must be "
      "equal."}},
    {"not reachable",
     cut,
     HQ,
     false,
     {"The last update of cluster BR failed: cluster BR at 127.0.0.2 cannot be reached: no route "
      "to host."}},
    {"LBM inactive there",
     lbm_in_record,
     HQ,
     true,
     {"note: LBM is on in the record of cluster BR, and calls of our users there are made without "
      "being admitted: its Location Bandwidth Manager is not active."}},
    {"older release",
     older_partner,
     BR,
     true,
     {"note: Cluster HQ is of an older release: how it sees this cluster is not known."}},
    {"release without secure EMCC",
     old_release,
     BR,
     false,
     {"Secure here, and cluster HQ runs version 8.6.2, protocol 1, which does not support secure "
      "EMCC, logins fail with 45: 1 "
      "phone "
      "(" PHONE ").",
      "note: Cluster HQ is of an older release: how it sees this cluster is not known."}},
    {"PSTN Access inactive there",
     pstn_inactive,
     HQ,
     false,
     {"PSTN Access is not active at cluster BR, or no node of it takes calls: visitors' emergency "
      "calls cannot leave there.",
      "BR refuses logins of its users here with 211: PSTN Access is not active in the Intercluster "
      "Service Profile of the home "
      "cluster."}},
    {"not reached from there",
     not_reached,
     BR,
     false,
     {"Cluster HQ has not reached this cluster at its last update: nobody was at home. If it can "
      "now, run "
      "sojourn remote-cluster update BR there."}},
};

static void each_thing_has_its_sentence(void **state) {
    (void)state;
    expect_each(cases, sizeof cases / sizeof cases[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_has_its_sentence),
    };
    return cmocka_run_group_tests_name("emcc check: partner", tests, NULL, NULL);
}
