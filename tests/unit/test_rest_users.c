/* Who may do what over the REST interface of a real node, and what becomes of passwords and
 * secrets. test_rest_users SOJOURND */
#define TEST_ADDRESS "127.77.1.61"
#include "rest_fixture.h"

static void administrators(void **state) {
    struct real_node *node = *state;
    expect(
        node, "POST", "/api/v1/application_users",
        "{\"user_id\":\"admin\",\"password\":\"right\",\"roles\":[\"Standard CCM Super Users\"]}",
        201, NULL);
    expect(node, "POST", "/api/v1/application_users",
           "{\"user_id\":\"proxy\",\"password\":\"right\"}", 201, NULL);
    expect_as(node, "", "GET", "/api/v1/partitions", NULL, 401, NULL);
    expect_as(node, "admin:right", "GET", "/api/v1/partitions", NULL, 200, "items");
    expect_as(node, "admin:wrong", "GET", "/api/v1/partitions", NULL, 401, NULL);
    expect_as(node, "nobody:right", "GET", "/api/v1/partitions", NULL, 401, NULL);
    expect_as(node, "proxy:right", "GET", "/api/v1/partitions", NULL, 401,
              NULL); /* no administrator */
    expect_as(node, "admin:right", "GET", "/api/v1/partitions", NULL, 200, "items");
    for (int i = 0; i < 5; i++) {
        expect_as(node, "admin:guess", "GET", "/api/v1/partitions", NULL, 401, NULL);
    }
    expect_as(node, "admin:right", "GET", "/api/v1/partitions", NULL, 401, NULL); /* locked */
    expect(node, "GET", "/api/v1/credential_states/admin@password", NULL, 200,
           "\"locked_until\":\"2");
    expect_as(node, "", "GET", "/healthz", NULL, 200, "alive");
    /* The same password again is no new one; a new one is not locked, and the old one is none. */
    expect(node, "PATCH", "/api/v1/application_users/admin", "{\"password\":\"right\"}", 200, NULL);
    expect_as(node, "admin:right", "GET", "/api/v1/partitions", NULL, 401, NULL);
    expect(node, "PATCH", "/api/v1/application_users/admin", "{\"password\":\"newer\"}", 200, NULL);
    expect_as(node, "admin:newer", "GET", "/api/v1/partitions", NULL, 200, "items");
    expect_as(node, "admin:right", "GET", "/api/v1/partitions", NULL, 401, NULL);
    for (int i = 0; i < 5; i++) {
        expect_as(node, "admin:guess", "GET", "/api/v1/partitions", NULL, 401, NULL);
    }
    expect_as(node, "admin:newer", "GET", "/api/v1/partitions", NULL, 401, NULL);
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"application_users\":[{\"user_id\":\"admin\",\"password\":\"applied\","
           "\"roles\":"
           "[\"Standard CCM Super Users\"]}]}}",
           200, NULL);
    expect_as(node, "admin:applied", "GET", "/api/v1/partitions", NULL, 200, "items");
}

