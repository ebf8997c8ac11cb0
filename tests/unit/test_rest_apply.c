/* POST /api/v1/apply of a real node, what is small. test_rest_apply SOJOURND */
#define TEST_ADDRESS "127.77.1.60"
#include "rest_fixture.h"

static const char site[] =
    "{\"content\":{\"parameters\":{\"Enterprise\":{\"Maximum Number of Phones\":5000}},"
    "\"phones\":[{\"name\":\"SEP000000000001\",\"model\":\"Cisco "
    "8841\",\"digest_user\":\"bob\",\"lines\":[{\"directory_number\":\"1@PT\"}]}],"
    "\"directory_numbers\":[{\"pattern\":\"1\",\"partition\":\"PT\"}],\"partitions\":[{\"name\":"
    "\"PT\"}],"
    "\"intercluster_service_profile\":{\"emcc_active\":true},"
    "\"end_users\":[{\"user_id\":\"bob\",\"last_name\":\"B\",\"pin\":\"12345\",\"digest_"
    "credentials\":\"bobsecret\"}]}%s}";

static void apply(void **state) {
    struct real_node *node = *state;
    char body[1024];
    (void)snprintf(body, sizeof body, site, ",\"dry_run\":true");
    expect(node, "POST", "/api/v1/apply", body, 200,
           "dry run: 4 added, 2 changed, 0 removed, 0 unchanged");
    expect(node, "GET", "/api/v1/phones", NULL, 200, "\"items\":[]");
    (void)snprintf(body, sizeof body, site, "");
    expect(node, "POST", "/api/v1/apply", body, 200, "4 added, 2 changed, 0 removed, 0 unchanged");
    expect(node, "POST", "/api/v1/apply", body, 200,
           "\"changes\":[]"); /* secrets included: the same again changes nothing */
    expect(node, "GET", "/api/v1/intercluster_service_profile/default", NULL, 200,
           "\"emcc_active\":true");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"end_users\":[{\"user_id\":\"bob\",\"last_name\":\"B\",\"pin\":"
           "\"99999\"}]}}",
           200, "\"fields\":[\"pin\"]");
    expect(node, "POST", "/api/v1/apply", "{\"content\":{\"remove\":{\"partitions\":[\"PT\"]}}}",
           409, "\"field\":\"remove.partitions[1]\"");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"remove\":{\"partitions\":[\"PT\"],\"directory_numbers\":[\"1@PT\"],"
           "\"phones\":[\"SEP000000000001\","
           "\"SEP000000000002\"]}}}",
           200, "0 added, 0 changed, 3 removed, 1 unchanged");
    expect(node, "GET", "/api/v1/phones", NULL, 200, "\"items\":[]");
}

