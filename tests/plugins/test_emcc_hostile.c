/* A partner that means ill, or is broken, or of another age: whatever it sends or answers, it is
 * told what is wrong, touches no session but those it shares with us, and never holds us up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/enterprise.h"
#include "resources/live_device.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

#define KEY "0123456789abcdef0123456789abcdef"

/* What BR, or who has its key, sends to HQ. */
static const char *post(struct world *world, const char *what, const char *json, int *status) {
    char path[64];
    (void)snprintf(path, sizeof path, "/intercluster/v1/%s", what);
    const sj_testkit_request request = {.method = "POST",
                                        .path = path,
                                        .content_type = "application/json",
                                        .body = json,
                                        .tls = true,
                                        .peer_cluster = "BR"};
    const sj_testkit_reply *reply = sj_testkit_send(world->kits[HQ], &request);
    for (int i = 0; i < 300 && reply->status == 0; i++) {
        world_advance(world, 100);
    }
    *status = reply->status;
    return reply->body;
}

#define LOGIN(more)                                                                                \
    "{\"cluster_id\":\"BR\",\"idempotency_key\":\"" KEY                                            \
    "\",\"user_id\":\"alice\",\"pin\":\"12345\",\"device_name\":\"SEPX\","                         \
    "\"model\":\"Cisco 8851\"" more "}"

static void requests(void **state) {
    struct world *world = *state;
    static const struct {
        const char *what, *json;
        int status;
        const char *answer;
    } table[] = {
        /* wrong types */
        {"user", "{\"user_id\":{}}", 400, "user_id"},
        {"user", "{\"protocol\":\"1\"}", 400, "protocol"},
        {"user", "{\"protocol\":1e99}", 400, "protocol"},
        {"login", "{\"cluster_id\":\"BR\",\"expansion_modules\":\"none\"}", 400,
         "expansion_modules"},
        {"login", "{\"cluster_id\":\"BR\",\"geolocation\":[1]}", 400, "geolocation"},
        {"logout", "{\"cluster_id\":null,\"lease_id\":true}", 400, "lease_id"},
        {"information", "{\"services\":\"all\"}", 400, "services"},
        {"reconcile", "{\"cluster_id\":\"BR\",\"sessions\":[{\"home\":\"yes\"}]}", 400, "home"},
        {"trace", "{\"trace_id\":[]}", 400, ""}, /* an empty list is an empty text's place */
        /* twice, broken, deep */
        {"user", "{\"user_id\":\"a\",\"user_id\":\"b\"}", 400, "twice"},
        {"login", "{\"cluster_id\":\"BR\",", 400, ""},
        {"reconcile", "[[[[[[[[[[[[[[[[", 400, ""},
        /* words that nobody knows */
        {"user", "{\"login_type\":\"fingerprint\",\"user_id\":\"alice\"}", 400, "login_type"},
        {"login", LOGIN(",\"login_type\":\"iris\""), 400, "login_type"},
        /* versions: an ancient one, a future one, none */
        {"user", "{\"cluster_id\":\"BR\",\"protocol\":0,\"user_id\":\"alice\"}", 200,
         "\"protocol\":0"},
        {"user", "{\"cluster_id\":\"BR\",\"protocol\":999,\"user_id\":\"alice\"}", 200,
         "\"protocol\":1"},
        {"user", "{\"cluster_id\":\"BR\",\"protocol\":-5,\"user_id\":\"alice\"}", 200,
         "\"protocol\":0"},
        {"user", "{\"cluster_id\":\"BR\",\"user_id\":\"alice\"}", 200, "\"known\":true"},
        {"information",
         "{\"cluster_id\":\"BR\",\"protocol\":2,\"services\":[{\"service\":\"holograms\"},{"
         "\"service\":\"emcc\"}]}",
         200, "\"code\":0"},
        {"information", "{\"cluster_id\":\"BR\",\"protocol\":0}", 200, "\"code\":0"},
        /* other names */
        {"logout", "{\"cluster_id\":\"HQ\"}", 400, "the certificate belongs to BR"},
        {"reconcile", "{\"cluster_id\":\"HQ\"}", 400, "the certificate belongs to BR"},
        {"information", "{\"cluster_id\":\"HQ\"}", 200, "\"code\":42"},
        {"information", "{\"cluster_id\":\"StandAloneCluster\"}", 200, "\"code\":42"},
        /* keys and names that are none */
        {"login",
         "{\"cluster_id\":\"BR\",\"idempotency_key\":\"../../etc/passwd\",\"device_name\":\"S\"}",
         200, "\"code\":1,"},
        {"login", "{\"cluster_id\":\"BR\",\"idempotency_key\":\"" KEY "\",\"device_name\":\"\"}",
         200, "\"code\":207"},
        {"logout", "{\"cluster_id\":\"BR\",\"device_name\":\"\"}", 200, "\"code\":19"},
        {"logout", "{\"cluster_id\":\"BR\",\"device_name\":\"'; drop table session; --\"}", 200,
         "\"code\":19"},
    };
    int status;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *body = post(world, table[i].what, table[i].json, &status);
        const bool either =
            table[i].answer[0] == '\0' && table[i].status == 400 && status == 200; /* empty lists */
        if (!either && (status != table[i].status || strstr(body, table[i].answer) == NULL)) {
            fail_msg("%s %s: %d %s", table[i].what, table[i].json, status, body);
        }
    }
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_taken(world), 0);
    assert_true(world_login(world));
}

