/* Applications of the Extension Mobility API and users of other clusters: logins with the PIN and
 * without, who may, what is told to whom, logouts from either side, queries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "policies/proxy_allow.h"
#include "resources/application_user.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

#define HUB "<appInfo><appID>hub</appID><appCertificate>secret99</appCertificate></appInfo>"
#define REQUEST(inner) "<request>" HUB inner "</request>"
#define QUERY(inner) "<query>" HUB inner "</query>"
#define LOGIN(user, more)                                                                          \
    REQUEST("<login><deviceName>" PHONE "</deviceName><userID>" user "</userID>" more "</login>")
#define EMCC "<emcc>true</emcc>"
#define PIN "<userPIN>12345</userPIN>"
#define LOGOUT REQUEST("<logout><deviceName>" PHONE "</deviceName></logout>")

static void put_application(struct world *world, int cluster, const char *id, const char *more) {
    char json[512];
    (void)snprintf(json, sizeof json, "{\"user_id\":\"%s\",\"password\":\"%s\"%s}", id,
                   sj_testkit_hash(world->kits[cluster], "secret99"), more);
    world_put(world, cluster, &sj_application_user_meta, json);
}

static void put_alice(struct world *world, const char *more) {
    char json[768];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\","
                   "\"primary_extension\":\"1001\",\"self_service_user_id\":\"71001\"%s}",
                   sj_testkit_hash(world->kits[HQ], "12345"), more);
    world_put(world, HQ, &sj_end_user_meta, json);
}

/* HQ accepts logins by applications of BR, or not. */
static void accept_logins(struct world *world, bool accept) {
    char json[256];
    (void)snprintf(json, sizeof json,
                   "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.0.0.2\",\"emcc\":true,"
                   "\"pstn_access\":true,"
                   "\"accept_application_logins\":%s}",
                   accept ? "true" : "false");
    world_put(world, HQ, &sj_remote_cluster_meta, json);
}

static int open_world(void **state) {
    if (setup(state) != 0) {
        return 1;
    }
    struct world *world = *state;
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        put_application(world, cluster, "hub",
                        ",\"roles\":[\"Standard EM Authentication Proxy Rights\"]");
        put_application(world, cluster, "weak", "");
    }
    return 0;
}

/* The answer, or NULL when the node was killed meanwhile. */
static const char *try(struct world *world, int cluster, const char *xml) {
    static const char hex[] = "0123456789ABCDEF";
    char *form = malloc(3 * strlen(xml) + 8);
    char *at = form + sprintf(form, "xml=");
    for (const char *from = xml; *from != '\0'; from++) {
        *at++ = '%';
        *at++ = hex[(unsigned char)*from >> 4];
        *at++ = hex[(unsigned char)*from & 15u];
    }
    *at = '\0';
    const sj_testkit_reply *reply =
        sj_testkit_post_form(world->kits[cluster], "/emservice/EMServiceServlet", form);
    for (int i = 0; i < 300 && reply->status == 0; i++) {
        world_advance(world, 100);
    }
    free(form);
    return reply->status == 200 ? reply->body : NULL;
}

static const char *ask(struct world *world, int cluster, const char *xml) {
    const char *answer = try(world, cluster, xml);
    assert_non_null(answer);
    return answer;
}

static void answers(struct world *world, int cluster, const char *xml, const char *text) {
    const char *answer = ask(world, cluster, xml);
    if (strstr(answer, text) == NULL) {
        sj_testkit_print(world->kits[HQ]);
        sj_testkit_print(world->kits[BR]);
        fail_msg("%s: expected %s, got %s", xml, text, answer);
    }
}

static sj_session *session_at(struct world *world, int cluster) {
    sj_session *session = NULL;
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[cluster]), PHONE, &session, NULL),
                     SJ_OK);
    return session;
}

static void logged_out(struct world *world) {
    world_advance(world, 1000);
    assert_null(world_disagreement(world));
    assert_int_equal(world_sessions(world, HQ) + world_sessions(world, BR) + world_taken(world), 0);
}