static void wrong_applies(void **state) {
    struct real_node *node = *state;
    static const struct {
        const char *content, *part;
    } wrong[] = {
        {"{\"phons\":[]}", "phons: expected the name of a list of records, got an unknown one (did "
                           "you mean phones?)"},
        {"{\"phones\":7}", "phones: expected a list of records"},
        {"{\"phones\":{\"a\":1}}", "phones: expected a list of records"},
        {"{\"phones\":[7]}", "phones[1]: expected an object"},
        {"{\"partitions\":[{\"name\":\"A\"},{\"name\":\"B\"},{\"name\":\"A\"}]}",
         "partitions[3]: expected each key once, but number 1 has"},
        {"{\"partitions\":[{\"name\":\"A\"}],\"phones\":[{\"name\":\"SEP000000000001\",\"model\":"
         "\"None\"},{\"name\":"
         "\"SEP000000000002\",\"model\":"
         "\"Cisco 8841\","
         "\"device_pool\":\"X\"}]}",
         "{\"field\":\"phones[2].device_pool\",\"detail\":\"expected the key of a device_pool, got "
         "\\\"X\\\", which does not "
         "exist\"}"},
        {"{\"sessions\":[{\"device_name\":\"SEP000000000001\",\"user_id\":\"a\"}]}",
         "sessions: cannot apply session"},
        {"{\"parameters\":{\"Enterprise\":{\"Cluster Id\":\"X\"}}}", "did you mean Cluster ID?"},
        {"{\"parameters\":{\"Enterprize\":{\"Cluster ID\":\"X\"}}}",
         "a known service, not \\\"Enterprize\\\""},
        {"{\"parameters\":{\"Enterprize\":{}}}", "did you mean Enterprise?"},
        {"{\"parameters\":{\"Enterprise\":{\"Maximum Number of Phones\":1,"
         "\"Maximum Number of Phones\":2}}}",
         "expected each parameter once, but Maximum Number of Phones is given before"},
        {"{\"parameters\":{\"Enterprise\":{\"enterprise_max_phones\":1,"
         "\"Maximum Number of Phones\":2}}}",
         "parameters.Enterprise.Maximum Number of Phones: expected each parameter once, but "
         "Maximum "
         "Number of Phones is given before, as \\\"enterprise_max_phones\\\""},
        {"{\"parameters\":{\"Enterprise\":{\"enterprise_max_phones\":1},"
         "\"Enterprise\":{\"enterprise_max_phones\":1}}}",
         "expected each parameter once"},
        {"{\"parameters\":{},\"parameters\":{\"Enterprise\":{\"enterprise_max_phones\":1}}}",
         "parameters: expected the member once, got it twice"},
        {"{\"parameters\":{\"Enterprise\":{\"Cluster ID\":\"H Q\"}}}",
         "parameters.Enterprise.Cluster ID: expected at most 50 letters"},
        {"{\"parameters\":{\"Enterprise\":{\"Cluster ID\":1}}}",
         "expected a text, got the number 1"},
        {"{\"parameters\":[1]}", "expected names of services"},
        {"{\"remove\":{\"phones\":[1]}}", "remove.phones[1]: expected the key"},
        {"{\"remove\":{\"phons\":[\"a\"]}}", "did you mean phones?"},
        {"{\"remove\":{\"phones\":\"a\"}}", "expected a list of keys, got a single value"},
        {"{\"remove\":{\"phones\":{\"a\":true}}}", "expected a list of keys, got an object"},
        {"{\"end_users\":[{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"1\"}]}",
         "end_users[1].pin: expected at least 4 bytes"},
        {"{\"intercluster_service_profile\":{\"emcc\":true}}",
         "intercluster_service_profile.emcc: expected a field of"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char body[1024];
        (void)snprintf(body, sizeof body, "{\"content\":%s}", wrong[i].content);
        expect(node, "POST", "/api/v1/apply", body, 400, wrong[i].part);
    }
    expect(node, "GET", "/api/v1/partitions", NULL, 200, "\"items\":[]");
    expect(node, "GET", "/api/v1/parameters/Enterprise/Cluster%20ID", NULL, 200,
           "\"value\":\"HQ\"");
}

/* A body of a great many members is refused by its number, before it is read. */
static void a_body_of_many_members(void **state) {
    enum { MEMBERS = 300000, EACH = 13 };
    struct real_node *node = *state;
    char *body = malloc((size_t)MEMBERS * EACH + 8), *at = body;
    assert_non_null(body);
    *at++ = '{';
    for (int i = 0; i < MEMBERS; i++) {
        at += sprintf(at, "%s\"k%07d\":1", i > 0 ? "," : "", i);
    }
    *at++ = '}';
    *at = '\0';
    expect(node, "POST", "/api/v1/partitions", body, 400, "at most 2 MiB");
    expect(node, "POST", "/api/v1/do/emcc/insert", body, 400, "at most 2 MiB");
    memcpy(body + (size_t)MEMBERS / 3 * EACH, "\"z\":1}", sizeof "\"z\":1}");
    expect(node, "POST", "/api/v1/partitions", body, 400, "at most 50000 values");
    expect(node, "POST", "/api/v1/do/emcc/insert", body, 400, "at most 50000 values");
    free(body);
    expect(node, "GET", "/api/v1/partitions", NULL, 200, "\"items\":[]");
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(apply, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_applies, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_of_many_members, setup, teardown),
    };
    if (count != 2) {
        return 2;
    }
    program = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
