/* A traveller changes the PIN on a phone of another cluster: the home cluster decides, whatever is
 * lost on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/intercluster_service_profile.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

#define PIN_PAGE "/changecredential/ChangeCredentialServlet?device=" PHONE
#define KEY "0123456789abcdef0123456789abcdef"

static void shows(struct world *world, const char *body, const char *text) {
    if (strstr(body, text) == NULL) {
        sj_testkit_print(world->kits[HQ]);
        sj_testkit_print(world->kits[BR]);
        fail_msg("expected %s, the phone shows %s", text, body);
    }
}

/* What the page at a cluster says to a change from `old` to `fresh`. */
static const char *change_at(struct world *world, int cluster, const char *id, const char *old,
                             const char *fresh, const char *more) {
    char path[1024];
    (void)snprintf(path, sizeof path, PIN_PAGE "&userid=%s&oldpin=%s&newpin=%s&confirmpin=%s%s", id,
                   old, fresh, fresh, more);
    const sj_testkit_reply *reply = world_get(world, cluster, path);
    assert_int_equal(reply->status, 200);
    return reply->body;
}

static const char *change(struct world *world, const char *old, const char *fresh) {
    return change_at(world, BR, "alice", old, fresh, "");
}

static void log_in(struct world *world, const char *pin, const char *text) {
    char path[256];
    (void)snprintf(path, sizeof path, BR_PAGE "&userid=alice&seq=%s", pin);
    shows(world, world_get(world, BR, path)->body, text);
}

static void code_41_leads_to_the_page_and_on_to_a_login(void **state) {
    struct world *world = *state;
    put_user(world, ",\"enable_emcc\":true,\"pin_change_required\":true");
    const char *page = world_get(world, BR, BR_PAGE "&loginType=DN&userid=1001&seq=12345")->body;
    shows(world, page, "PIN change is required");
    shows(world, page,
          "/changecredential/ChangeCredentialServlet?device=" PHONE
          "&amp;EMCC=true&amp;loginType=DN");
    page = world_get(world, BR, PIN_PAGE "&EMCC=true&loginType=DN")->body;
    shows(world, page, "Primary Extension");
    shows(world, page, "newpin");
    page = change_at(world, BR, "1001", "12345", "67890", "&EMCC=true&loginType=DN");
    shows(world, page, "PIN changed");
    shows(world, page, "/emapp/EMAppServlet?device=" PHONE "&amp;EMCC=true&amp;loginType=DN");
    log_in(world, "12345", "Login is unavailable(2)");
    log_in(world, "67890", "Login successful");
    assert_non_null(sj_testkit_find(world->kits[HQ], "log",
                                    "alice has changed the PIN on " PHONE " of cluster BR"));
    /* Under one trace, and never a PIN. */
    assert_non_null(
        sj_testkit_find(world->kits[HQ], "log", "cluster BR asks to change the PIN of 1001"));
    for (int cluster = 0; cluster < CLUSTERS; cluster++) {
        assert_null(sj_testkit_find(world->kits[cluster], "log", "67890"));
        assert_null(sj_testkit_find(world->kits[cluster], "event", "67890"));
        assert_null(sj_testkit_find(world->kits[cluster], "log", "12345"));
    }
}

static void at_home_on_a_lent_phone(void **state) {
    struct world *world = *state;
    log_in(world, "12345", "Login successful");
    /* The services of the lent phone point home: its page knows who is on it. */
    shows(world, world_get(world, HQ, PIN_PAGE)->body, "<DefaultValue>alice</DefaultValue>");
    const char *page = change_at(world, HQ, "alice", "12345", "67890", "");
    shows(world, page, "PIN changed");
    assert_null(strstr(page, "Log in")); /* she is */
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    log_in(world, "67890", "Login successful");
}

static void rules_are_the_home_clusters(void **state) {
    struct world *world = *state;
    const char *page = change(world, "12345", "678");
    shows(world, page, "A PIN has 4 to 64 digits");
    shows(world, page, "<Name>Again</Name>");
    shows(world, change(world, "12345", "12345"), "The new PIN is the old one");
    shows(world,
          world_get(world, BR, PIN_PAGE "&userid=alice&oldpin=12345&newpin=6789&confirmpin=9876")
              ->body,
          "The new PINs differ");
    shows(world, change_at(world, BR, "", "12345", "67890", ""), "(202)");
    shows(world, change_at(world, BR, "alice", "12345", "67890", "&loginType=XX"),
          "LoginType invalid (215)");
    shows(world, change_at(world, BR, "nobody", "12345", "67890", ""), "Login is unavailable(23)");
    /* Rules of another make are shown as they come, whatever is in them. */
    world->script.path = "pin";
    world->script.status = 200;
    world->script.body =
        "{\"cluster_id\":\"HQ\",\"code\":-1,\"cause\":\"No <birthdays> & no years\"}";
    shows(world, change(world, "12345", "1990"), "No &lt;birthdays&gt; &amp; no years");
    world->script.body = "{\"cluster_id\":\"HQ\",\"code\":-1}";
    shows(world, change(world, "12345", "1990"), "Login is unavailable(1)");
    world->script.path = NULL;
    log_in(world, "12345", "Login successful");
}

