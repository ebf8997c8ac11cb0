/* Partners that are not like us: what they say of themselves and of us, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/emcc.h"
#include "parameters/enterprise.h"
#include "resources/intercluster_service_profile.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

struct updated {
    bool answered;
    int64_t updated, failed;
    char message[4096], unanswered[256];
};

static void updated(void *user, int status, const sj_error *error,
                    const sj_remote_cluster_update_reply *reply) {
    struct updated *result = user;
    result->answered = true;
    if (status != SJ_OK) {
        (void)snprintf(result->message, sizeof result->message, "%s", error->text);
        return;
    }
    result->updated = reply->updated;
    result->failed = reply->failed;
    (void)snprintf(result->message, sizeof result->message, "%s", reply->message);
    for (size_t i = 0; i < reply->unanswered_count; i++) {
        const size_t length = strlen(result->unanswered);
        (void)snprintf(result->unanswered + length, sizeof result->unanswered - length, "%s ",
                       reply->unanswered[i]);
    }
}

/* Update Now at BR, of one cluster or ("") of all. */
static struct updated update(struct world *world, const char *cluster_id) {
    const sj_remote_cluster_update request = {.cluster_id = cluster_id};
    struct updated result = {0};
    assert_int_equal(sj_ask_remote_cluster_update(sj_testkit_scope(world->kits[BR]), &request, 0,
                                                  updated, &result, NULL),
                     SJ_OK);
    for (int i = 0; i < 300 && !result.answered; i++) {
        world_advance(world, 100);
    }
    assert_true(result.answered);
    return result;
}

static void expect_update(struct world *world, int64_t succeeded, const char *sentence) {
    const struct updated result = update(world, "HQ");
    if (result.updated != succeeded || result.failed != 1 - succeeded ||
        strstr(result.message, sentence) == NULL) {
        fail_msg("expected %s, got %lld updated: %s", sentence, (long long)result.updated,
                 result.message);
    }
    assert_string_equal(result.unanswered, succeeded ? "" : "HQ ");
}

static sj_remote_cluster_status *status_of(struct world *world) {
    sj_remote_cluster_status *status = NULL;
    assert_int_equal(
        sj_remote_cluster_status_get(sj_testkit_scope(world->kits[BR]), "HQ", &status, NULL),
        SJ_OK);
    return status;
}

static void expect_refusal(struct world *world, int64_t code, const char *sentence) {
    sj_remote_cluster_status *status = status_of(world);
    assert_int_equal(status->refusal_code, code);
    assert_non_null(strstr(status->refusal, sentence));
    sj_record_free(sj_testkit_scope(world->kits[BR]), status);
}

static const char *login(struct world *world) {
    return world_get(world, BR, BR_PAGE "&userid=alice&seq=12345")->body;
}

/* 35, 38 and 211 are known before anybody meets them. */
static void what_home_would_refuse_is_told_at_the_update(void **state) {
    struct world *world = *state;
    static const char us[] =
        "HQ has no remote cluster record for BR: logins of its users here fail with 35.";
    expect_update(world, 1, "Cluster HQ answers, version " SOJOURN_VERSION ".");
    expect_refusal(world, 0, "");
    sj_remote_cluster_status *status = status_of(world);
    assert_true(status->sees_us.told && status->sees_us.recorded && status->sees_us.emcc &&
                status->sees_us.pstn_access);
    sj_record_free(sj_testkit_scope(world->kits[BR]), status);

    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(world->kits[HQ]), "BR", NULL),
                     SJ_OK);
    expect_update(world, 1, us);
    expect_refusal(world, 35, us);
    assert_non_null(strstr(login(world), "Login is unavailable(35)"));
    world_put(world, HQ, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.0.0.2\"}");
    expect_update(world, 1,
                  "HQ refuses logins of its users here with 38: the home cluster's record of "
                  "remote cluster BR has EMCC off.");
    expect_refusal(world, 38, "EMCC off");
    assert_non_null(strstr(login(world), "Login is unavailable(38)"));
    world_put(world, HQ, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.0.0.2\",\"emcc\":true}");
    world_put(world, HQ, &sj_intercluster_service_profile_meta, "{\"emcc_active\":true}");
    expect_update(world, 1, "with 211");
    world_put(world, HQ, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":true}");
    expect_update(world, 1, "Cluster HQ answers");
    expect_refusal(world, 0, "");
}

