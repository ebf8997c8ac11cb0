/* Extension Mobility within one cluster: login, logout, rules and each service parameter's effect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sojourn/testkit.h>

#include "events/device.h"
#include "events/session.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "policies/login_limit.h"
#include "policies/proxy_allow.h"
#include "resources/application_user.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/session.h"

extern const sj_plugin sj_plugin_descriptor;

#define MINUTE INT64_C(60000) /* in ms */
#define PAGE "/emapp/EMAppServlet?device="

struct cluster {
    sj_testkit *kit;
    size_t resets;
    sj_device_reset_mode last_mode;
    const char *registered_address; /* what registration.lookup knows, NULL: nothing */
    sj_handle *lookup;
};

static void put(struct cluster *cluster, const sj_resource_meta *resource, const char *json) {
    sj_error error = {0};
    if (sj_testkit_put(cluster->kit, resource, json, &error) < 0) {
        fail_msg("%s: %s", json, error.text);
    }
}

static void set(struct cluster *cluster, const sj_param_meta *param, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(cluster->kit, param, value, &error) < 0) {
        fail_msg("%s: %s", param->symbol, error.text);
    }
}

static void answer_reset(void *user, sj_question *question, const sj_device_reset *request) {
    struct cluster *cluster = user;
    const sj_device_reset_reply reply = {.status_code = 200, .message = "OK"};
    cluster->resets++;
    cluster->last_mode = request->mode;
    sj_reply_device_reset(sj_testkit_scope(cluster->kit), question, &reply);
}

static void answer_lookup(void *user, sj_question *question, const sj_registration_lookup *request) {
    struct cluster *cluster = user;
    const sj_registration_lookup_reply reply = {.registered = cluster->registered_address != NULL &&
                                                              strcmp(request->address, cluster->registered_address) == 0};
    sj_reply_registration_lookup(sj_testkit_scope(cluster->kit), question, &reply);
}

static void put_user(struct cluster *cluster, const char *id, const char *profiles, const char *more) {
    char json[640];
    (void)snprintf(json, sizeof json, "{\"user_id\":\"%s\",\"last_name\":\"X\",\"pin\":\"%s\",\"controlled_profiles\":[%s]%s}",
                   id, sj_testkit_hash(cluster->kit, "12345"), profiles, more);
    put(cluster, &sj_end_user_meta, json);
}

static int setup(void **state) {
    struct cluster *cluster = calloc(1, sizeof *cluster);
    sj_error error = {0};
    cluster->kit = sj_testkit_open(NULL);
    put(cluster, &sj_directory_number_meta, "{\"pattern\":\"2001\"}");
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\",\"lines\":[{\"directory_number\":\"2001\"}]}");
    put(cluster, &sj_device_profile_meta, "{\"name\":\"bob-8851\",\"model\":\"Cisco 8851\"}");
    put_user(cluster, "alice", "\"alice-8851\"", ",\"primary_extension\":\"2001\",\"self_service_user_id\":\"7\"");
    put_user(cluster, "bob", "\"bob-8851\"", "");
    put(cluster, &sj_phone_meta, "{\"name\":\"SEP1\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    put(cluster, &sj_phone_meta, "{\"name\":\"SEP2\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true}");
    assert_non_null(sj_answer_device_reset(sj_testkit_scope(cluster->kit), answer_reset, cluster, NULL));
    cluster->lookup = sj_answer_registration_lookup(sj_testkit_scope(cluster->kit), answer_lookup, cluster, NULL);
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    *state = cluster;
    return 0;
}