static void wrong_pins_are_counted_at_home(void **state) {
    struct world *world = *state;
    world_param(world, HQ, &sj_param_enterprise_credential_failed_logins_meta, "3");
    shows(world, change(world, "99999", "67890"), "Login is unavailable(2)");
    log_in(world, "99999", "Login is unavailable(2)");
    shows(world, change(world, "99998", "67890"), "Login is unavailable(2)");
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "locked"));
    /* Locked, for logins and for changes alike; the right PIN is no better. */
    shows(world, change(world, "12345", "67890"), "Login is unavailable(2)");
    log_in(world, "12345", "Login is unavailable(2)");
    world_advance(world, 31 * MINUTE);
    shows(world, change(world, "12345", "67890"), "PIN changed");
    log_in(world, "67890", "Login successful");
    /* At home the same shows 201. */
    shows(world, change_at(world, HQ, "alice", "11111", "67891", ""), "(201)");
}

static void who_may_not(void **state) {
    struct world *world = *state;
    put_user(world, "");
    shows(world, change(world, "12345", "67890"), "Login is unavailable(31)");
    put_user(world, ",\"enable_emcc\":true,\"enabled\":false");
    shows(world, change(world, "12345", "67890"), "Login is unavailable(2)");
    put_user(world, ",\"enable_emcc\":true");
    world_put(world, HQ, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":false,\"pstn_access_active\":true}");
    shows(world, change(world, "12345", "67890"), "Login is unavailable(38)");
    /* No call is made: PSTN Access does not matter. */
    world_put(world, HQ, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":false}");
    shows(world, change(world, "12345", "67890"), "PIN changed");
    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(world->kits[HQ]), "BR", NULL),
                     SJ_OK);
    shows(world, change(world, "67890", "24680"), "Login is unavailable(35)");
    /* Where EMCC is off, or nobody is to be asked, the id is simply not known. */
    world_put(world, BR, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":false,\"pstn_access_active\":true}");
    shows(world, change(world, "67890", "24680"), "(201)");
    world_put(world, BR, &sj_intercluster_service_profile_meta,
              "{\"emcc_active\":true,\"pstn_access_active\":true}");
    world_put(world, BR, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.0.0.1\"}");
    shows(world, change(world, "67890", "24680"), "(201)");
}

/* A traveller's request through a web proxy is one across clusters, whatever the service's URL says
 * of EMCC. */
static void through_a_proxy(void **state) {
    struct world *world = *state;
    const sj_http_header via[] = {{"Via", "1.1 proxy"}};
    const sj_testkit_request request = {.path = PIN_PAGE
                                        "&userid=alice&oldpin=12345&newpin=67890&confirmpin=67890",
                                        .headers = via,
                                        .headers_count = 1};
    world_param(world, BR, &sj_param_em_validate_ip_address_meta, "true");
    world_param(world, BR, &sj_param_em_trusted_list_of_ips_meta, "127.0.0.9");
    world_param(world, BR, &sj_param_em_allow_proxy_meta, "true");
    world_param(world, BR, &sj_param_em_emcc_allow_proxy_meta, "false");
    shows(world, sj_testkit_send(world->kits[BR], &request)->body, "Login is unavailable(30)");
    world_param(world, BR, &sj_param_em_emcc_allow_proxy_meta, "true");
    world_param(world, BR, &sj_param_em_allow_proxy_meta, "false");
    const sj_testkit_reply *reply = sj_testkit_send(world->kits[BR], &request);
    for (int i = 0; i < 100 && reply->status == 0; i++) {
        world_advance(world, 100);
    }
    shows(world, reply->body, "PIN changed");
}

static void the_network(void **state) {
    struct world *world = *state;
    world->cut[HQ] = true;
    shows(world, change(world, "12345", "67890"), "Login is unavailable (208)");
    world->cut[HQ] = false;
    world->untrusted[HQ] = true;
    shows(world, change(world, "12345", "67890"), "Login is unavailable (208)");
    world->untrusted[HQ] = false;
    /* The answer of the first attempt is lost; the repetition is the same change, and no wrong PIN.
     */
    world_param(world, HQ, &sj_param_enterprise_credential_failed_logins_meta, "1");
    world->fault_at = world->requests + 1;
    world->fault = FAULT_LOSE_ANSWER;
    shows(world, change(world, "12345", "67890"), "PIN changed");
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "its answer is repeated"));
    assert_null(sj_testkit_find(world->kits[HQ], "log", "locked"));
    world->fault_at = world->requests + 1;
    world->fault = FAULT_DOUBLE_REQUEST;
    shows(world, change(world, "67890", "24680"), "PIN changed");
    assert_null(sj_testkit_find(world->kits[HQ], "log", "locked"));
    /* Killed after it was written, before it was told. */
    world->fault_at = world->requests + 1;
    world->fault = FAULT_KILL_RECEIVER_AFTER;
    shows(world, change(world, "24680", "13579"), "PIN changed");
    log_in(world, "13579", "Login successful");
}