/* A login with too much in every list and text is refused or cut, and leaves nothing half. */
static void giant_logins(void **state) {
    struct world *world = *state;
    enum { MANY = 50000 };
    char *json = malloc(MANY * 8 + 4096);
    int status;
    assert_non_null(json);
    static const char *const fields[] = {"user_locale", "logout_url", "device_profile",
                                         "protocol_name", "remote_address"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        int length = snprintf(json, 4096, LOGIN(",\"%s\":\""), fields[i]);
        length -= 1; /* the closing brace of the macro */
        memset(json + length, 'x', MANY);
        (void)snprintf(json + length + MANY, 64, "\"}");
        const char *body = post(world, "login", json, &status);
        assert_int_equal(status, 200);
        if (strstr(body, "\"code\":0,") != NULL) { /* cut to what there is room for */
            assert_non_null(strstr(
                post(world, "logout", "{\"cluster_id\":\"BR\",\"device_name\":\"SEPX\"}", &status),
                "\"code\":0"));
        }
        assert_int_equal(world_sessions(world, HQ), 0);
        assert_int_equal(world_live(world, HQ), 0);
    }
    int length = snprintf(json, 4096, LOGIN(",\"expansion_modules\":["));
    length -= 1;
    for (int i = 0; i < MANY; i++) {
        length += snprintf(json + length, 8, "%s\"m\"", i > 0 ? "," : "");
    }
    (void)snprintf(json + length, 8, "]}");
    const char *body = post(world, "login", json, &status);
    assert_int_equal(status, 200);
    assert_non_null(strstr(body, "\"code\":"));
    (void)post(world, "logout", "{\"cluster_id\":\"BR\",\"device_name\":\"SEPX\"}", &status);
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_live(world, HQ), 0);
    free(json);
}

/* Thousands of sessions that do not exist change nothing; more than any view has are not read. */
static void giant_views(void **state) {
    struct world *world = *state;
    assert_true(world_login(world));
    sj_session *session = NULL;
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[HQ]), PHONE, &session, NULL),
                     SJ_OK);
    for (int many = 20000; many <= 40000; many += 20000) {
        char *json = malloc((size_t)many * 40 + 4096);
        int status;
        assert_non_null(json);
        int length = snprintf(
            json, 4096,
            "{\"cluster_id\":\"BR\",\"sessions\":[{\"lease_id\":\"%s\",\"device_name\":\"" PHONE
            "\"}",
            session->lease_id);
        for (int i = 1; i < many; i++) {
            length += snprintf(json + length, 40, ",{\"lease_id\":\"l%06d\"}", i);
        }
        (void)snprintf(json + length, 8, "]}");
        (void)post(world, "reconcile", json, &status);
        assert_int_equal(status, many == 20000 ? 200 : 400);
        free(json);
    }
    sj_record_free(sj_testkit_scope(world->kits[HQ]), session);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_null(world_disagreement(world));
}