static int teardown(void **state) {
    struct cluster *cluster = *state;
    sj_error error = {0};
    if (sj_testkit_end(cluster->kit, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    free(cluster);
    return 0;
}

static const char *page(struct cluster *cluster, const char *path) {
    const sj_testkit_reply *reply = sj_testkit_get(cluster->kit, path);
    for (int i = 0; i < 100 && reply->status == 0; i++) {
        sj_testkit_advance(cluster->kit, 100);
    }
    assert_int_equal(reply->status, 200);
    return reply->body;
}

static void expect(struct cluster *cluster, const char *path, const char *text) {
    const char *body = page(cluster, path);
    if (strstr(body, text) == NULL) {
        fail_msg("%s: expected %s, the phone shows %s", path, text, body);
    }
}

static size_t sessions(struct cluster *cluster) {
    return (size_t)sj_session_count(sj_testkit_scope(cluster->kit), NULL, NULL);
}

static void login_and_logout(void **state) {
    struct cluster *cluster = *state;
    sj_live_device *live = NULL;
    sj_scope *scope = sj_testkit_scope(cluster->kit);
    const sj_testkit_reply *form = sj_testkit_get(cluster->kit, PAGE "SEP1");
    assert_string_equal(form->content_type, "text/xml; charset=UTF-8");
    assert_non_null(sj_testkit_reply_header(form, "Expires"));
    assert_non_null(strstr(form->body, "<CiscoIPPhoneInput>"));
    const sj_testkit_reply *done = sj_testkit_get(cluster->kit, PAGE "SEP1&userid=alice&seq=12345");
    assert_non_null(strstr(done->body, "Login successful"));
    assert_string_equal(sj_testkit_reply_header(done, "Refresh"), "2; url=Init:Services");
    assert_int_equal(sj_live_device_get(scope, "SEP1", &live, NULL), SJ_OK);
    assert_false(live->emcc);
    assert_string_equal(live->lines[0].directory_number, "2001");
    sj_record_free(scope, live);
    assert_int_equal(cluster->resets, 1);
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESTART);
    expect(cluster, PAGE "SEP1", "alice is logged in");
    expect(cluster, PAGE "SEP1&userid=bob&seq=12345", "Login is unavailable(18)");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful"); /* the page sent twice */
    assert_int_equal(sessions(cluster), 1);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    assert_int_equal(sessions(cluster), 0);
    assert_int_equal(sj_live_device_count(scope, NULL, NULL), 0);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout is unavailable(19)");
    /* EMCC=true changes nothing for a user of this cluster. */
    expect(cluster, PAGE "SEP1&EMCC=true&userid=alice&seq=12345", "Login successful");
}

static void refusals(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=1", "Please try to login again (201)");
    expect(cluster, PAGE "SEP1&userid=nobody&seq=12345", "Please try to login again (201)");
    expect(cluster, PAGE "SEP1&EMCC=true&userid=nobody&seq=12345", "(201)");
    put_user(cluster, "carol", "", "");
    expect(cluster, PAGE "SEP1&userid=carol&seq=12345", "Login is unavailable (205)");
    put_user(cluster, "carol", "\"bob-8851\"", ",\"pin_change_required\":true");
    expect(cluster, PAGE "SEP1&userid=carol&seq=12345", "PIN change is required");
    expect(cluster, PAGE "SEP1&userid=carol&seq=1", "(201)");
    expect(cluster, PAGE "SEP1&loginType=DN&userid=2001&seq=12345", "Login successful");
    put_user(cluster, "carol", "", ",\"primary_extension\":\"2001\"");
    expect(cluster, PAGE "SEP2&loginType=DN&userid=2001&seq=12345", "DN has multiple users (216)");
}

static void multiple_logins(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Multi-Login Not Allowed (25)");
    set(cluster, &sj_param_em_multiple_login_behavior_meta, "allowed");
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Login successful");
    assert_int_equal(sessions(cluster), 2);
    expect(cluster, PAGE "SEP2&doLogout=true", "Logout successful");
    set(cluster, &sj_param_em_multiple_login_behavior_meta, "auto_logout");
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Login successful");
    assert_int_equal(sessions(cluster), 1);
    assert_non_null(sj_testkit_find(cluster->kit, "event", "\"reason\":\"auto_logout\""));
}

static void maximum_login_time(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 9 * (60 * MINUTE));
    assert_int_equal(sessions(cluster), 1); /* not enforced */
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    set(cluster, &sj_param_em_enforce_intra_cluster_maximum_login_time_meta, "true");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 8 * (60 * MINUTE) - 5000);
    assert_int_equal(sessions(cluster), 1);
    sj_testkit_advance(cluster->kit, 10000);
    assert_int_equal(sessions(cluster), 0);
    assert_non_null(sj_testkit_find(cluster->kit, "event", "\"reason\":\"time\""));
    /* The user's own maximum overrides, and a restart forgets neither session nor end. */
    put_user(cluster, "alice", "\"alice-8851\"", ",\"maximum_login_time\":20");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_error error = {0};
    assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    assert_int_equal(sessions(cluster), 1);
    sj_testkit_advance(cluster->kit, 21 * MINUTE);
    assert_int_equal(sessions(cluster), 0);
}

