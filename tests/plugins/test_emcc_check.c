/* `sojourn emcc check`: of two clusters in order, each thing broken by itself: exactly its sentence
 * appears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "parameters/call_manager.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/call_manager_group.h"
#include "resources/calling_search_space.h"
#include "resources/certificates.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_configuration.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/geolocation.h"
#include "resources/intercluster_service_profile.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/phone_service.h"
#include "resources/remote_cluster.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_trunk.h"
#include "resources/translation_pattern.h"

static void no_home_cluster(struct world *world) {
    put_alice(world, ",\"home_cluster\":false");
}
static void disabled(struct world *world) {
    put_alice(world, ",\"enabled\":false");
}
static void must_change(struct world *world) {
    put_alice(world, ",\"pin_change_required\":true");
}
static void no_pin(struct world *world) {
    world_put(world, HQ, &sj_end_user_meta,
              "{\"user_id\":\"alice\",\"last_name\":\"A\",\"enable_emcc\":true,\"controlled_"
              "profiles\":[\"alice-8851\"]}");
}
static void no_profile(struct world *world) {
    char json[256];
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"alice\",\"last_name\":\"A\",\"enable_emcc\":true,\"pin\":\"%s\"}",
        sj_testkit_hash(world->kits[HQ], "12345"));
    world_put(world, HQ, &sj_end_user_meta, json);
}
static void
nobody_travels(struct world *world) { /* then what they would need is no matter either */
    world_put(world, HQ, &sj_end_user_meta, "{\"user_id\":\"alice\",\"last_name\":\"A\"}");
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "");
    assert_int_equal(sj_emcc_base_device_delete(sj_testkit_scope(world->kits[HQ]), "EMCC1", NULL),
                     SJ_OK);
    assert_int_equal(sj_emcc_base_device_delete(sj_testkit_scope(world->kits[HQ]), "EMCC2", NULL),
                     SJ_OK);
}
static void page_mistyped(struct world *world) {
    world_put(world, HQ, &sj_phone_service_meta,
              "{\"name\":\"EM2\",\"url\":\"http://127.0.0.1:8080/emapp/"
              "EMAppServlet?device=#DEVICENAM#&EMCC=#EMCC#\"}");
}
static void locked(struct world *world) {
    world_put(world, HQ, &sj_credential_state_meta,
              "{\"user_id\":\"alice\",\"kind\":\"pin\",\"locked_until\":\"" FAR "\"}");
}
static void pin_too_old(struct world *world) {
    world_param(world, HQ, &sj_param_enterprise_credential_expires_after_meta, "90");
    world_put(world, HQ, &sj_credential_state_meta,
              "{\"user_id\":\"alice\",\"kind\":\"pin\",\"changed_at\":\"2025-09-01T00:00:00Z\"}");
}
static void own_certificates(void *user, sj_question *question,
                             const sj_certificates_list *request) {
    struct world *world = user;
    const int64_t now = sj_wall_ms(sj_testkit_scope(world->kits[HQ]));
    const sj_certificates_list_reply_entry entries[] = {
        {.kind = "tomcat", .not_after = now + 400 * 1440 * MINUTE},
        {.kind = "CallManager", .not_after = now + 10 * 1440 * MINUTE},
        {.kind = "CAPF", .not_after = now - 10 * 1440 * MINUTE}};
    const sj_certificates_list_reply reply = {.certificates = entries, .certificates_count = 3};
    (void)request;
    sj_reply_certificates_list(sj_testkit_scope(world->kits[HQ]), question, &reply);
}
static void certificates_of_ours(struct world *world) {
    assert_non_null(sj_answer_certificates_list(sj_testkit_scope(world->kits[HQ]), own_certificates,
                                                world, NULL));
}
static void letters(struct world *world) {
    world_param(world, HQ, &sj_param_em_alphanumeric_user_id_meta, "false");
}
static void no_css(struct world *world) {
    world_put(world, HQ, &sj_device_profile_meta,
              "{\"name\":\"alice-8851\",\"model\":\"Cisco "
              "8851\",\"lines\":[{\"directory_number\":\"1001\"}]}");
}
static void no_line(struct world *world) {
    world_put(world, HQ, &sj_device_profile_meta,
              "{\"name\":\"alice-8851\",\"model\":\"Cisco "
              "8851\",\"emcc_calling_search_space\":\"EMCC\"}");
}
static void not_subscribed(struct world *world) { /* neither her profile nor the phone of HQ */
    world_put(world, HQ, &sj_phone_service_meta, SERVICE(""));
}
static void secure_template(struct world *world) {
    world_put(world, HQ, &sj_phone_security_profile_meta,
              "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_put(world, HQ, &sj_emcc_template_meta,
              "{\"name\":\"EMCC template\",\"phone_security_profile\":\"Secure\"}");
}
static void no_default_template(struct world *world) {
    world_put(world, HQ, &sj_emcc_configuration_meta, "{\"default_template\":\"\"}");
}
static void lost_default_template(struct world *world) {
    world_put(world, HQ, &sj_emcc_configuration_meta, "{\"default_template\":\"Gone\"}");
}
static void no_template(struct world *world) {
    world_put(world, HQ, &sj_emcc_base_device_meta, "{\"name\":\"EMCC2\",\"number\":2}");
}
static void all_taken(struct world *world) {
    world_put(world, HQ, &sj_emcc_base_device_meta,
              "{\"name\":\"EMCC1\",\"number\":1,\"emcc_template\":\"EMCC "
              "template\",\"device_name\":\"SEPA\"}");
    world_put(world, HQ, &sj_emcc_base_device_meta,
              "{\"name\":\"EMCC2\",\"number\":2,\"emcc_template\":\"EMCC "
              "template\",\"device_name\":\"SEPB\"}");
}
static void too_many(struct world *world) {
    world_param(world, HQ, &sj_param_enterprise_max_phones_meta, "4");
}
static void no_tftp_server(struct world *world) {
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "");
}
static void strange_tftp_server(struct world *world) {
    world_param(world, HQ, &sj_param_emcc_backup_tftp_server_meta, "nobody");
}
static void inactive_tftp(struct world *world) {
    put_activation(world, HQ, "tftp", false);
}
static void silent_tftp(struct world *world) {
    world->tftp_down = "127.0.0.1";
}
static void own_tftp_silent(struct world *world) {
    world->tftp_down = "127.0.0.2";
}
static void own_tftp_inactive(struct world *world) {
    put_activation(world, BR, "tftp", false);
}
static void their_call_manager_inactive(struct world *world) {
    put_activation(world, BR, "callmanager", false);
}
static void web_server_for_tftp(struct world *world) {
    world->tftp_answer = "<html>It works!</html>";
}
static void tftp_of_another_cluster(struct world *world) {
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "127.0.0.2");
}
static void files_of_another_cluster(struct world *world) {
    world->strange_files = "127.0.0.2";
}
#define PORT_OF_HQ(call, where, port)                                                              \
    static void call(struct world *world) {                                                        \
        world->where = port;                                                                       \
    }