static void with_the_pin(void **state) {
    struct world *world = *state;
    answers(world, BR, LOGIN("alice", ""), "code=\"23\""); /* as documented: no EMCC */
    answers(world, BR, LOGIN("alice", "<emcc>false</emcc>" PIN), "code=\"23\"");
    answers(world, BR, LOGIN("alice", EMCC "<userPIN>99999</userPIN>"), "code=\"2\"");
    answers(world, BR, LOGIN("alice", EMCC PIN), "<success/>");
    assert_null(world_disagreement(world));
    assert_int_equal(world->resets[BR], 1);
    sj_session *home = session_at(world, HQ), *visiting = session_at(world, BR);
    assert_string_equal(home->logged_in_by, "hub");
    assert_string_equal(visiting->logged_in_by, "hub");
    assert_string_equal(home->trace_id, visiting->trace_id);
    assert_true(home->expires_at == home->login_time + 600 * MINUTE);
    sj_record_free(sj_testkit_scope(world->kits[HQ]), home);
    sj_record_free(sj_testkit_scope(world->kits[BR]), visiting);
    /* The phone can log out by itself: its address is BR's, not that of whoever asked. */
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "by application hub"));
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "application hub at"));
    answers(world, BR, LOGOUT, "<success/>");
    logged_out(world);
    assert_null(sj_testkit_find(world->kits[BR], "log", "12345"));
    assert_null(sj_testkit_find(world->kits[HQ], "log", "12345"));
}

static void without_the_pin(void **state) {
    struct world *world = *state;
    answers(world, BR, LOGIN("alice", EMCC), "code=\"10\"");
    assert_non_null(
        sj_testkit_find(world->kits[BR], "log", "Accept Logins by Applications is off"));
    assert_non_null(
        sj_testkit_find(world->kits[HQ], "log", "Accept Logins by Applications is off"));
    accept_logins(world, true);
    answers(world, BR,
            LOGIN("alice", EMCC "<exclusiveDuration><time>30</time></exclusiveDuration>"),
            "<success/>");
    assert_null(world_disagreement(world));
    sj_session *home = session_at(world, HQ);
    assert_true(home->expires_at == home->login_time + 30 * MINUTE);
    sj_record_free(sj_testkit_scope(world->kits[HQ]), home);
    answers(world, HQ, LOGOUT, "<success/>"); /* from the other side */
    logged_out(world);
    assert_int_equal(world->resets[HQ], 1);
    /* A wrong PIN is wrong, accepted or not. */
    answers(world, BR, LOGIN("alice", EMCC "<userPIN>1</userPIN>"), "code=\"2\"");
    put_alice(world,
              ",\"enable_emcc\":true,\"controlled_profiles\":[\"alice-8851\"],\"enabled\":false");
    answers(world, BR, LOGIN("alice", EMCC), "code=\"2\"");
    put_alice(world, ",\"controlled_profiles\":[\"alice-8851\"],\"enable_emcc\":false");
    answers(world, BR, LOGIN("alice", EMCC), "code=\"31\"");
    answers(world, BR, LOGIN("nobody", EMCC), "code=\"23\"");
    put_alice(world, ",\"enable_emcc\":true");
    answers(world, BR, LOGIN("alice", EMCC), "code=\"12\"");
    logged_out(world);
}

/* A login as a visiting cluster sends it; the home cluster's answer. */
static const char *tell_home(struct world *world, const char *more) {
    char body[1024];
    (void)snprintf(
        body, sizeof body,
        "{\"cluster_id\":\"BR\",\"idempotency_key\":\"00112233445566778899aabbccddeeff\",\"user_"
        "id\":\"alice\","
        "\"device_name\":\"SEPAAAAAAAAAAAA\",\"model\":\"Cisco 8851\",\"protocol_name\":\"SIP\"%s}",
        more);
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/login",
                                        .content_type = "application/json",
                                        .body = body,
                                        .peer_cluster = "BR"};
    const sj_testkit_reply *reply = sj_testkit_send(world->kits[HQ], &request);
    for (int i = 0; i < 300 && reply->status == 0; i++) {
        sj_testkit_advance(world->kits[HQ], 100);
    }
    assert_int_equal(reply->status, 200);
    return reply->body;
}