static void pages_follow_parameters(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1", "<InputFlags>A</InputFlags>");
    set(cluster, &sj_param_em_alphanumeric_user_id_meta, "false");
    expect(cluster, PAGE "SEP1", "<InputFlags>N</InputFlags>");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    assert_null(strstr(page(cluster, PAGE "SEP1"), "alice"));
    set(cluster, &sj_param_em_remember_the_last_user_logged_in_meta, "true");
    expect(cluster, PAGE "SEP1", "<DefaultValue>alice</DefaultValue>");
    assert_null(strstr(page(cluster, PAGE "SEP1&loginType=DN"), "alice"));
    set(cluster, &sj_param_em_clear_call_logs_on_intra_cluster_em_meta, "true");
    const sj_testkit_reply *done = sj_testkit_get(cluster->kit, PAGE "SEP1&userid=alice&seq=12345");
    assert_non_null(strstr(sj_testkit_reply_header(done, "Refresh"), "&clearCallLogs=true"));
    expect(cluster, PAGE "SEP1&clearCallLogs=true", "Init:CallHistory");
}

static const char *page_from(struct cluster *cluster, const char *path, const char *peer, const char *via) {
    const sj_http_header headers[] = {{"Via", via != NULL ? via : ""}};
    const sj_testkit_request request = {.path = path, .peer = peer, .headers = headers, .headers_count = via != NULL ? 1 : 0};
    return sj_testkit_send(cluster->kit, &request)->body;
}

static void addresses_are_validated(void **state) {
    struct cluster *cluster = *state;
    set(cluster, &sj_param_em_validate_ip_address_meta, "true");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.7", NULL), "Login is unavailable(28)"));
    set(cluster, &sj_param_em_trusted_list_of_ips_meta, "192.0.2.1; 192.0.2.7");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.7", NULL), "<CiscoIPPhoneInput>"));
    set(cluster, &sj_param_em_trusted_list_of_ips_meta, "");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.7", NULL), "<CiscoIPPhoneInput>")); /* remembered */
    cluster->registered_address = "192.0.2.8";
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", NULL), "<CiscoIPPhoneInput>"));
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.9", NULL), "(28)"));
    set(cluster, &sj_param_em_trusted_list_of_ips_meta, "localhost");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "127.0.0.1", NULL), "<CiscoIPPhoneInput>"));
    sj_handle_close(sj_testkit_scope(cluster->kit), cluster->lookup);
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.10", NULL), "(29)"));
    /* Proxies */
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", "1.1 proxy"), "<CiscoIPPhoneInput>"));
    set(cluster, &sj_param_em_allow_proxy_meta, "false");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", "1.1 proxy"), "(30)"));
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1&EMCC=true", "192.0.2.8", "1.1 proxy"), "<CiscoIPPhoneInput>"));
    set(cluster, &sj_param_em_emcc_allow_proxy_meta, "false");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1&EMCC=true", "192.0.2.8", "1.1 proxy"), "(30)"));
    set(cluster, &sj_param_em_validate_ip_address_meta, "false");
    assert_non_null(strstr(page_from(cluster, PAGE "SEP1", "192.0.2.8", "1.1 proxy"), "<CiscoIPPhoneInput>"));
}

static int refuse_logins(void *user, const sj_policy_meta *meta, const char *trace_id, const void *input, void *output) {
    (void)user;
    (void)trace_id;
    if (strcmp(meta->name, "login.limit") == 0) {
        const sj_login_limit_input *given = input;
        sj_login_limit_output *decided = output;
        decided->allowed = strcmp(given->user_id, "bob") != 0;
        decided->minutes = 5;
        decided->reason = "no logins for bob";
        return 1;
    }
    return SJ_OK;
}

static void policies_decide(void **state) {
    struct cluster *cluster = *state;
    sj_testkit_on_decide(cluster->kit, refuse_logins, NULL);
    expect(cluster, PAGE "SEP1&userid=bob&seq=12345", "Login is unavailable(4)");
    assert_non_null(sj_testkit_find(cluster->kit, "event", "no logins for bob"));
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 6 * MINUTE);
    assert_int_equal(sessions(cluster), 0);
}