/* Sessions of others are none of its business, whatever it claims of them. */
static void sessions_of_others(void **state) {
    struct world *world = *state;
    int status;
    world_put(world, HQ, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"ASIA\",\"fully_qualified_name\":\"127.0.0.3\"}");
    world_put(world, HQ, &sj_session_meta,
              "{\"device_name\":\"SEPASIA\",\"kind\":\"home\",\"user_id\":\"alice\",\"remote_"
              "cluster_id\":\"ASIA\","
              "\"lease_id\":\"" KEY "\",\"login_time\":\"2026-01-01T00:00:00Z\"}");
    world_put(world, HQ, &sj_session_meta,
              "{\"device_name\":\"SEPLOCAL\",\"kind\":\"local\",\"user_id\":\"alice\",\"login_"
              "time\":\"2026-01-01T00:00:00Z\"}");
    static const char *const logouts[] = {
        "{\"cluster_id\":\"BR\",\"device_name\":\"SEPASIA\"}",
        "{\"cluster_id\":\"BR\",\"device_name\":\"SEPASIA\",\"lease_id\":\"" KEY "\"}",
        "{\"cluster_id\":\"BR\",\"device_name\":\"SEPLOCAL\"}",
        "{\"cluster_id\":\"BR\",\"device_name\":\"SEPLOCAL\",\"lease_id\":\"\"}",
    };
    for (size_t i = 0; i < sizeof logouts / sizeof logouts[0]; i++) {
        assert_non_null(strstr(post(world, "logout", logouts[i], &status), "\"code\":19"));
    }
    /* It says that it has none of them, and that it is their home. */
    const char *view = post(world, "reconcile", "{\"cluster_id\":\"BR\",\"sessions\":[]}", &status);
    assert_null(strstr(view, "SEPASIA"));
    assert_null(strstr(view, "SEPLOCAL"));
    (void)post(world, "reconcile",
               "{\"cluster_id\":\"BR\",\"sessions\":[{\"lease_id\":\"" KEY
               "\",\"device_name\":\"SEPASIA\",\"home\":true}]}",
               &status);
    /* A login on that phone would take it over. */
    char login[512];
    (void)snprintf(login, sizeof login,
                   "{\"cluster_id\":\"BR\",\"idempotency_key\":\"" KEY
                   "\",\"user_id\":\"alice\",\"pin\":\"12345\",\"device_name\":\"SEPASIA\","
                   "\"model\":\"Cisco 8851\"}");
    assert_non_null(strstr(post(world, "login", login, &status), "\"code\":37"));
    world_advance(world, 2 * MINUTE);
    assert_int_equal(world_sessions(world, HQ), 2);
}

/* The key of a session of another cluster, or on another phone, makes no second one. */
static void a_lease_names_one_session(void **state) {
    struct world *world = *state;
    int status;
    char login[512];
    world_put(world, HQ, &sj_session_meta,
              "{\"device_name\":\"SEPASIA\",\"kind\":\"home\",\"user_id\":\"alice\",\"remote_"
              "cluster_id\":\"ASIA\","
              "\"lease_id\":\"" KEY "\",\"login_time\":\"2026-01-01T00:00:00Z\"}");
    (void)snprintf(login, sizeof login,
                   "{\"cluster_id\":\"BR\",\"idempotency_key\":\"" KEY
                   "\",\"user_id\":\"alice\",\"pin\":\"12345\",\"device_name\":\"" PHONE
                   "\",\"model\":\"Cisco 8851\"}");
    assert_non_null(strstr(post(world, "login", login, &status), "\"code\":1,"));
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_int_equal(world_taken(world), 0);
}

/* What ended is not ended twice, nor does an old message end what came after. */
static void replays(void **state) {
    struct world *world = *state;
    int status;
    char old_logout[256];
    sj_session *session = NULL;
    assert_true(world_login(world));
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[HQ]), PHONE, &session, NULL),
                     SJ_OK);
    (void)snprintf(old_logout, sizeof old_logout,
                   "{\"cluster_id\":\"BR\",\"device_name\":\"" PHONE "\",\"lease_id\":\"%s\"}",
                   session->lease_id);
    sj_record_free(sj_testkit_scope(world->kits[HQ]), session);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_true(world_login(world));
    assert_non_null(strstr(post(world, "logout", old_logout, &status), "\"code\":19"));
    world_advance(world, 1000);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_null(world_disagreement(world));
    /* An old login, sent again after its session has ended, makes none. */
    assert_non_null(strstr(post(world, "login", LOGIN(""), &status), "\"code\":0,"));
    assert_non_null(strstr(
        post(world, "logout",
             "{\"cluster_id\":\"BR\",\"device_name\":\"SEPX\",\"lease_id\":\"" KEY "\"}", &status),
        "\"code\":0"));
    assert_non_null(strstr(post(world, "login", LOGIN(""), &status), "\"code\":4,"));
    assert_int_equal(world_sessions(world, HQ), 1);
    world_advance(world, 31 * MINUTE);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_null(world_disagreement(world));
}