/* Standard CCM Read Only: reads, and changes nothing. */
static void readers(void **state) {
    struct real_node *node = *state;
    static const char sentence[] = "Standard CCM Read Only: expected GET";
    expect(
        node, "POST", "/api/v1/application_users",
        "{\"user_id\":\"auditor\",\"password\":\"right\",\"roles\":[\"Standard CCM Read Only\"]}",
        201, NULL);
    expect(node, "POST", "/api/v1/end_users",
           "{\"user_id\":\"both\",\"last_name\":\"B\",\"password\":\"right\",\"roles\":[\"Standard "
           "CCM Read Only\","
           "\"Standard CCM Super Users\"]}",
           201, NULL);
    expect_as(node, "auditor:right", "GET", "/api/v1/partitions", NULL, 200, "items");
    expect_as(node, "auditor:right", "GET", "/api/v1/parameters", NULL, 200,
              "enterprise_cluster_id");
    expect_as(node, "auditor:wrong", "GET", "/api/v1/partitions", NULL, 401, NULL);
    expect_as(node, "auditor:right", "POST", "/api/v1/partitions", "{\"name\":\"PT\"}", 403,
              sentence);
    expect_as(node, "auditor:right", "PATCH", "/api/v1/application_users/auditor",
              "{\"roles\":[\"Standard CCM Super Users\"]}", 403, sentence);
    expect_as(node, "auditor:right", "PUT", "/api/v1/parameters/Enterprise/enterprise_max_phones",
              "{\"value\":7}", 403, sentence);
    expect_as(node, "auditor:right", "DELETE", "/api/v1/application_users/auditor", NULL, 403,
              sentence);
    expect_as(node, "auditor:right", "POST", "/api/v1/apply", "{\"content\":{}}", 403, sentence);
    expect_as(node, "auditor:right", "POST", "/api/v1/do/service/list", "{}", 403, sentence);
    expect(node, "GET", "/api/v1/partitions", NULL, 200, "\"items\":[]");
    expect_as(node, "both:right", "POST", "/api/v1/partitions", "{\"name\":\"PT\"}", 201, NULL);
    expect_as(node, "auditor:right", "PUT", "/api/v1/own_password", "{\"password\":\"newer\"}", 204,
              NULL);
    expect_as(node, "auditor:newer", "GET", "/api/v1/partitions", NULL, 200, "items");
}

/* What nothing acts on is refused where it is given. */
static void credentials_in_files_are_not_offered(void **state) {
    struct real_node *node = *state;
    expect(node, "PATCH", "/api/v1/phone_security_profiles/Standard%20SIP%20Digest%20Profile",
           "{\"exclude_digest_credentials\":false}", 400,
           "exclude_digest_credentials: expected true, got false, which is not offered");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"phone_security_profiles\":[{\"name\":\"P\",\"exclude_digest_"
           "credentials\":false}]}}",
           400, "which is not offered");
    expect(node, "POST", "/api/v1/phone_security_profiles",
           "{\"name\":\"P\",\"exclude_digest_credentials\":true}", 201, NULL);
}

/* A slip is no command: an empty text does not switch a PIN off, null does. */
static void secrets_are_taken_away_by_null(void **state) {
    struct real_node *node = *state;
    static const char gone[] =
        "{\"content\":{\"end_users\":[{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":null}]}}";
    expect(node, "POST", "/api/v1/end_users",
           "{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"12345\"}", 201, NULL);
    expect(
        node, "PATCH", "/api/v1/end_users/a", "{\"pin\":\"\"}", 400,
        "pin: expected a secret, got an empty text; null takes it away (in the shell: pin=null)");
    expect(node, "PUT", "/api/v1/end_users/a",
           "{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"\"}", 400, "null takes it away");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"end_users\":[{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"\"}]}}",
           400, "null takes it away");
    expect(node, "POST", "/api/v1/end_users",
           "{\"user_id\":\"b\",\"last_name\":\"B\",\"password\":\"\"}", 400, "null takes it away");
    expect(node, "PATCH", "/api/v1/end_users/a", "{\"pin\":null}", 200, NULL);
    expect(node, "POST", "/api/v1/apply", gone, 200, "0 changed");
}