static void secrets_stay_secret(void **state) {
    struct cluster *cluster = *state;
    expect(cluster, PAGE "SEP1&userid=alice&seq=987654", "(201)");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    for (const char *kind = "event"; kind != NULL; kind = strcmp(kind, "event") == 0 ? "log" : NULL) {
        assert_null(sj_testkit_find(cluster->kit, kind, "987654"));
        assert_null(sj_testkit_find(cluster->kit, kind, "12345\""));
    }
}

static void bad_input_harms_nothing(void **state) {
    struct cluster *cluster = *state;
    char path[8192];
    memset(path, 'A', sizeof path);
    memcpy(path, PAGE, strlen(PAGE));
    path[sizeof path - 1] = '\0';
    expect(cluster, path, "(11)");
    (void)snprintf(path, sizeof path, PAGE "SEP1&userid=%0500d&seq=1", 7);
    expect(cluster, path, "(201)");
    expect(cluster, PAGE "SEP1&userid=%3Cscript%3E%00&seq=1", "(20");
    expect(cluster, PAGE "SEP1&choice=zzz&profile=x", "(201)");
    assert_non_null(
        strstr(sj_testkit_post_form(cluster->kit, "/emapp/EMAppServlet", "device=SEP1&userid=alice&seq=12345")->body,
               "Login successful"));
}

#define CHANGE "/changecredential/ChangeCredentialServlet?device=SEP1"

static void pins_are_changed(void **state) {
    struct cluster *cluster = *state;
    put_user(cluster, "alice", "\"alice-8851\"", ",\"pin_change_required\":true");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "/changecredential/ChangeCredentialServlet?device=SEP1</URL>");
    expect(cluster, CHANGE, "<QueryStringParam>newpin</QueryStringParam>");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=777777&confirmpin=777778", "The new PINs differ");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=777&confirmpin=777", "A PIN has 4 to 64 digits");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=12345&confirmpin=12345", "The new PIN is the old one");
    expect(cluster, CHANGE "&userid=alice&oldpin=11111&newpin=777777&confirmpin=777777", "(201)");
    expect(cluster, CHANGE "&userid=zoe&oldpin=11111&newpin=777777&confirmpin=777777", "(201)");
    expect(cluster, CHANGE "&userid=alice&oldpin=12345&newpin=777777&confirmpin=777777", "PIN changed");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "(201)");
    expect(cluster, PAGE "SEP1&userid=alice&seq=777777", "Login successful");
    expect(cluster, CHANGE, "<DefaultValue>alice</DefaultValue>");
    assert_null(sj_testkit_find(cluster->kit, "log", "777777"));
}

/* ---- a store that fails ---- */

static struct {
    const sj_resource_meta *meta; /* reading this resource fails */
    int (*get)(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record, sj_error *error);
    int (*list)(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query, sj_list *list, sj_error *error);
} broken;

static int broken_get(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record, sj_error *error) {
    *record = NULL;
    return meta == broken.meta ? sj_error_set(error, SJ_E_IO, "the disk is broken")
                               : broken.get(scope, meta, key, record, error);
}

static int broken_list(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query, sj_list *list, sj_error *error) {
    return meta == broken.meta ? sj_error_set(error, SJ_E_IO, "the disk is broken")
                               : broken.list(scope, meta, query, list, error);
}

static int broken_commit(sj_scope *scope, const char *here, sj_result_fn durable, void *user, sj_error *error) {
    (void)scope;
    (void)here;
    (void)durable;
    (void)user;
    return sj_error_set(error, SJ_E_IO, "the disk is full");
}

static void broken_verify(sj_scope *scope, const char *here, const char *hash, const char *plain, sj_result_fn done,
                          void *user) {
    sj_error error = {0};
    (void)scope;
    (void)here;
    (void)hash;
    (void)plain;
    (void)sj_error_set(&error, SJ_E_IO, "the pool is gone");
    done(user, SJ_E_IO, &error);
}