static void code_42_is_the_askers_own_name(void **state) {
    struct world *world = *state;
    sj_testkit_forget(world->kits[HQ]);
    world_param(world, BR, &sj_param_enterprise_cluster_id_meta, "Elsewhere");
    expect_update(world, 0, "Cluster HQ refuses: the visiting cluster says its id is");
    (void)update(world, "HQ");
    sj_remote_cluster_status *status = status_of(world);
    assert_non_null(strstr(status->reason, "(42)"));
    sj_record_free(sj_testkit_scope(world->kits[BR]), status);
    /* It is told who we are, and nothing of our nodes. */
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "receives no information"));
}

/* Of a cluster that has never answered nothing is shown that it would have told: no default passes
 * for an observation. */
static void what_nothing_observed_is_not_shown(void **state) {
    static const char *const observed[] = {
        "version",       "protocol_version",   "last_succeeded", "mixed_mode", "sip_port",
        "sip_transport", "max_audio_bit_rate", "refusal_code",   "sees_us",    "tftp_http_port"};
    struct world *world = *state;
    sj_scope *scope = sj_testkit_scope(world->kits[BR]);
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"ASIA\",\"fully_qualified_name\":\"127.0.0.3\"}");
    (void)update(world, "ASIA");
    (void)update(world, "HQ");
    for (int answered = 0; answered < 2; answered++) {
        sj_remote_cluster_status *status = NULL;
        assert_int_equal(
            sj_remote_cluster_status_get(scope, answered ? "HQ" : "ASIA", &status, NULL), SJ_OK);
        char *json = scope->host->record_to_json(sj_remote_cluster_status_meta.record, status);
        assert_true(status->last_tried != 0 && (status->last_succeeded != 0) == answered);
        for (size_t i = 0; i < sizeof observed / sizeof observed[0]; i++) {
            char part[80];
            (void)snprintf(part, sizeof part, "\"%s\":null", observed[i]);
            if ((strstr(json, part) == NULL) != answered) {
                fail_msg("%s: %s", part, json);
            }
        }
        sj_text_free(scope, json);
        sj_record_free(scope, status);
    }
}

static void update_now_of_all_names_who_did_not_answer(void **state) {
    struct world *world = *state;
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"ASIA\",\"fully_qualified_name\":\"127.0.0.3\"}");
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"MARS\",\"fully_qualified_name\":\"127.0.0.4\"}");
    const struct updated result = update(world, "");
    assert_int_equal(result.updated, 1);
    assert_int_equal(result.failed, 2);
    assert_non_null(strstr(result.unanswered, "ASIA"));
    assert_non_null(strstr(result.unanswered, "MARS"));
    assert_non_null(strstr(result.message, "Cluster HQ answers"));
    assert_non_null(strstr(update(world, "NONE").message, "there is no remote cluster NONE"));
}