static void no_pin_is_no_pin(void **state) {
    struct world *world = *state;
    static const char *const messages[] = {
        "", ",\"pin\":\"\"", ",\"pin\":\"\",\"application_user\":\"\"",
        ",\"application_user\":\"hub\"", ",\"pin\":\"\",\"application_user\":\"hub\""};
    for (size_t i = 0; i < 5; i++) {
        const char *answer = tell_home(world, messages[i]);
        if (strstr(answer, i < 3 ? "\"code\":2," : "\"code\":10,") == NULL) {
            fail_msg("%s: %s", messages[i], answer);
        }
    }
    /* Not even a hash of nothing lets an empty PIN in, and none at all does not either. */
    accept_logins(world, true);
    char json[512];
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"pin\":\"%s\",\"enable_emcc\":true,"
        "\"controlled_profiles\":[\"alice-8851\"]}",
        sj_testkit_hash(world->kits[HQ], ""));
    world_put(world, HQ, &sj_end_user_meta, json);
    assert_non_null(strstr(tell_home(world, ",\"pin\":\"\""), "\"code\":2,"));
    world_put(world, HQ, &sj_end_user_meta,
              "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"enable_emcc\":true,\"controlled_"
              "profiles\":[\"alice-8851\"]}");
    assert_non_null(strstr(tell_home(world, ""), "\"code\":2,"));
    assert_non_null(
        strstr(tell_home(world, ",\"application_user\":\"hub\",\"requested_minutes\":100001"),
               "\"code\":7,"));
    assert_non_null(strstr(
        tell_home(world, ",\"application_user\":\"hub\",\"requested_minutes\":-1"), "\"code\":7,"));
    assert_int_equal(world_sessions(world, HQ), 0);
}

static void who_may(void **state) {
    struct world *world = *state;
    char json[512], xml[512];
    accept_logins(world, true);
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"alice\",\"last_name\":\"Adams\",\"home_cluster\":false,"
                   "\"password\":\"%s\"}",
                   sj_testkit_hash(world->kits[BR], "secret99"));
    world_put(world, BR, &sj_end_user_meta, json);
    (void)snprintf(xml, sizeof xml,
                   "<request><appInfo><appID>weak</appID><appCertificate>secret99</"
                   "appCertificate></appInfo><login><deviceName>" PHONE
                   "</deviceName><userID>alice</userID>" EMCC PIN "</login></request>");
    answers(world, BR, xml, "code=\"10\"");
    /* A password here says nothing of a user there: it takes the PIN. */
    static const char as_alice[] =
        "<request><appInfo><appID>alice</appID><appCertificate>secret99</appCertificate></"
        "appInfo>%s</request>";
    (void)snprintf(xml, sizeof xml, as_alice,
                   "<login><deviceName>" PHONE "</deviceName><userID>alice</userID>" EMCC
                   "</login>");
    answers(world, BR, xml, "code=\"10\"");
    (void)snprintf(xml, sizeof xml, as_alice,
                   "<login><deviceName>" PHONE "</deviceName><userID>alice</userID>" EMCC PIN
                   "</login>");
    answers(world, BR, xml, "<success/>");
    sj_session *visiting = session_at(world, BR);
    assert_string_equal(visiting->logged_in_by, "");
    sj_record_free(sj_testkit_scope(world->kits[BR]), visiting);
    /* Whoever bears the visitor's id here may not end the visitor's session, nor learn of it. */
    (void)snprintf(xml, sizeof xml, as_alice,
                   "<logout><deviceName>" PHONE "</deviceName></logout>");
    answers(world, BR, xml, "code=\"10\"");
    answers(world, BR,
            "<query><appInfo><appID>alice</appID><appCertificate>secret99</appCertificate></"
            "appInfo><deviceUserQuery><deviceName>" PHONE "</deviceName></deviceUserQuery></query>",
            "code=\"10\"");
    answers(world, BR,
            "<query><appInfo><appID>alice</appID><appCertificate>secret99</appCertificate></"
            "appInfo><checkUser><userID>alice</"
            "userID>" EMCC "</checkUser></query>",
            "code=\"10\"");
    answers(world, BR, LOGOUT, "<success/>");
    logged_out(world);
}