static void failures_have_their_codes(void **state) {
    struct cluster *cluster = *state;
    sj_host *table = (sj_host *)(uintptr_t)sj_testkit_scope(cluster->kit)->host;
    const sj_host whole = *table;
    sj_error error = {0};
    broken.get = table->store_get;
    broken.list = table->store_list;
    table->store_get = broken_get;
    table->store_list = broken_list;
    broken.meta = &sj_phone_meta;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable(20)");
    broken.meta = &sj_session_meta;
    expect(cluster, PAGE "SEP1", "Login is unavailable(21)");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout is unavailable(21)");
    broken.meta = &sj_end_user_meta;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable(9)");
    broken.meta = NULL;
    table->store_commit = broken_commit;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable(6)");
    table->store_commit = whole.store_commit;
    sj_store_rollback(sj_testkit_scope(cluster->kit));
    table->secret_verify = broken_verify;
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable (204)");
    table->secret_verify = whole.secret_verify;
    /* Unreadable at start: 210, until the store can be read. */
    assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
    broken.meta = &sj_session_meta;
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login is unavailable (210)");
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout is unavailable (210)");
    *table = whole;
    sj_testkit_advance(cluster->kit, 2000);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
}

/* ---- applications ---- */

static const char *ask(struct cluster *cluster, const char *xml) {
    static const char hex[] = "0123456789ABCDEF";
    char *form = malloc(3 * strlen(xml) + 8);
    char *at = form + sprintf(form, "xml=");
    for (const char *from = xml; *from != '\0'; from++) {
        *at++ = '%';
        *at++ = hex[(unsigned char)*from >> 4];
        *at++ = hex[(unsigned char)*from & 15u];
    }
    *at = '\0';
    const sj_testkit_reply *reply = sj_testkit_post_form(cluster->kit, "/emservice/EMServiceServlet", form);
    for (int i = 0; i < 100 && reply->status == 0; i++) {
        sj_testkit_advance(cluster->kit, 100);
    }
    free(form);
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->content_type, "text/xml; charset=UTF-8");
    return reply->body;
}

#define APP "<appInfo><appID>crm</appID><appCertificate>secret99</appCertificate></appInfo>"
#define REQUEST(inner) "<request>" APP inner "</request>"
#define QUERY(inner) "<query>" APP inner "</query>"

static void expect_answer(struct cluster *cluster, const char *xml, const char *text) {
    const char *answer = ask(cluster, xml);
    if (strstr(answer, text) == NULL) {
        fail_msg("%s: expected %s, got %s", xml, text, answer);
    }
}

static void put_applications(struct cluster *cluster) {
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"user_id\":\"crm\",\"password\":\"%s\",\"roles\":[\"Standard EM Authentication Proxy Rights\"]}",
                   sj_testkit_hash(cluster->kit, "secret99"));
    put(cluster, &sj_application_user_meta, json);
    (void)snprintf(json, sizeof json, "{\"user_id\":\"weak\",\"password\":\"%s\"}", sj_testkit_hash(cluster->kit, "secret99"));
    put(cluster, &sj_application_user_meta, json);
    (void)snprintf(json, sizeof json, ",\"password\":\"%s\"", sj_testkit_hash(cluster->kit, "mine1234"));
    put_user(cluster, "bob", "\"bob-8851\"", json);
}