/* What may come as the answer to a request for information. */
static void answers_of_a_hostile_partner(void **state) {
    struct world *world = *state;
    static char giant[300000];
    static const struct {
        const char *body, *sentence;
        int64_t succeeded;
    } table[] = {
        {"", "cannot be read", 0},
        {"[]", "answers with the id", 0}, /* an empty message */
        {"{\"cluster_id\":7}", "cannot be read", 0},
        {"{\"cluster_id\":\"HQ\",\"services\":{\"emcc\":1}}", "cannot be read", 0},
        {"{\"cluster_id\":\"HQ\",\"services\":[1,2]}", "cannot be read", 0},
        {"{\"cluster_id\":\"HQ\",\"protocol\":\"one\"}", "cannot be read", 0},
        {"{\"cluster_id\":\"XX\"}", "answers with the id XX (212)", 0},
        {"{}", "answers with the id", 0},
        {"{\"cluster_id\":\"HQ\",\"code\":42,\"cause\":\"so there\"}", "refuses: so there (42)", 0},
        {"{\"cluster_id\":\"HQ\",\"code\":-7}", "with -7", 1},
        {"{\"cluster_id\":\"HQ\",\"code\":999999,\"cause\":\"\"}", "refuses logins", 1},
        {"{\"cluster_id\":\"HQ\",\"version\":\"2\",\"protocol\":999}", "version 2", 1},
        {"{\"cluster_id\":\"HQ\",\"version\":\"0\",\"protocol\":0}", "version 0", 1},
        {"{\"cluster_id\":\"HQ\",\"protocol\":-9}", "answers", 1},
        {"{\"cluster_id\":\"HQ\",\"sip_port\":99999,\"sip_transport\":\"carrier pigeon\"}",
         "answers", 1},
        {"{\"cluster_id\":\"HQ\",\"asker\":{\"told\":true,\"certificates\":[\"a\",\"b\",\"c\","
         "\"d\",\"e\",\"f\",\"g\",\"h\","
         "\"i\",\"j\",\"k\",\"l\"]}}",
         "answers", 1},
    };
    world->script.path = "information";
    world->script.status = 200;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        world->script.body = table[i].body;
        expect_update(world, table[i].succeeded, table[i].sentence);
    }
    /* Sentences are cut, and not within a character: nobody's update fails by them. */
    for (int shift = 0; shift < 3; shift++) {
        int length = snprintf(giant, 100, "{\"cluster_id\":\"HQ\",\"code\":38,\"cause\":\"%.*s",
                              shift, "abc");
        for (int i = 0; i < 600; i++) {
            length += snprintf(giant + length, 8, "試");
        }
        length += snprintf(giant + length, 100, "\",\"asker\":{\"told\":true,\"reason\":\"%.*s",
                           shift, "abc");
        for (int i = 0; i < 60000; i++) {
            length += snprintf(giant + length, 8, "é");
        }
        (void)snprintf(giant + length, 8, "\"}}");
        world->script.body = giant;
        expect_update(world, 1, "HQ refuses logins of its users here with 38");
    }
    /* Longer than the record may be: it is said, and what was known stays. */
    const size_t length =
        (size_t)snprintf(giant, sizeof giant, "{\"cluster_id\":\"HQ\",\"version\":\"");
    memset(giant + length, 'v', sizeof giant - length);
    (void)snprintf(giant + sizeof giant - 3, 3, "\"}");
    world->script.body = giant;
    expect_update(world, 0, "What cluster HQ says of itself cannot be kept");
    world->script.path = NULL;
    expect_update(world, 1, "Cluster HQ answers, version " SOJOURN_VERSION);
    assert_true(world_login(world));
}

/* 45 before the PIN leaves; phones that need not be secure are served. */
static void a_release_without_secure_emcc(void **state) {
    struct world *world = *state;
    static const struct {
        const char *information;
        bool secure;
    } table[] = {
        {"{\"cluster_id\":\"HQ\",\"version\":\"8.6.2.20000-2\"}", false},
        {"{\"cluster_id\":\"HQ\",\"version\":\"8\"}", false},
        {"{\"cluster_id\":\"HQ\",\"version\":\"9.1.1\",\"protocol\":0}", false},
        {"{\"cluster_id\":\"HQ\",\"version\":\"9.1.1\"}", true},
        {"{\"cluster_id\":\"HQ\",\"version\":\"80.1\",\"protocol\":2}", true},
    };
    world_put(world, BR, &sj_phone_security_profile_meta,
              "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPSEC\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,"
              "\"phone_security_profile\":\"Secure\"}");
    world_param(world, BR, &sj_param_enterprise_cluster_security_mode_meta, "mixed");
    world->script.path = "information";
    world->script.status = 200;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        world->script.body = table[i].information;
        expect_update(world, 1, "Cluster HQ answers");
        const char *page =
            world_get(world, BR,
                      "/emapp/EMAppServlet?device=SEPSEC&EMCC=true&userid=alice&seq=12345")
                ->body;
        /* The home cluster itself, here in non-secure mode, would say 46. */
        if (strstr(page, table[i].secure ? "Login is unsuccessful(46)"
                                         : "Login is unsuccessful(45)") == NULL) {
            fail_msg("%s: %s", table[i].information, page);
        }
        assert_true((strstr(world->last_message, "12345") != NULL) == table[i].secure);
    }
    world->script.body = table[0].information;
    expect_update(world, 1, "version 8.6.2");
    assert_true(world_login(world)); /* a phone without security */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_home_would_refuse_is_told_at_the_update, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(code_42_is_the_askers_own_name, setup, teardown),
        cmocka_unit_test_setup_teardown(what_nothing_observed_is_not_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(update_now_of_all_names_who_did_not_answer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(answers_of_a_hostile_partner, setup, teardown),
        cmocka_unit_test_setup_teardown(a_release_without_secure_emcc, setup, teardown),
    };
    return cmocka_run_group_tests_name("Partners", tests, NULL, NULL);
}