static void profiles_are_chosen(void **state) {
    struct world *world = *state;
    accept_logins(world, true);
    world_put(world, HQ, &sj_device_profile_meta,
              "{\"name\":\"alice-2\",\"model\":\"Cisco "
              "8851\",\"lines\":[{\"directory_number\":\"1001\"}]}");
    put_alice(world, ",\"enable_emcc\":true,\"controlled_profiles\":[\"alice-8851\",\"alice-2\"]");
    answers(world, BR, LOGIN("alice", EMCC), "code=\"12\"");
    answers(world, BR, LOGIN("alice", EMCC PIN), "code=\"12\"");
    assert_non_null(
        sj_testkit_find(world->kits[HQ], "log", "2 device profiles and none by default"));
    put_alice(world, ",\"enable_emcc\":true,\"controlled_profiles\":[\"alice-8851\",\"alice-2\"],"
                     "\"default_profile\":\"alice-2\"");
    answers(world, BR, LOGIN("alice", EMCC), "<success/>");
    sj_session *home = session_at(world, HQ);
    assert_string_equal(home->device_profile, "alice-2");
    sj_record_free(sj_testkit_scope(world->kits[HQ]), home);
    answers(world, BR, LOGOUT, "<success/>");
    logged_out(world);
    answers(world, BR, LOGIN("alice", "<deviceProfile>alice-8851</deviceProfile>" EMCC PIN),
            "<success/>");
    home = session_at(world, HQ);
    assert_string_equal(home->device_profile, "alice-8851");
    sj_record_free(sj_testkit_scope(world->kits[HQ]), home);
    answers(world, BR, LOGOUT, "<success/>");
    logged_out(world);
    answers(world, BR, LOGIN("alice", "<deviceProfile>bobs</deviceProfile>" EMCC), "code=\"12\"");
    /* Of a user with nothing but a default profile that is it, named or not, as on the phone's
     * page. */
    put_alice(world, ",\"enable_emcc\":true,\"default_profile\":\"alice-2\"");
    answers(world, BR, LOGIN("alice", EMCC), "<success/>");
    home = session_at(world, HQ);
    assert_string_equal(home->device_profile, "alice-2");
    sj_record_free(sj_testkit_scope(world->kits[HQ]), home);
    answers(world, BR, LOGOUT, "<success/>");
    logged_out(world);
    answers(world, HQ, QUERY("<deviceProfileQuery><userID>alice</userID></deviceProfileQuery>"),
            "<deviceProfileName>alice-2</deviceProfileName><isDefaultDeviceProfile>t<");
    answers(world, BR, LOGIN("alice", "<deviceProfile>alice-2</deviceProfile>" EMCC PIN),
            "<success/>");
    answers(world, BR, LOGOUT, "<success/>");
    logged_out(world);
    answers(world, BR, LOGIN("alice", "<deviceProfile>alice-8851</deviceProfile>" EMCC PIN),
            "code=\"12\"");
}

static void login_types(void **state) {
    struct world *world = *state;
    static const char *const logins[] = {LOGIN("71001", "<loginType>SP</loginType>" EMCC),
                                         LOGIN("1001", "<loginType>DN</loginType>" EMCC),
                                         LOGIN("ALICE", "<loginType>UID</loginType>" EMCC)};
    accept_logins(world, true);
    for (size_t i = 0; i < 3; i++) {
        answers(world, BR, logins[i], "<success/>");
        sj_session *visiting = session_at(world, BR);
        assert_string_equal(visiting->user_id, "alice");
        sj_record_free(sj_testkit_scope(world->kits[BR]), visiting);
        answers(world, BR, LOGOUT, "<success/>");
        logged_out(world);
    }
    answers(world, BR, LOGIN("alice", "<loginType>NAME</loginType>" EMCC), "code=\"215\"");
    answers(world, BR, LOGIN("alice", "<loginType>something longer</loginType>" EMCC),
            "code=\"215\"");
    world_put(world, HQ, &sj_end_user_meta,
              "{\"user_id\":\"bob\",\"last_name\":\"Bond\",\"primary_extension\":\"1001\"}");
    answers(world, BR, LOGIN("1001", "<loginType>DN</loginType>" EMCC), "code=\"47\"");
    answers(world, HQ,
            QUERY("<checkUser><userID>1001</userID><loginType>DN</loginType></checkUser>"),
            "code=\"216\"");
}