/* Two clusters claim her: the same one wins every time, and it is said. */
static const char *ours_too(struct world *world, const char *path, const char *asked) {
    (void)world;
    (void)path;
    (void)asked;
    return "{\"cluster_id\":\"ASIA\",\"known\":true}";
}

static void two_claim_a_user(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"ASIA\",\"fully_qualified_name\":\"127.0.0.3\",\"emcc\":true}");
    world_advance(world, 10000);
    world->script.path = "user";
    world->script.to = CLUSTERS; /* neither of the two: only the third */
    world->script.third = "ASIA";
    world->script.status = 200;
    world->script.answer = ours_too;
    for (int i = 0; i < 3; i++) {
        /* ASIA comes first in the order of ids, and then does not answer the login. */
        expect(world, "alice", "12345", "Login is unavailable (208)");
    }
    assert_non_null(sj_testkit_find(
        world->kits[BR], "log", "clusters ASIA and HQ both claim the user alice; ASIA is taken"));
    assert_int_equal(world_sessions(world, HQ), 0);
}

/* One that claims her under another name than the one configured gets no PIN. */
static void claims_under_another_name(void **state) {
    struct world *world = *state;
    world->script.path = "user";
    world->script.status = 200;
    world->script.body = "{\"cluster_id\":\"XX\",\"known\":true}";
    expect(world, "alice", "12345", "Login is unavailable (212)");
    assert_null(strstr(world->last_message, "12345"));
    assert_non_null(strstr(world->last_message, "/user "));
    world->script.body = "{\"cluster_id\":\"XX\",\"known\":false}";
    expect(world, "alice", "12345", "Login is unavailable(23)");
    world->script.body = "{\"known\":true}"; /* it does not say */
    expect(world, "alice", "12345", "Login successful");
}

/* What the home cluster may answer to a login. */
static void answers_to_a_login(void **state) {
    struct world *world = *state;
    static const struct {
        const char *body, *text;
    } table[] = {
        {"", "Login is unavailable(1)"},
        {"null", "Login is unavailable(1)"},
        {"{\"code\":\"0\"}", "Login is unavailable(1)"},
        {"{\"cluster_id\":\"HQ\",\"code\":0}",
         "Login is unavailable(1)"}, /* no lease, or another */
        {"{\"cluster_id\":\"HQ\",\"code\":0,\"lease_id\":\"" KEY "\"}", "Login is unavailable(1)"},
        {"{\"cluster_id\":\"XX\",\"code\":0}", "Login is unavailable (212)"},
        {"{\"cluster_id\":\"HQ\",\"code\":-1}",
         "Login is unavailable(1)"}, /* a choice of nothing */
        {"{\"cluster_id\":\"HQ\",\"code\":-2}", "Login is unavailable(1)"},
        {"{\"cluster_id\":\"HQ\",\"code\":999}", "Login is unavailable(1)"},
        {"{\"cluster_id\":\"HQ\",\"code\":48}", "Login is unavailable(1)"}, /* newer than ours */
        {"{\"cluster_id\":\"HQ\",\"code\":33,\"cause\":\"\\u001b[2J\"}",
         "Login is unavailable(33)"},
    };
    world->script.path = "login";
    world->script.status = 200;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        world->script.body = table[i].body;
        expect(world, "alice", "12345", table[i].text);
        assert_int_equal(world_sessions(world, BR), 0);
    }
    static const int statuses[] = {301, 401, 404, 418, 500, 503};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        world->script.status = statuses[i];
        expect(world, "alice", "12345", "Login is unavailable (208)");
    }
    world->script.path = NULL;
    world_advance(world, 60000);
    assert_true(world_login(world));
}

/* The rest of an answer that agrees to the login that was asked for. */
static const char *agreed_with;
static const char *agreement(struct world *world, const char *path, const char *asked) {
    static char answer[2048];
    const char *key = strstr(asked, "\"idempotency_key\":\"");
    (void)world;
    (void)path;
    assert_non_null(key);
    (void)snprintf(answer, sizeof answer,
                   "{\"cluster_id\":\"HQ\",\"code\":0,\"lease_id\":\"%.32s\",%s}", key + 19,
                   agreed_with);
    return answer;
}