static void own_passwords(void **state) {
    struct real_node *node = *state;
    static const char own[] = "/api/v1/own_password", list[] = "/api/v1/partitions";
    expect(node, "POST", "/api/v1/application_users",
           "{\"user_id\":\"admin\",\"password\":\"first\",\"roles\":[\"Standard CCM Super Users\"],"
           "\"password_change_required\":true}",
           201, NULL);
    expect(node, "POST", "/api/v1/application_users",
           "{\"user_id\":\"hub\",\"password\":\"first\"}", 201, NULL);
    expect(node, "POST", "/api/v1/end_users",
           "{\"user_id\":\"zoe\",\"last_name\":\"Z\",\"password\":\"first\"}", 201, NULL);
    expect_as(node, "admin:first", "GET", list, NULL, 403,
              "must be changed: PUT /api/v1/own_password");
    expect_as(node, "admin:first", "PATCH", "/api/v1/application_users/admin",
              "{\"password_change_required\":false}", 403, NULL);
    expect_as(node, "admin:wrong", "PUT", own, "{\"password\":\"second\"}", 401, NULL);
    expect_as(node, "", "PUT", own, "{\"password\":\"second\"}", 401, NULL);
    expect_as(node, "admin:first", "PUT", own, "{\"password\":\"first\"}", 400, "the old one");
    expect_as(node, "admin:first", "PUT", own, "{\"password\":\"2nd\"}", 400, "of 4 to 128 bytes");
    expect_as(node, "admin:first", "PUT", own, "{\"passwort\":\"second\"}", 400,
              "expected the new password");
    expect_as(node, "admin:first", "PUT", own, "second", 400, NULL);
    expect_as(node, "admin:first", "PUT", own, "{\"password\":\"second\"}", 204, NULL);
    expect_as(node, "admin:first", "GET", list, NULL, 401, NULL);
    expect_as(node, "admin:second", "GET", list, NULL, 200, "items");
    expect(node, "GET", "/api/v1/application_users/admin", NULL, 200,
           "\"password_change_required\":false");
    expect(node, "GET", "/api/v1/credential_states/admin@password", NULL, 200,
           "\"changed_at\":\"2");
    /* Those who are no administrators change theirs too, and nothing else. */
    expect_as(node, "hub:first", "PUT", own, "{\"password\":\"second\"}", 204, NULL);
    expect_as(node, "zoe:first", "PUT", own, "{\"password\":\"second\"}", 204, NULL);
    expect_as(node, "zoe:second", "GET", list, NULL, 401, NULL);
    expect(node, "PATCH", "/api/v1/end_users/zoe", "{\"enabled\":false}", 200, NULL);
    expect_as(node, "zoe:second", "PUT", own, "{\"password\":\"third\"}", 401, NULL);
    expect(node, "PUT", own, "{\"password\":\"third\"}", 401, NULL);
    for (int i = 0; i < 5; i++) {
        expect_as(node, "hub:guess", "PUT", own, "{\"password\":\"third\"}", 401, NULL);
    }
    expect_as(node, "hub:second", "PUT", own, "{\"password\":\"third\"}", 401, NULL); /* locked */
    /* What is young enough does not expire. */
    expect(node, "PUT", "/api/v1/parameters/Enterprise/Credential%20Expires%20After",
           "{\"value\":1}", 200, NULL);
    expect_as(node, "admin:second", "GET", list, NULL, 200, "items");
}

static void secrets_are_not_shown(void **state) {
    struct real_node *node = *state;
    struct answer answer;
    char command[256];
    expect(node, "POST", "/api/v1/end_users",
           "{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"73519\",\"digest_credentials\":"
           "\"geheim\"}",
           201, NULL);
    answer = real_node_ask(node, "GET", "/api/v1/end_users/a", NULL, NULL, NULL);
    assert_null(strstr(answer.body, "pin\""));
    assert_null(strstr(answer.body, "argon2"));
    free(answer.body);
    /* A change of something else keeps the PIN; an empty one removes it. */
    expect(node, "PATCH", "/api/v1/end_users/a", "{\"last_name\":\"B\"}", 200, NULL);
    expect(node, "PUT", "/api/v1/end_users/a", "{\"user_id\":\"a\",\"last_name\":\"B\"}", 200,
           NULL);
    expect(
        node, "POST", "/api/v1/apply",
        "{\"content\":{\"end_users\":[{\"user_id\":\"a\",\"last_name\":\"B\",\"pin\":\"73519\"}]}}",
        200, "1 unchanged");
    (void)snprintf(command, sizeof command, "grep -rqs -e 73519 -e geheim '%s'", node->directory);
    assert_int_not_equal(system(command), 0); /* nowhere in the store or the log */
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(administrators, setup, teardown),
        cmocka_unit_test_setup_teardown(readers, setup, teardown),
        cmocka_unit_test_setup_teardown(credentials_in_files_are_not_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_are_taken_away_by_null, setup, teardown),
        cmocka_unit_test_setup_teardown(own_passwords, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_are_not_shown, setup, teardown),
    };
    if (count != 2) {
        return 2;
    }
    program = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