static void applications_log_in_and_out(void **state) {
    struct cluster *cluster = *state;
    sj_session *session = NULL;
    put_applications(cluster);
    expect_answer(cluster,
                  REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID><deviceProfile>alice-8851</deviceProfile>"
                          "<exclusiveDuration><time>60</time></exclusiveDuration><fancy>new</fancy></login>"),
                  "<success/>");
    assert_int_equal(sj_session_get(sj_testkit_scope(cluster->kit), "SEP1", &session, NULL), SJ_OK);
    assert_true(session->expires_at == session->login_time + 60 * MINUTE);
    sj_record_free(sj_testkit_scope(cluster->kit), session);
    expect_answer(cluster, REQUEST("<login><deviceName>SEP2</deviceName><userID>alice</userID></login>"), "code=\"25\"");
    expect_answer(cluster, REQUEST("<login><deviceName>SEP1</deviceName><userID>bob</userID></login>"), "code=\"18\"");
    expect_answer(cluster, REQUEST("<login><deviceName>SEP2</deviceName><userID>zoe</userID></login>"), "code=\"23\"");
    expect_answer(cluster, REQUEST("<login><deviceName>SEP9</deviceName><userID>bob</userID></login>"), "code=\"11\"");
    expect_answer(
        cluster,
        REQUEST("<login><deviceName>SEP2</deviceName><userID>bob</userID><deviceProfile>alice-8851</deviceProfile></login>"),
        "code=\"12\"");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP1</deviceName></logout>"), "<success/>");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP1</deviceName></logout>"), "code=\"19\"");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP9</deviceName></logout>"), "code=\"11\"");
    put(cluster, &sj_phone_meta, "{\"name\":\"SEP3\",\"model\":\"Cisco 8851\"}");
    expect_answer(cluster, REQUEST("<login><deviceName>SEP3</deviceName><userID>bob</userID></login>"), "code=\"22\"");
    expect_answer(cluster, REQUEST("<logout><deviceName>SEP3</deviceName></logout>"), "code=\"5\"");
    expect_answer(cluster, REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID></login>"), "<success/>");
    expect_answer(cluster, REQUEST("<login><deviceName>SEP2</deviceName><userID>bob</userID></login>"), "<success/>");
    expect_answer(cluster, REQUEST("<logoutAll/>"), "<success/>");
    assert_int_equal(sessions(cluster), 0);
}

static void applications_ask(void **state) {
    struct cluster *cluster = *state;
    put_applications(cluster);
    put_user(cluster, "em@example.com", "\"bob-8851\",\"alice-8851\"", ",\"default_profile\":\"alice-8851\"");
    expect_answer(cluster, REQUEST("<login><deviceName>SEP1</deviceName><userID>em@example.com</userID></login>"),
                  "<success/>");
    expect_answer(
        cluster,
        QUERY("<deviceUserQuery><deviceName>SEP1</deviceName><deviceName>SEP2</deviceName><deviceName>X</deviceName>"
              "</deviceUserQuery>"),
        "<deviceUserResults><device name=\"SEP1\"><userID>em%40example.com</userID><lastlogin>em%40example.com</lastlogin>"
        "<emccDevice>no</emccDevice></device><device name=\"SEP2\"><none/><none/><emccDevice>no</emccDevice></device>"
        "<device name=\"X\"><doesNotExist/></device></deviceUserResults>");
    expect_answer(
        cluster,
        QUERY("<userDevicesQuery><userID>em@example.com</userID><userID>bob</userID><userID>zoe</userID></userDevicesQuery>"),
        "<user id=\"em%40example.com\"><deviceName>SEP1</deviceName></user><user id=\"bob\"><none/></user>"
        "<user id=\"zoe\"><doesNotExist/></user>");
    expect_answer(
        cluster, QUERY("<checkUser><userID>alice</userID><userID>zoe</userID></checkUser>"),
        "<checkUserResults><user id=\"alice\"><exists/></user><user id=\"zoe\"><doesNotExist/></user></checkUserResults>");
    const char *profiles =
        "<deviceProfileName>bob-8851</deviceProfileName><isDefaultDeviceProfile>f</isDefaultDeviceProfile></deviceProfile>"
        "<deviceProfile><deviceProfileName>alice-8851</deviceProfileName><isDefaultDeviceProfile>t</isDefaultDeviceProfile>";
    expect_answer(cluster, QUERY("<deviceProfileQuery><userID>em@example.com</userID></deviceProfileQuery>"), profiles);
    expect_answer(cluster, QUERY("<userDeviceProfileQuery><userID>em@example.com</userID></userDeviceProfileQuery>"), profiles);
    expect_answer(cluster, QUERY("<nothingKnown/>"), "code=\"8\"");
    expect_answer(cluster,
                  "<?xml version=\"1.0\"?><!DOCTYPE query SYSTEM \"http://127.0.0.1:8080/emservice/jsp/LoginQuery.dtd\">" QUERY(
                      "<checkUser><userID>alice</userID></checkUser>"),
                  "<exists/>");
}