/* Where a phone is sent must be hosts; who is named is shown as a text, whatever is in it. */
static void agreements(void **state) {
    struct world *world = *state;
    static const char *const refused[] = {
        "\"tftp_addresses\":[]", "\"tftp_addresses\":[\"127.0.0.1\",\"</tempTftpAddress1><x>\"]",
        "\"tftp_addresses\":[\"a b\"]", "\"tftp_addresses\":[\"1\",\"2\",\"3\",\"4\",\"5\"]",
        "\"user_id\":\"alice\""};
    world->script.path = "login";
    world->script.status = 200;
    world->script.answer = agreement;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        agreed_with = refused[i];
        expect(world, "alice", "12345", "Login is unavailable(1)");
        assert_int_equal(world_sessions(world, BR), 0);
    }
    agreed_with = "\"tftp_addresses\":[\"127.0.0.1\"],\"user_id\":\"<b>&\\\"\",\"expires_at\":"
                  "\"2036-01-01T00:00:00Z\","
                  "\"tftp_http_port\":22";
    expect(world, "alice", "12345", "Login successful");
    assert_non_null(strstr(world_get(world, BR, BR_PAGE)->body, "&lt;b&gt;&amp;"));
    sj_session *session = NULL;
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[BR]), PHONE, &session, NULL),
                     SJ_OK);
    assert_int_equal(session->home_tftp_port, 0); /* not another service's */
    sj_record_free(sj_testkit_scope(world->kits[BR]), session);
    world->script.path = NULL;
    world_advance(world, 31 * MINUTE); /* HQ itself knows nothing of it */
    assert_null(world_disagreement(world));
    assert_int_equal(world_sessions(world, BR), 0);
}

/* A choice of more profiles than a phone can show. */
static const char *choices(struct world *world, const char *path, const char *asked) {
    static char answer[600000];
    int length =
        snprintf(answer, 100, "{\"cluster_id\":\"HQ\",\"code\":-1,\"profiles\":[\"<first>\"");
    (void)world;
    (void)path;
    (void)asked;
    for (int i = 0; i < 25000; i++) {
        length += snprintf(answer + length, 12, ",\"p%05d\"", i);
    }
    (void)snprintf(answer + length, 8, "]}");
    return answer;
}

static void too_many_profiles(void **state) {
    struct world *world = *state;
    world->script.path = "login";
    world->script.status = 200;
    world->script.answer = choices;
    const char *page = world_get(world, BR, BR_PAGE "&userid=alice&seq=12345")->body;
    assert_non_null(strstr(page, "<CiscoIPPhoneMenu>"));
    assert_non_null(strstr(page, "&lt;first&gt;"));
    assert_true(strlen(page) < 65536);
}

/* One that answers each question with the smallest part of its view would be asked for ever. */
static const char *one_letter_more(struct world *world, const char *path, const char *asked) {
    static char answer[512];
    (void)world;
    (void)path;
    const char *after = strstr(asked, "\"after_device\":\"");
    after = after != NULL ? after + 16 : "";
    const int length = (int)strcspn(after, "\"");
    (void)snprintf(answer, sizeof answer,
                   "{\"cluster_id\":\"HQ\",\"after_device\":\"%.*s\",\"until_device\":\"%.*s1\"}",
                   length, after, length < 100 ? length : 0, after);
    if (length >= 100) { /* and the last letter counts up */
        (void)snprintf(
            answer, sizeof answer,
            "{\"cluster_id\":\"HQ\",\"after_device\":\"%.*s\",\"until_device\":\"%.*s%c\"}", length,
            after, length - 1, after, after[length - 1] + 1);
    }
    return answer;
}

static void a_view_without_end(void **state) {
    struct world *world = *state;
    world->script.path = "reconcile";
    world->script.status = 200;
    world->script.answer = one_letter_more;
    const size_t before = world->requests;
    world_advance(world, 31 * MINUTE);
    assert_true(world->requests - before < 4000);
    world->script.path = NULL;
    world_advance(world, 31 * MINUTE);
    assert_true(world_login(world));
}

/* Nodes that are no hosts do not get into URLs and calls of ours. */
static void addresses_that_are_none(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_remote_cluster_status *status = NULL;
    world->script.path = "information";
    world->script.status = 200;
    world->script.body = "{\"cluster_id\":\"HQ\",\"version\":\"2.0\",\"protocol\":2,\"services\":[{"
                         "\"service\":\"teleport\"},"
                         "{\"service\":\"emcc\",\"active\":true,\"addresses\":[\"127.0.0.1\","
                         "\"victim/admin?x=\",\"u@victim\","
                         "\"\",\"a "
                         "b\",\"<sip:x>\",\"::1\",\"0.0.0.0\",\"224.0.0.1\",\"10.0.0.1:22\",\"hq-2."
                         "example\"]}],\"holograms\":[1]}";
    world_advance(world, 31 * MINUTE);
    assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
    assert_string_equal(status->reason, "");
    assert_string_equal(status->version, "2.0");
    assert_int_equal(status->protocol_version, 1);
    assert_int_equal(status->services[0].remote_activated,
                     SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES);
    assert_int_equal(status->services[0].addresses_count, 3);
    assert_string_equal(status->services[0].addresses[0], "127.0.0.1");
    assert_string_equal(status->services[0].addresses[1], "::1");
    assert_string_equal(status->services[0].addresses[2], "hq-2.example");
    sj_record_free(br, status);
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "not a host name or address"));
}