static void no_answer(void **state) {
    struct world *world = *state;
    world->fault_at = world->requests + 1;
    world->fault = FAULT_LOSE_REQUEST;
    shows(world, change(world, "12345", "67890"),
          "PIN changed"); /* the second attempt gets through */
    world->script.path = "pin";
    world->script.status = 200;
    world->script.body = "no JSON";
    shows(world, change(world, "67890", "24680"), "Login is unavailable(1)");
    world->script.body = "{\"cluster_id\":\"XX\",\"code\":0}";
    shows(world, change(world, "67890", "24680"), "Login is unavailable (212)");
    world->script.body = "{\"cluster_id\":\"HQ\",\"code\":9999}";
    shows(world, change(world, "67890", "24680"), "Login is unavailable(1)");
    world->script.body = "{\"cluster_id\":\"HQ\",\"code\":-3,\"cause\":\"x\"}";
    shows(world, change(world, "67890", "24680"), "Login is unavailable(1)");
}

/* It knows logins and no changes of a PIN: the user is told where it can be done. */
static void an_older_partner(void **state) {
    struct world *world = *state;
    world->script.path = "pin";
    world->script.status = 404;
    world->script.body = "not found\n";
    shows(world, change(world, "12345", "67890"),
          "The PIN can only be changed on a phone of your home cluster");
    assert_non_null(
        sj_testkit_find(world->kits[BR], "event",
                        "cluster HQ does not support changing a PIN from another cluster"));
    log_in(world, "12345", "Login successful");
}

static const char *post(struct world *world, const char *json, int *status) {
    const sj_testkit_request request = {.method = "POST",
                                        .path = "/intercluster/v1/pin",
                                        .content_type = "application/json",
                                        .body = json,
                                        .tls = true,
                                        .peer_cluster = "BR"};
    const sj_testkit_reply *reply = sj_testkit_send(world->kits[HQ], &request);
    for (int i = 0; i < 200 && reply->status == 0; i++) {
        world_advance(world, 100);
    }
    *status = reply->status;
    return reply->body;
}

#define CHANGE(cluster, key, old)                                                                  \
    "{\"cluster_id\":\"" cluster "\",\"idempotency_key\":\"" key                                   \
    "\",\"user_id\":\"alice\",\"device_name\":\"SEPX\",\"old_pin\":\"" old                         \
    "\",\"new_pin\":\"67890\",\"hologram\":1}"

static void messages_of_a_hostile_partner(void **state) {
    struct world *world = *state;
    int status;
    static const struct {
        const char *json, *answer;
        int status;
    } table[] = {
        {"", "", 400},
        {"[]", "\"code\":44", 200}, /* an empty message */
        {"{\"old_pin\":12345}", "", 400},
        {"{\"old_pin\":[\"1\"]}", "", 400},
        {"{}", "\"code\":44", 200},
        {CHANGE("XX", KEY, "12345"), "\"code\":44", 200},
        {CHANGE("BR", "", "12345"), "\"code\":1,", 200},
        {CHANGE("BR", "not a key, surely not", "12345"), "\"code\":1,", 200},
        {CHANGE("BR", KEY, ""), "\"code\":2,", 200},
        {CHANGE("BR", KEY, "99999"), "\"code\":2,", 200},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *body = post(world, table[i].json, &status);
        if (status != table[i].status || strstr(body, table[i].answer) == NULL) {
            fail_msg("%s: %d %s", table[i].json, status, body);
        }
    }
    /* Longer than any. */
    char *giant = malloc(200100);
    assert_non_null(giant);
    const int length = snprintf(giant, 200,
                                "{\"cluster_id\":\"BR\",\"idempotency_key\":\"" KEY
                                "\",\"user_id\":\"alice\",\"old_pin\":\"");
    memset(giant + length, '1', 199000);
    (void)snprintf(giant + length + 199000, 200, "\",\"new_pin\":\"67890\"}");
    assert_non_null(strstr(post(world, giant, &status), "\"code\":2"));
    free(giant);
    assert_non_null(strstr(post(world, CHANGE("BR", KEY, "12345"), &status), "\"code\":0"));
    /* The same again is the same; with another key it is a wrong PIN. */
    assert_non_null(strstr(post(world, CHANGE("BR", KEY, "12345"), &status), "\"code\":0"));
    assert_non_null(
        strstr(post(world, CHANGE("BR", "fedcba9876543210", "12345"), &status), "\"code\":2"));
    /* What was counted in between leaves the mark of the last change as it is. */
    assert_non_null(strstr(post(world, CHANGE("BR", KEY, "12345"), &status), "\"code\":0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(code_41_leads_to_the_page_and_on_to_a_login, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(at_home_on_a_lent_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(rules_are_the_home_clusters, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_pins_are_counted_at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(who_may_not, setup, teardown),
        cmocka_unit_test_setup_teardown(through_a_proxy, setup, teardown),
        cmocka_unit_test_setup_teardown(the_network, setup, teardown),
        cmocka_unit_test_setup_teardown(no_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_partner, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_of_a_hostile_partner, setup, teardown),
    };
    return cmocka_run_group_tests_name("PINs across clusters", tests, NULL, NULL);
}