PORT_OF_HQ(dead_sip_udp, dead_port, "udp 5060")
PORT_OF_HQ(dead_sip_tcp, dead_port, "tcp 5060")
PORT_OF_HQ(dead_sips, dead_port, "tcp 5061")
PORT_OF_HQ(dead_http, dead_port, "tcp 8080")
PORT_OF_HQ(dead_https, dead_port, "tcp 8443")
PORT_OF_HQ(dead_tftp, dead_port, "udp 69")
PORT_OF_HQ(strange_sip_udp, strange_port, "udp 5060")
PORT_OF_HQ(strange_sip_tcp, strange_port, "tcp 5060")
PORT_OF_HQ(strange_sips, strange_port, "tcp 5061")
PORT_OF_HQ(strange_http, strange_port, "tcp 8080")
PORT_OF_HQ(strange_https, strange_port, "tcp 8443")
PORT_OF_HQ(strange_tftp, strange_port, "udp 69")
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
static void auto_registration(struct world *world) {
    world_param(world, HQ, &sj_param_ccm_auto_registration_meta, "true");
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
static void no_place(struct world *world) {
    world_put(world, BR, &sj_device_pool_meta,
              "{\"name\":\"Nowhere\",\"local_route_group\":\"Gateways\"}");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPNOWHERE\",\"model\":\"Cisco "
              "8851\",\"device_pool\":\"Nowhere\",\"enable_extension_mobility\":true}");
}
static void no_local_gateway(struct world *world) {
    world_put(world, BR, &sj_device_pool_meta, "{\"name\":\"Leeds\",\"geolocation\":\"Office\"}");
}
static void no_login_offered(struct world *world) {
    world_put(world, BR, &sj_phone_service_meta, SERVICE(""));
}
static void old_model(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPOLD\",\"model\":\"Cisco 7940\",\"enable_extension_mobility\":true}");
}
static void old_models_only(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"" PHONE "\",\"model\":\"Cisco "
              "7940\",\"device_pool\":\"Leeds\",\"enable_extension_mobility\":true}");
}
static void model_without_services(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPSIP\",\"model\":\"Third-party SIP Device "
              "(Basic)\",\"enable_extension_mobility\":true}");
}
#define SUBSCRIBED(more) DESK(",\"services\":[\"EM\"]" more)
static void log_out_profile(struct world *world) { /* the phone is subscribed, the profile is not */
    world_put(world, BR, &sj_phone_service_meta, SERVICE(""));
    world_put(world, BR, &sj_device_profile_meta,
              "{\"name\":\"Bruce\",\"model\":\"Cisco 8851\",\"emcc_calling_search_space\":\"From "
              "home\",\"services\":[\"EM\"],"
              "\"lines\":[{\"directory_number\":\"2001\"}]}");
    world_put(world, BR, &sj_device_profile_meta, "{\"name\":\"Idle\",\"model\":\"Cisco 8851\"}");
    world_put(world, BR, &sj_phone_meta, SUBSCRIBED(",\"logout_profile\":\"Idle\""));
}
static void subscribed_log_out_profile(struct world *world) { /* the other way round */
    log_out_profile(world);
    world_put(world, BR, &sj_device_profile_meta,
              "{\"name\":\"Idle\",\"model\":\"Cisco 8851\",\"services\":[\"EM\"]}");
    world_put(world, BR, &sj_phone_meta, DESK(",\"logout_profile\":\"Idle\""));
}
static void no_phones(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"" PHONE "\",\"model\":\"Cisco 8851\",\"device_pool\":\"Leeds\"}");
}
static void secure_phone(struct world *world) {
    world_param(world, BR, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    world_put(world, BR, &sj_phone_security_profile_meta,
              "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_put(world, BR, &sj_phone_meta, DESK(",\"phone_security_profile\":\"Secure\""));
}
static void digest_phone(struct world *world) {
    world_put(world, BR, &sj_phone_security_profile_meta,
              "{\"name\":\"Digest\",\"digest_authentication\":true}");
    world_put(world, BR, &sj_phone_meta, DESK(",\"phone_security_profile\":\"Digest\""));
}
static void secure_partner(struct world *world) {
    world_param(world, BR, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
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

#define SOLE " (alice)."

static const struct {
    const char *what;
    void (*break_it)(struct world *world);
    int at; /* where it is asked */
    bool ready;
    const char *sentences[3];
} table[] = {
    {"home cluster off",
     no_home_cluster,
     HQ,
     false,
     {"Home Cluster is off, logins end with 23: 1 traveller" SOLE}},
    {"disabled",
     disabled,
     HQ,
     true,
     {"note: The user is disabled, logins end with 2: 1 traveller" SOLE}},
    {"no PIN", no_pin, HQ, false, {"No PIN is set, logins end with 2: 1 traveller" SOLE}},
    {"no profile",
     no_profile,
     HQ,
     false,
     {"No device profile is associated, logins end with 205: 1 traveller" SOLE}},
    {"nobody travels",
     nobody_travels,
     HQ,
     true,
     {"note: No user of this cluster has Enable Extension Mobility Cross Cluster: what travellers "
      "of this cluster need is not "
      "judged."}},
    {"locked",
     locked,
     HQ,
     true,
     {"note: The PIN is locked after wrong attempts, logins end with 2 for a while: 1 "
      "traveller" SOLE}},
    {"must change",
     must_change,
     HQ,
     true,
     {"note: The PIN must be changed at the next login, which ends with 41 and leads to the "
      "change: 1 traveller" SOLE}},
    {"PIN too old",
     pin_too_old,
     HQ,
     true,
     {"note: The PIN must be changed at the next login, which ends with 41 and leads to the "
      "change: 1 traveller" SOLE}},
    {"own certificates",
     certificates_of_ours,
     HQ,
     false,
     {"This node's own CAPF certificate has expired on 2025-12-26: renew it and exchange "
      "certificates again.",
      "note: This node's own CallManager certificate expires on 2026-01-15: renew it and exchange "
      "certificates again before."}},
    {"letters",
     letters,
     HQ,
     true,
     {"note: Alphanumeric User ID is off and the user id has letters, it cannot be typed on phones "
      "here: 1 traveller" SOLE}},
    {"no EMCC CSS",
     no_css,
     HQ,
     false,
     {"The device profile has no Extension Mobility Cross Cluster CSS, calls reach no more than "
      "the line's own: 1 "
      "traveller" SOLE}},
    {"no line",
     no_line,
     HQ,
     false,
     {"The device profile has no line, the phone has no number: 1 traveller" SOLE}},
    {"no subscription",
     not_subscribed,
     HQ,
     false,
     {"The device profile is not subscribed to Extension Mobility, the user cannot log out: 1 "
      "traveller" SOLE,
      "Not subscribed to Extension Mobility, no login is offered: 1 phone (SEPHQ)."}},
    {"many travellers",
     many_travellers,
     HQ,
     false,
     {"No device profile is associated, logins end with 205: 997 travellers (t0003, t0004, t0005 "
      "and 994 more).",
      "note: 2 EMCC base devices serve 1001 travellers; 2 are free now, and who comes when none is "
      "meets 33."}},
    {"secure template",
     secure_template,
     HQ,
     false,
     {"The Device Security Profile Secure of EMCC template EMCC template is secure: logins from "
      "phones that are not end with "
      "43."}},
    {"no default template",
     no_default_template,
     HQ,
     true,
     {"note: There is no default EMCC template: base devices inserted from now on have none. Run "
      "Update EMCC Devices (sojourn "
      "emcc update TEMPLATE)."}},
    {"lost default template",
     lost_default_template,
     HQ,
     false,
     {"The default EMCC template Gone does not exist."}},
    {"no template",
     no_template,
     HQ,
     false,
     {"No EMCC template, logins on it end with 6: 1 base device (EMCC2)."}},
    {"all taken",
     all_taken,
     HQ,
     false,
     {"All 2 EMCC base devices are in use: the next login ends with 33."}},
    {"capacity",
     too_many,
     HQ,
     false,
     {"Phones (1) and 2 x 2 EMCC base devices make 5, more than Maximum Number of Phones (4): no "
      "more can be inserted."}},
    {"no TFTP server",
     no_tftp_server,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is not set: logins of this cluster's users "
      "elsewhere end with 39."}},
    {"strange TFTP server",
     strange_tftp_server,
     HQ,
     false,
     {"Backup TFTP Server for EMCC Login Device is nobody; expected the name or address of a node "
      "of this cluster."}},
    {"TFTP not activated",
     inactive_tftp,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.1, where Cisco TFTP is not activated: "
      "travellers' phones find no "
      "file.",
      "Cisco TFTP is not activated on any node of this cluster: phones on which visitors log in "
      "are not sent to their home "
      "cluster, logins of users of other clusters end here with 39."}},
    {"TFTP silent",
     silent_tftp,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.1, which does not answer on port 6970: "
      "travellers' phones find no "
      "file (connection refused)."}},
    {"TFTP of the other cluster silent",
     own_tftp_silent,
     HQ,
     false,
     {"The TFTP server of cluster BR is 127.0.0.2, which does not answer on port 6970: its phones "
      "are not sent here when this "
      "cluster's users log in on them (connection refused)."}},
    {"TFTP of the other cluster not activated",
     own_tftp_inactive,
     HQ,
     false,
     {"Cisco TFTP is not activated on any node of cluster BR: its phones are not sent here when "
      "this cluster's users log in on "
      "them."}},
    {"page of a phone service mistyped",
     page_mistyped,
     HQ,
     false,
     {"Phone service EM2 opens no login page: its URL is not "
      ".../emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#."}},
    {"call manager of the other cluster not activated",
     their_call_manager_inactive,
     HQ,
     false,
     {"PSTN Access is not active at cluster BR, or no node of it takes calls: visitors' emergency "
      "calls cannot leave there.",
      "Cluster BR names no node on which Cisco CallManager is activated: logins of its users here "
      "end with 39, and calls of "
      "this "
      "cluster's travellers there fail."}},
    {"a web server in the place of TFTP",
     web_server_for_tftp,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.1, which answers on port 6970 and "
      "serves no XMLDefault.cnf.xml: "
      "another server answers there (HTTP status 200), travellers' phones find no file.",
      "The TFTP server of cluster BR is 127.0.0.2, which answers on port 6970 and serves no "
      "XMLDefault.cnf.xml: another server "
      "answers there (HTTP status 200), its phones are not sent here when this cluster's users log "
      "in on them."}},
    {"the other cluster's TFTP server for travellers' phones",
     tftp_of_another_cluster,
     HQ,
     false,
     {"Default TFTP Server for EMCC Login Device is 127.0.0.2, which answers on port 6970 and "
      "serves the files of another "
      "cluster: its XMLDefault.cnf.xml names no node of this one, travellers' phones find no "
      "file."}},
    {"another cluster's files on the TFTP port",
     files_of_another_cluster,
     HQ,
     false,
     {"Port 69 (TFTP) of this node, 127.0.0.1, does not answer as it should, phones that boot find "
      "no file: it serves the "
      "files of another cluster: its XMLDefault.cnf.xml names no node of this one."}},
    {"SIP over UDP dead",
     dead_sip_udp,
     HQ,
     false,
     {"Port 5060 (SIP over UDP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use UDP do not "
      "reach it: nothing answers within 3 s."}},
    {"SIP over TCP dead",
     dead_sip_tcp,
     HQ,
     false,
     {"Port 5060 (SIP over TCP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use TCP do not "
      "reach it: connection refused."}},
    {"SIP over TLS dead",
     dead_sips,
     HQ,
     false,
     {"Port 5061 (SIP over TLS) of this node, 127.0.0.1, does not answer as it should, secure "
      "phones and trunks do not reach "
      "it: connection refused."}},
    {"HTTP dead",
     dead_http,
     HQ,
     false,
     {"Port 8080 (HTTP) of this node, 127.0.0.1, does not answer as it should, phones open no "
      "login page: connection "
      "refused."}},
    {"HTTPS dead",
     dead_https,
     HQ,
     false,
     {"Port 8443 (HTTPS) of this node, 127.0.0.1, does not answer as it should, other clusters and "
      "secure phone services do "
      "not reach it: connection refused."}},
    {"TFTP dead",
     dead_tftp,
     HQ,
     false,
     {"Port 69 (TFTP) of this node, 127.0.0.1, does not answer as it should, phones that boot find "
      "no file: nothing answers "
      "within 3 s."}},
    {"no SIP on its UDP port",
     strange_sip_udp,
     HQ,
     false,
     {"Port 5060 (SIP over UDP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use UDP do not "
      "reach it: what answers there speaks no SIP."}},
    {"no SIP on its TCP port",
     strange_sip_tcp,
     HQ,
     false,
     {"Port 5060 (SIP over TCP) of this node, 127.0.0.1, does not answer as it should, phones and "
      "trunks that use TCP do not "
      "reach it: what answers there speaks no SIP."}},
    {"another certificate on the SIP port",
     strange_sips,
     HQ,
     false,
     {"Port 5061 (SIP over TLS) of this node, 127.0.0.1, does not answer as it should, secure "
      "phones and trunks do not reach "
      "it: its certificate is not trusted."}},
    {"another web server",
     strange_http,
     HQ,
     false,
     {"Port 8080 (HTTP) of this node, 127.0.0.1, does not answer as it should, phones open no "
      "login page: another server "
      "answers there (HTTP status 404)."}},
    {"another secure web server",
     strange_https,
     HQ,
     false,
     {"Port 8443 (HTTPS) of this node, 127.0.0.1, does not answer as it should, other clusters and "
      "secure phone services do "
      "not reach it: its certificate is not trusted."}},
    {"a TFTP server without files",
     strange_tftp,
     HQ,
     false,
     {"Port 69 (TFTP) of this node, 127.0.0.1, does not answer as it should, phones that boot find "
      "no file: it serves no "
      "XMLDefault.cnf.xml (TFTP error 1, File not found)."}},
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
    {"auto-registration",
     auto_registration,
     HQ,
     false,
     {"Auto-registration is on: a traveller's phone that strays here becomes one of this "
      "cluster's, and its next login across "
      "clusters ends with 37."}},
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
    {"phone without place",
     no_place,
     BR,
     false,
     {"No geolocation, by itself, its device pool or the enterprise, no roaming device pool can be "
      "chosen at home: 1 phone "
      "(SEPNOWHERE)."}},
    {"no local route group",
     no_local_gateway,
     BR,
     false,
     {"The device pool has no Standard Local Route Group, emergency calls that come back fail: 1 "
      "phone (" PHONE ")."}},
    {"no login offered",
     no_login_offered,
     BR,
     false,
     {"The device profile is not subscribed to Extension Mobility, the user cannot log out: 1 "
      "traveller (bruce).",
      "Not subscribed to Extension Mobility, no login is offered: 1 phone (" PHONE ")."}},
    {"model without EMCC",
     old_model,
     BR,
     true,
     {"note: The model does not support EMCC, travellers' logins end with 213: 1 phone (SEPOLD)."}},
    {"models without EMCC only",
     old_models_only,
     BR,
     false,
     {"The model does not support EMCC, travellers' logins end with 213: 1 phone (" PHONE ")."}},
    {"model without services",
     model_without_services,
     BR,
     false,
     {"The model shows no phone services, no login is offered: 1 phone (SEPSIP)."}},
    {"log-out profile without the service",
     log_out_profile,
     BR,
     false,
     {"The logout profile is not subscribed to Extension Mobility, no login is offered: 1 phone "
      "(" PHONE ")."}},
    {"log-out profile with the service", subscribed_log_out_profile, BR, true, {NULL}},
    {"no phones",
     no_phones,
     BR,
     true,
     {"note: No phone has Enable Extension Mobility: no user can log in on phones of this "
      "cluster."}},
    {"secure phone, partner not in mixed mode",
     secure_phone,
     BR,
     false,
     {"Secure here, and cluster HQ is not in mixed mode, logins of its users end with 46: 1 phone "
      "(" PHONE ")."}},
    {"digest credentials",
     digest_phone,
     BR,
     true,
     {"note: The phone security profile asks for digest credentials, which no phone's file holds: "
      "the phone registers only "
      "when "
      "they are entered at it: 1 phone (" PHONE ")."}},
    {"partner in mixed mode",
     secure_partner,
     HQ,
     true,
     {"note: Cluster BR is in mixed mode and this one is not: this cluster's travellers meet 46 on "
      "secure phones there."}},
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
    {"no record there",
     no_record,
     BR,
     false,
     {"HQ has no remote cluster record for BR: logins of its users here end with 35."}},
    {"record removed, certificates not",
     no_record,
     HQ,
     false,
     {"There is no remote cluster with EMCC: logins of users of other clusters end with 36.",
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
     {"There is no remote cluster with EMCC: logins of users of other clusters end with 36.",
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
      "EMCC, logins end with 45: 1 "
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
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world *world;
        assert_int_equal(ready((void **)&world), 0);
        table[i].break_it(world);
        expect_report(table[i].what, check(world, table[i].at, "", false), table[i].sentences,
                      table[i].ready);
        world_close(world);
        free(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_has_its_sentence),
    };
    return cmocka_run_group_tests_name("emcc check", tests, NULL, NULL);
}