static void everybody_out(void **state) {
    struct world *world = *state;
    char json[512];
    accept_logins(world, true);
    world_put(world, BR, &sj_device_profile_meta,
              "{\"name\":\"bob-8851\",\"model\":\"Cisco 8851\"}");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEP2\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"bob\",\"last_name\":\"Bond\",\"controlled_profiles\":[\"bob-8851\"]}");
    world_put(world, BR, &sj_end_user_meta, json);
    answers(world, BR, LOGIN("alice", EMCC), "<success/>");
    answers(world, BR, REQUEST("<login><deviceName>SEP2</deviceName><userID>bob</userID></login>"),
            "<success/>");
    answers(world, BR, REQUEST("<logoutAll/>"), "<success/>");
    assert_int_equal(world_sessions(world, BR), 1); /* the traveller's stays */
    answers(world, BR, REQUEST("<logoutAll>" EMCC "</logoutAll>"), "<success/>");
    logged_out(world);
    answers(world, BR, LOGIN("alice", EMCC), "<success/>");
    answers(world, HQ, REQUEST("<logoutAll/>"), "<success/>");
    assert_int_equal(world_sessions(world, HQ), 1);
    answers(world, HQ, REQUEST("<logoutAll>" EMCC "</logoutAll>"), "<success/>");
    logged_out(world);
    answers(world, HQ, REQUEST("<logoutAll><deviceName>SEP2</deviceName></logoutAll>"),
            "code=\"1\"");
}

/* More than one round of each. */
static void many_at_once(void **state) {
    struct world *world = *state;
    char json[256], xml[4096];
    size_t length;
    world_put(world, BR, &sj_device_profile_meta, "{\"name\":\"any\",\"model\":\"Cisco 8851\"}");
    for (int i = 0; i < 120; i++) {
        (void)snprintf(
            json, sizeof json,
            "{\"name\":\"SEP%d\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}", i);
        world_put(world, BR, &sj_phone_meta, json);
        (void)snprintf(
            json, sizeof json,
            "{\"user_id\":\"u%d\",\"last_name\":\"U\",\"controlled_profiles\":[\"any\"]}", i);
        world_put(world, BR, &sj_end_user_meta, json);
        (void)snprintf(xml, sizeof xml,
                       REQUEST("<login><deviceName>SEP%d</deviceName><userID>u%d</userID></login>"),
                       i, i);
        answers(world, BR, xml, "<success/>");
    }
    assert_int_equal(world_sessions(world, BR), 120);
    answers(world, BR, REQUEST("<logoutAll/>"), "<success/>");
    assert_int_equal(world_sessions(world, BR), 0); /* when it is answered, not later */
    for (int users = 20; users <= 21; users++) {
        length = (size_t)snprintf(
            xml, sizeof xml, "<query>" HUB "<checkUser><userID>alice</userID><userID>u1</userID>");
        for (int i = 1; i < users; i++) {
            length +=
                (size_t)snprintf(xml + length, sizeof xml - length, "<userID>x%d</userID>", i);
        }
        (void)snprintf(xml + length, sizeof xml - length, EMCC "</checkUser></query>");
        answers(world, BR, xml,
                users == 20 ? "<user id=\"alice\"><exists/></user><user "
                              "id=\"u1\"><exists/></user><user id=\"x1\"><does"
                            : "code=\"1\"");
    }
}