static void applications_are_authenticated(void **state) {
    struct cluster *cluster = *state;
    const char *const login = "<login><deviceName>SEP1</deviceName><userID>alice</userID></login></request>";
    char xml[512];
    put_applications(cluster);
    (void)snprintf(xml, sizeof xml, "<request><appInfo><appID>crm</appID><appCertificate>wrong</appCertificate></appInfo>%s",
                   login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(xml, sizeof xml, "<request><appInfo><appID>zoe</appID><appCertificate>secret99</appCertificate></appInfo>%s",
                   login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(xml, sizeof xml, "<request>%s", login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(
        xml, sizeof xml,
        "<request><appInfo><appID>CCMSysUser</appID><appEncryptedCertificate>x</appEncryptedCertificate></appInfo>%s", login);
    expect_answer(cluster, xml, "code=\"3\"");
    (void)snprintf(xml, sizeof xml,
                   "<request><appInfo><appID>weak</appID><appCertificate>secret99</appCertificate></appInfo>%s", login);
    expect_answer(cluster, xml, "code=\"10\"");
    /* An end user for himself, and for nobody else. */
    (void)snprintf(xml, sizeof xml, "<request><appInfo><appID>bob</appID><appCertificate>mine1234</appCertificate></appInfo>%s",
                   login);
    expect_answer(cluster, xml, "code=\"10\"");
    expect_answer(cluster,
                  "<request><appInfo><appID>bob</appID><appCertificate>mine1234</appCertificate></appInfo>"
                  "<login><deviceName>SEP1</deviceName><userID>bob</userID></login></request>",
                  "<success/>");
    assert_int_equal(sessions(cluster), 1);
    for (int i = 0; i < 5; i++) {
        (void)snprintf(xml, sizeof xml,
                       "<request><appInfo><appID>crm</appID><appCertificate>wrong</appCertificate></appInfo>%s", login);
        expect_answer(cluster, xml, "code=\"3\"");
    }
    expect_answer(cluster, REQUEST("<logoutAll/>"), "code=\"3\""); /* locked */
    assert_null(sj_testkit_find(cluster->kit, "log", "secret99"));
}

static void hostile_documents_are_refused(void **state) {
    struct cluster *cluster = *state;
    static const char *const hostile[] = {
        "",
        "<",
        "<request>",
        "not xml",
        "<other/>",
        "<request/>",
        "\xff\xfe<request/>",
        "<!DOCTYPE request [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><request>" APP "<login><deviceName>&x;</deviceName>"
        "<userID>alice</userID></login></request>",
        "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>"
        "<request>" APP "<login><deviceName>&c;</deviceName><userID>alice</userID></login></request>",
        REQUEST("<login><userID>alice</userID></login>"),
        REQUEST("<login/><logout/>"),
        REQUEST("<login><deviceName>SEP1</deviceName><userID>alice</userID><exclusiveDuration><time>-1</time></"
                "exclusiveDuration></login>")};
    put_applications(cluster);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        expect_answer(cluster, hostile[i], "code=\"1\"");
    }
    char *giant = malloc(400000);
    memset(giant, 'A', 400000);
    memcpy(giant, "<request><appInfo><appID>", 25);
    giant[399999] = '\0';
    expect_answer(cluster, giant, "code=\"1\"");
    free(giant);
    const sj_testkit_request plain = {
        .method = "POST", .path = "/emservice/EMServiceServlet", .content_type = "text/xml", .body = REQUEST("<logoutAll/>")};
    assert_non_null(strstr(sj_testkit_send(cluster->kit, &plain)->body, "code=\"1\""));
    assert_int_equal(sessions(cluster), 0);
}

static void starts_and_stops(void **state) {
    struct cluster *cluster = *state;
    sj_error error = {0};
    for (int i = 0; i < 200; i++) {
        (void)sj_testkit_get(cluster->kit, PAGE "SEP1&EMCC=true&userid=alice&seq=12345");
        (void)sj_testkit_get(cluster->kit, PAGE "SEP1&doLogout=true");
        assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
        assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(login_and_logout, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(multiple_logins, setup, teardown),
        cmocka_unit_test_setup_teardown(maximum_login_time, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_follow_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_are_validated, setup, teardown),
        cmocka_unit_test_setup_teardown(policies_decide, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_stay_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_input_harms_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(pins_are_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_have_their_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(applications_log_in_and_out, setup, teardown),
        cmocka_unit_test_setup_teardown(applications_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(applications_are_authenticated, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_documents_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(starts_and_stops, setup, teardown),
    };
    return cmocka_run_group_tests_name("Extension Mobility within one cluster", tests, NULL, NULL);
}