/* Nobody is sent to another service of another node by a partner's word. */
static void ports_of_other_services(void **state) {
    static const int64_t told[][2] = {{22, 0},   {25, 0},  {-1, 0},      {65536, 0},
                                      {1023, 0}, {80, 80}, {1024, 1024}, {6970, 6970}};
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    char body[256];
    world->script.path = "information";
    world->script.status = 200;
    world->script.body = body;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        sj_remote_cluster_status *status = NULL;
        (void)snprintf(body, sizeof body,
                       "{\"cluster_id\":\"HQ\",\"version\":\"2.0\",\"protocol\":1,\"tftp_http_"
                       "port\":%lld,\"services\":"
                       "[{\"service\":\"emcc\",\"active\":true,\"addresses\":[\"127.0.0.1\"]}]}",
                       (long long)told[i][0]);
        world_advance(world, 31 * MINUTE);
        assert_int_equal(sj_remote_cluster_status_get(br, "HQ", &status, NULL), SJ_OK);
        assert_int_equal(status->tftp_http_port, told[i][1]);
        sj_record_free(br, status);
    }
    assert_non_null(
        sj_testkit_find(world->kits[BR], "log", "names 22 as the HTTP port of its TFTP service"));
}

/* As in each other message, who asks is who the certificate says. */
static void asked_in_another_name(void **state) {
    struct world *world = *state;
    int status;
    static const char *const names[] = {"ASIA", "StandAloneCluster", "", "HQ"};
    char json[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(json, sizeof json, "{\"cluster_id\":\"%s\",\"user_id\":\"alice\"}",
                       names[i]);
        const char *body = post(world, "user", json, &status);
        assert_int_equal(status, 200);
        assert_non_null(strstr(body, "\"known\":false"));
        assert_non_null(strstr(body, "\"code\":44"));
    }
    assert_non_null(
        strstr(post(world, "user", "{\"cluster_id\":\"BR\",\"user_id\":\"alice\"}", &status),
               "\"known\":true"));
}

/* What is longer than any message is refused before it is read, in both directions. */
static void far_too_long(void **state) {
    static const char *const kinds[] = {"user",  "login",       "logout",   "pin",
                                        "trace", "information", "reconcile"};
    struct world *world = *state;
    const size_t length = (size_t)600 << 10;
    char *body = calloc(1, length + 64);
    int status;
    memset(body, ' ', length);
    memcpy(body + length, "{\"cluster_id\":\"BR\"}", 20);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_non_null(strstr(post(world, kinds[i], body, &status), "expected at most"));
        assert_int_equal(status, 400);
    }
    memcpy(body + length, "{\"cluster_id\":\"HQ\"}", 20);
    world->script.to = HQ;
    world->script.path = "information";
    world->script.status = 200;
    world->script.body = body;
    world_advance(world, 31 * MINUTE);
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "gave an answer that is too long"));
    free(body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests, setup, teardown),
        cmocka_unit_test_setup_teardown(giant_logins, setup, teardown),
        cmocka_unit_test_setup_teardown(giant_views, setup, teardown),
        cmocka_unit_test_setup_teardown(sessions_of_others, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lease_names_one_session, setup, teardown),
        cmocka_unit_test_setup_teardown(replays, setup, teardown),
        cmocka_unit_test_setup_teardown(two_claim_a_user, setup, teardown),
        cmocka_unit_test_setup_teardown(claims_under_another_name, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_to_a_login, setup, teardown),
        cmocka_unit_test_setup_teardown(agreements, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_profiles, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_that_are_none, setup, teardown),
        cmocka_unit_test_setup_teardown(ports_of_other_services, setup, teardown),
        cmocka_unit_test_setup_teardown(asked_in_another_name, setup, teardown),
        cmocka_unit_test_setup_teardown(far_too_long, setup, teardown),
    };
    return cmocka_run_group_tests_name("Hostile partners", tests, NULL, NULL);
}