static void queries(void **state) {
    struct world *world = *state;
    static const char profiles[] =
        QUERY("<deviceProfileQuery><userID>alice</userID>" EMCC "</deviceProfileQuery>");
    answers(world, BR, QUERY("<checkUser><userID>alice</userID></checkUser>"),
            "<user id=\"alice\"><doesNotExist/></user>");
    answers(world, BR,
            QUERY("<checkUser><userID>alice</userID><userID>zoe</userID>" EMCC "</checkUser>"),
            "<checkUserResults><user id=\"alice\"><exists/></user><user "
            "id=\"zoe\"><doesNotExist/></user></checkUserResults>");
    answers(world, BR, profiles, "code=\"10\"");
    assert_non_null(sj_testkit_find(world->kits[BR], "log",
                                    "gives applications of this cluster no information"));
    accept_logins(world, true);
    answers(world, BR, profiles,
            "<user id=\"alice\"><deviceProfile><deviceProfileName>alice-8851</deviceProfileName>"
            "<isDefaultDeviceProfile>t</isDefaultDeviceProfile></deviceProfile></user>");
    answers(world, BR, LOGIN("alice", EMCC), "<success/>");
    answers(world, BR,
            QUERY("<deviceUserQuery><deviceName>" PHONE "</deviceName></deviceUserQuery>"),
            "<device name=\"" PHONE "\"><userID>alice</userID><lastlogin>alice</"
            "lastlogin><emccDevice>yes</emccDevice></device>");
    answers(world, HQ,
            QUERY("<deviceUserQuery><deviceName>" PHONE "</deviceName></deviceUserQuery>"),
            "<userID>alice</userID><none/><emccDevice>yes</emccDevice>");
    answers(world, HQ, QUERY("<userDevicesQuery><userID>alice</userID></userDevicesQuery>"),
            "<deviceName>" PHONE "</deviceName>");
    answers(world, BR, QUERY("<userDevicesQuery><userID>alice</userID></userDevicesQuery>"),
            "<doesNotExist/>");
    answers(world, BR, QUERY("<userDevicesQuery><userID>Alice</userID>" EMCC "</userDevicesQuery>"),
            "<user id=\"Alice\"><deviceName>" PHONE "</deviceName></user>");
    answers(world, BR,
            QUERY("<userDevicesQuery><userID>71001</userID><loginType>SP</loginType>" EMCC
                  "</userDevicesQuery>"),
            "<deviceName>" PHONE "</deviceName>");
    answers(world, BR, LOGOUT, "<success/>");
    answers(world, BR, QUERY("<userDevicesQuery><userID>alice</userID>" EMCC "</userDevicesQuery>"),
            "<none/>");
    logged_out(world);
    answers(world, BR,
            QUERY("<deviceUserQuery><deviceName>" PHONE "</deviceName></deviceUserQuery>"),
            "<none/><lastlogin>alice</lastlogin><emccDevice>no</emccDevice>");
    world->cut[HQ] = true;
    answers(world, BR, QUERY("<checkUser><userID>alice</userID>" EMCC "</checkUser>"),
            "code=\"208\"");
    answers(world, BR, LOGIN("alice", EMCC PIN), "code=\"208\"");
}

static int refuse_hub(void *user, const sj_policy_meta *meta, const char *trace_id,
                      const void *input, void *output) {
    (void)user;
    (void)trace_id;
    if (strcmp(meta->name, "proxy.allow") == 0) {
        const sj_proxy_allow_input *given = input;
        sj_proxy_allow_output *decided = output;
        decided->allowed = strcmp(given->application_user, "hub") != 0 ||
                           strcmp(given->visiting_cluster_id, "BR") != 0;
        decided->reason = "not the hub of BR";
        return 1;
    }
    return SJ_OK;
}

static void home_has_a_policy(void **state) {
    struct world *world = *state;
    accept_logins(world, true);
    put_application(world, BR, "crm", ",\"roles\":[\"Standard EM Authentication Proxy Rights\"]");
    sj_testkit_on_decide(world->kits[HQ], refuse_hub, NULL);
    answers(world, BR, LOGIN("alice", EMCC), "code=\"30\"");
    answers(world, BR, LOGIN("alice", EMCC PIN), "code=\"30\"");
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "not the hub of BR"));
    answers(world, BR,
            "<request><appInfo><appID>crm</appID><appCertificate>secret99</appCertificate></"
            "appInfo><login><deviceName>" PHONE "</deviceName><userID>alice</userID>" EMCC
            "</login></request>",
            "<success/>");
    answers(world, BR,
            "<request><appInfo><appID>crm</appID><appCertificate>secret99</appCertificate></"
            "appInfo><logout><deviceName>" PHONE "</deviceName></logout></request>",
            "<success/>");
    logged_out(world);
    assert_true(world_login(world)); /* by hand */
    assert_true(world_logout(world, BR));
    logged_out(world);
}

/* Every fault at every message of a login by an application, and of its logout: after one update
 * interval both sides agree. */
static void faults_do_no_harm(void **state) {
    struct world *world = *state;
    accept_logins(world, true);
    for (enum fault fault = FAULT_LOSE_REQUEST; fault < FAULTS; fault++) {
        for (size_t at = 0; at < 3; at++) {
            world->fault = fault;
            world->fault_at = world->requests + (at < 2 ? at : 0);
            if (at < 2) {
                (void)try(world, BR, LOGIN("alice", EMCC));
            } else {
                world->fault_at = SIZE_MAX;
                answers(world, BR, LOGIN("alice", EMCC), "<success/>");
                world->fault_at = world->requests;
                (void)try(world, BR, LOGOUT);
            }
            world_advance(world, 1000);
            world->fault_at = SIZE_MAX;
            world_advance(world, 31 * MINUTE);
            const char *disagreement = world_disagreement(world);
            if (disagreement != NULL) {
                fail_msg("fault %d at message %zu: %s", (int)fault, at, disagreement);
            }
            (void)try(world, BR, LOGOUT);
            logged_out(world);
        }
    }
}

static void passwords_grow_old(void **state) {
    struct world *world = *state;
    static const char who[] = QUERY("<checkUser><userID>zoe</userID></checkUser>");
    put_application(world, BR, "hub",
                    ",\"roles\":[\"Standard EM Authentication Proxy "
                    "Rights\"],\"password_change_required\":true");
    answers(world, BR, who, "code=\"27\"");
    put_application(world, BR, "hub", ",\"roles\":[\"Standard EM Authentication Proxy Rights\"]");
    answers(world, BR, who, "doesNotExist");
    /* Since when it holds is not known: it counts from its first use on. */
    world_param(world, BR, &sj_param_enterprise_credential_expires_after_meta, "2");
    answers(world, BR, who, "doesNotExist");
    world_advance(world, INT64_C(24) * 60 * MINUTE);
    answers(world, BR, who, "doesNotExist");
    world_advance(world, INT64_C(24) * 60 * MINUTE);
    answers(world, BR, who, "code=\"27\"");
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "has expired"));
    put_application(world, BR, "hub",
                    ",\"roles\":[\"Standard EM Authentication Proxy "
                    "Rights\"],\"password_does_not_expire\":true");
    answers(world, BR, who, "doesNotExist");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(with_the_pin, open_world, teardown),
        cmocka_unit_test_setup_teardown(without_the_pin, open_world, teardown),
        cmocka_unit_test_setup_teardown(no_pin_is_no_pin, open_world, teardown),
        cmocka_unit_test_setup_teardown(who_may, open_world, teardown),
        cmocka_unit_test_setup_teardown(profiles_are_chosen, open_world, teardown),
        cmocka_unit_test_setup_teardown(login_types, open_world, teardown),
        cmocka_unit_test_setup_teardown(everybody_out, open_world, teardown),
        cmocka_unit_test_setup_teardown(many_at_once, open_world, teardown),
        cmocka_unit_test_setup_teardown(queries, open_world, teardown),
        cmocka_unit_test_setup_teardown(home_has_a_policy, open_world, teardown),
        cmocka_unit_test_setup_teardown(faults_do_no_harm, open_world, teardown),
        cmocka_unit_test_setup_teardown(passwords_grow_old, open_world, teardown),
    };
    return cmocka_run_group_tests_name("Applications and users of other clusters", tests, NULL,
                                       NULL);
}
