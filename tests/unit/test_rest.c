/* The REST interface of a real node: records, parameters, other requests; and everything a client
 * can send wrongly. test_rest SOJOURND */
#define TEST_ADDRESS "127.77.1.1"
#include "rest_fixture.h"

static void records(void **state) {
    struct real_node *node = *state;
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"PT one\"}", 201, "\"name\":\"PT one\"");
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"PT one\"}", 409,
           "there is a partition \\\"PT one\\\" already");
    expect(node, "GET", "/api/v1/partitions/PT%20one", NULL, 200, "\"description\":\"\"");
    expect(node, "PATCH", "/api/v1/partitions/PT%20one", "{\"description\":\"first\"}", 200,
           "\"description\":\"first\"");
    expect(node, "PUT", "/api/v1/partitions/PT%20one", "{\"name\":\"PT one\"}", 200,
           "\"description\":\"\"");
    expect(node, "PUT", "/api/v1/partitions/PT2", "{\"name\":\"PT2\"}", 201, "PT2");
    expect(node, "PUT", "/api/v1/partitions/PT2", "{\"name\":\"PT3\"}", 400, "keys do not change");
    expect(node, "GET", "/api/v1/partitions?limit=1", NULL, 200, "\"next\":\"PT one\"");
    expect(node, "GET", "/api/v1/partitions?limit=1&after=PT%20one", NULL, 200, "PT2");
    expect(node, "GET", "/api/v1/partitions?name=PT2", NULL, 200, "[{\"name\":\"PT2\"");
    expect(node, "DELETE", "/api/v1/partitions/PT2", NULL, 204, NULL);
    expect(node, "GET", "/api/v1/partitions/PT2", NULL, 404, "there is no partition \\\"PT2\\\"");
    /* A key of two fields, with all that stands in patterns. */
    expect(node, "POST", "/api/v1/directory_numbers",
           "{\"pattern\":\"\\\\+49[2-9]XX#\",\"partition\":\"PT one\"}", 201, NULL);
    expect(node, "GET", "/api/v1/directory_numbers/%5C%2B49%5B2-9%5DXX%23@PT%20one", NULL, 200,
           "PT one");
    expect(node, "DELETE", "/api/v1/partitions/PT%20one", NULL, 409, "still in use");
    /* Singletons are there; runtime records are read only. */
    expect(node, "GET", "/api/v1/intercluster_service_profiles/default", NULL, 200, "emcc_active");
    expect(node, "GET", "/api/v1/intercluster_service_profile", NULL, 200, "emcc_active");
    expect(node, "DELETE", "/api/v1/intercluster_service_profile/default", NULL, 405,
           "cannot be deleted");
    expect(node, "GET", "/api/v1/sessions", NULL, 200, "\"items\":[]");
    expect(node, "POST", "/api/v1/sessions",
           "{\"device_name\":\"SEP000000000001\",\"user_id\":\"a\"}", 405,
           "only services write it");
}

static void conditional_writes(void **state) {
    struct real_node *node = *state;
    struct answer seen, answer;
    char header[96];
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"P\"}", 201, NULL);
    seen = real_node_ask(node, "GET", "/api/v1/partitions/P", NULL, NULL, NULL);
    assert_true(seen.etag[0] == '"');
    (void)snprintf(header, sizeof header, "If-Match: %s", seen.etag);
    answer = real_node_ask(node, "PATCH", "/api/v1/partitions/P", "{\"description\":\"a\"}", header,
                           NULL);
    assert_int_equal(answer.status, 200);
    free(answer.body);
    answer = real_node_ask(node, "PATCH", "/api/v1/partitions/P", "{\"description\":\"b\"}", header,
                           NULL);
    assert_int_equal(answer.status, 412);
    free(answer.body);
    answer = real_node_ask(node, "DELETE", "/api/v1/partitions/P", NULL, header, NULL);
    assert_int_equal(answer.status, 412);
    free(answer.body);
    free(seen.body);
    expect(node, "GET", "/api/v1/partitions/P", NULL, 200, "\"description\":\"a\"");
}

static void parameters_are_written_conditionally_too(void **state) {
    static const char path[] = "/api/v1/parameters/Enterprise/enterprise_max_phones";
    struct real_node *node = *state;
    struct answer seen = real_node_ask(node, "GET", path, NULL, NULL, NULL), answer;
    char header[128];
    assert_true(seen.etag[0] == '"');
    (void)snprintf(header, sizeof header, "If-Match: \"other\", %s", seen.etag);
    answer = real_node_ask(node, "PUT", path, "{\"value\":100}", header, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_not_equal(answer.etag, seen.etag);
    free(answer.body);
    answer = real_node_ask(node, "PUT", path, "{\"value\":200}", header, NULL);
    assert_int_equal(answer.status, 412);
    free(answer.body);
    free(seen.body);
    expect(node, "GET", path, NULL, 200, "\"value\":100");
}

/* Hashing takes its time: what was changed meanwhile is not undone, and If-Match holds to the end.
 */
static void slow_writes_undo_nothing(void **state) {
    struct real_node *node = *state;
    struct answer seen;
    char command[1024];
    expect(node, "POST", "/api/v1/end_users", "{\"user_id\":\"a\",\"last_name\":\"A\"}", 201, NULL);
    seen = real_node_ask(node, "GET", "/api/v1/end_users/a", NULL, NULL, NULL);
    /* Of ten that saw the same state one can be in time, or none; whoever comes first, the name is
     * not undone. */
    (void)snprintf(command, sizeof command,
                   "C='curl -s --unix-socket %s -H Content-Type:application/json -o /dev/null -w "
                   "%%{http_code}\\n "
                   "http://n/api/v1/end_users/a'\n"
                   "cd '%s' && $C -X PATCH -d '{\"pin\":\"73519\"}' >slow &\ncd '%s'\n"
                   "for i in 0 1 2 3 4 5 6 7 8 9; do $C -X PATCH -H 'If-Match: %s' -d "
                   "'{\"pin\":\"88888\"}' >late$i & done\n"
                   "$C -X PATCH -d '{\"last_name\":\"B\"}' >/dev/null; wait; grep -q 200 slow && "
                   "[ $(grep -l 412 late? | wc -l) -ge 9 ] && [ $(cat late? | sort -u | grep -vc "
                   "-e 200 -e 412) = 0 ]",
                   node->socket, node->directory, node->directory, seen.etag);
    free(seen.body);
    assert_int_equal(system(command), 0);
    expect(node, "GET", "/api/v1/end_users/a", NULL, 200, "\"last_name\":\"B\"");
}

static void every_wrong_value_is_named(void **state) {
    struct real_node *node = *state;
    expect(node, "POST", "/api/v1/phones",
           "{\"name\":\"SEP000000000001\",\"model\":\"Cisco 8841\"}", 201, NULL);
    expect(node, "PATCH", "/api/v1/phones/SEP000000000001",
           "{\"device_pool\":\"X\",\"protocol\":\"H323\",\"lines\":[{\"maximum_calls\":0}],"
           "\"description\":7}",
           400,
           "\"errors\":[{\"field\":\"protocol\",\"detail\":\"expected one of \\\"SIP\\\", "
           "\\\"SCCP\\\", got the text "
           "\\\"H323\\\"\"},"
           "{\"field\":\"description\",\"detail\":\"expected a text, got the number 7\"},"
           "{\"field\":\"lines[0].directory_number\",\"detail\":\"expected a value, as it is "
           "required, but it is empty\"},"
           "{\"field\":\"lines[0].maximum_calls\",\"detail\":\"expected a number from 1 to 200, "
           "got 0\"},"
           "{\"field\":\"device_pool\",\"detail\":\"expected the key of a device_pool, got "
           "\\\"X\\\", which does not exist\"}]");
    expect(node, "POST", "/api/v1/partitions",
           "{\"name\":\"a\xe2\x80\xae"
           "b\"}",
           400, "U+202E");
}

/* Who has done it is what the node knows, not what the client says. */
static void the_client_does_not_name_itself(void **state) {
    static const char policy[] = "{\"name\":\"p\",\"text\":\"return { hooks = { ['login.limit'] = "
                                 "function(input) return { minutes = 5 } end } }\","
                                 "\"activated_by\":\"somebody else\"}";
    struct real_node *node = *state;
    expect(
        node, "POST", "/api/v1/application_users",
        "{\"user_id\":\"admin\",\"password\":\"right\",\"roles\":[\"Standard CCM Super Users\"]}",
        201, NULL);
    expect_as(node, "admin:right", "POST", "/api/v1/do/policy/activate", policy, 200, NULL);
    expect(node, "POST", "/api/v1/do/policy/versions", "{}", 200, "\"activated_by\":\"admin\"");
    expect(node, "POST", "/api/v1/do/policy/activate", policy, 200, NULL);
    expect(node, "POST", "/api/v1/do/policy/versions", "{}", 200, "\"activated_by\":\"root\"");
}

/* A Cisco phone registers as SEP and its MAC address in capitals; other names would never be found.
 */
static void names_of_cisco_phones(void **state) {
    struct real_node *node = *state;
    static const char phones[] = "/api/v1/phones";
    expect(node, "POST", phones, "{\"name\":\"SEP1\",\"model\":\"Cisco 8841\"}", 400,
           "name: expected SEP and the twelve hex digits of the MAC address in capitals, as a "
           "Cisco 8841 names itself, got "
           "\\\"SEP1\\\"");
    expect(node, "POST", phones, "{\"name\":\"sep00112233aabb\",\"model\":\"Cisco 8841\"}", 400,
           "got \\\"sep00112233aabb\\\": give \\\"SEP00112233AABB\\\"");
    expect(node, "PUT", "/api/v1/phones/Lobby", "{\"name\":\"Lobby\",\"model\":\"Cisco 7841\"}",
           400, "names itself");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"phones\":[{\"name\":\"SEP00112233AABG\",\"model\":\"Cisco 8841\"}]}}",
           400, "\"field\":\"phones[1].name\"");
    expect(node, "POST", phones,
           "{\"name\":\"lobby\",\"model\":\"Third-party SIP Device (Basic)\"}", 201, NULL);
    expect(node, "POST", phones,
           "{\"name\":\"CSFALICE\",\"model\":\"Cisco Unified Client Services Framework\"}", 201,
           NULL);
    expect(node, "PATCH", "/api/v1/phones/lobby", "{\"model\":\"Cisco 8841\"}", 400,
           "names itself");
}

static void wrong_requests(void **state) {
    struct real_node *node = *state;
    static const struct {
        const char *method, *path, *body;
        long status;
        const char *part;
    } wrong[] = {
        {"GET", "/api/v1/nothing", NULL, 404, "there is nothing"},
        {"GET", "/api/v1/phoness", NULL, 404, "did you mean phones?"},
        {"GET", "/api/v1/phones?colour=red", NULL, 400, "unknown parameter \\\"colour\\\""},
        {"GET", "/api/v1/phones?devicepool=x", NULL, 400, "did you mean device_pool?"},
        {"GET", "/api/v1/phones?limit=0", NULL, 400, "limit: expected a number from 1"},
        {"GET", "/api/v1/phones?limit=ten", NULL, 400, "limit"},
        {"GET", "/api/v1/phones?limit=1001", NULL, 400, "limit: expected a number from 1 to 1000"},
        {"GET", "/api/v1/phones?protocol=H323", NULL, 400, "one of \\\"SIP\\\""},
        {"GET", "/api/v1/phones?name=a&model=b&protocol=SIP", NULL, 400, "at most two conditions"},
        {"GET", "/api/v1/phones/SEP000000000009", NULL, 404, "there is no phone"},
        {"POST", "/api/v1/apply?dry_run=true", "{\"content\":{}}", 400,
         "unknown parameter \\\"dry_run\\\""},
        {"POST", "/api/v1/do/service/list?x=1", "{}", 400, "unknown parameter \\\"x\\\""},
        {"GET", "/api/v1/schema?x=1", NULL, 400, "unknown parameter"},
        {"GET", "/api/v1/openapi.json?x=1", NULL, 400, "unknown parameter"},
        {"GET", "/api/v1/traces/00000000000000000000000000000001?x=1", NULL, 400,
         "unknown parameter"},
        {"PUT", "/api/v1/own_password?x=1", "{}", 400, "unknown parameter"},
        {"POST", "/api/v1/phones/SEP000000000009", "{}", 405, "expected GET, PUT"},
        {"DELETE", "/api/v1/phones", NULL, 405, "expected GET or POST"},
        {"POST", "/api/v1/phones", "", 400, "expected JSON"},
        {"POST", "/api/v1/phones", "{\"name\":", 400, "line 1"},
        {"POST", "/api/v1/phones", "[]", 400, "\"field\":\"name\",\"detail\":\"expected a value"},
        {"POST", "/api/v1/phones", "\"x\"", 400, "expected an object (phone)"},
        {"POST", "/api/v1/phones",
         "{\"name\":\"SEP000000000001\",\"model\":\"Cisco 8841\",\"device_pool\":\"X\"}", 400,
         "\"field\":\"device_pool\""},
        {"POST", "/api/v1/phones", "{\"name\":7,\"model\":false,\"protocol\":\"x\"}", 400,
         "3 problems"},
        {"POST", "/api/v1/phones",
         "{\"name\":\"SEP000000000001\",\"model\":\"Cisco "
         "8841\",\"lines\":[{\"directory_number\":\"1\",\"maximum_calls\":0}]}",
         400,
         "{\"field\":\"lines[0].maximum_calls\",\"detail\":\"expected a number from 1 to 200, got "
         "0\"},{\"field\":\"lines[0].directory_number\""},
        {"PATCH", "/api/v1/phones/SEP000000000009", "{}", 404, "there is no phone"},
        {"POST", "/api/v1/end_users", "{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"1\"}", 400,
         "pin: expected at least 4 bytes, got 1"},
        {"POST", "/api/v1/end_users", "{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":12345}", 400,
         "pin: expected a text, got a number"},
        {"POST", "/api/v1/end_users",
         "{\"user_id\":\"a\",\"last_name\":\"A\",\"maximum_login_time\":\"8:75\"}", 400, "HHH:MM"},
        {"GET", "/api/v1/parameters/Enterprise/Clustr%20ID", NULL, 404, "did you mean Cluster ID?"},
        {"GET", "/api/v1/parameters/Nobody/x", NULL, 404, "there is no parameter"},
        {"PUT", "/api/v1/parameters/Enterprise/enterprise_max_phones", "{\"value\":0}", 400,
         "from 1 to 1000000, got 0"},
        {"PUT", "/api/v1/parameters/Enterprise/enterprise_max_phones", "{\"valu\":1}", 400,
         "the one member \\\"value\\\""},
        {"PUT", "/api/v1/parameters/Enterprise/enterprise_max_phones", "{", 400, "expected JSON"},
        {"POST", "/api/v1/parameters/Enterprise/enterprise_max_phones", "{\"value\":1}", 405,
         "expected GET, PUT or PATCH here, got POST"},
        {"POST", "/api/v1/do/phone/rset", "{}", 404, "did you mean phone reset?"},
        {"POST", "/api/v1/do/phone/reset", "{\"device\":\"SEP000000000001\"}", 400, NULL},
        {"POST", "/api/v1/do/phone/reset", "{", 400, NULL},
        {"POST", "/api/v1/do/phone/reset", "{\"device_name\":\"SEP000000000001\"}", 503,
         "device.reset"},
        {"GET", "/api/v1/do/phone/reset", NULL, 405, "expected POST"},
        {"POST", "/api/v1/apply", "{}", 400, "content"},
        {"POST", "/api/v1/apply", "{\"content\":{},\"dryrun\":true}", 400, "dryrun"},
        {"POST", "/api/v1/apply", "{\"content\":7}", 400, "expected a table"},
        {"GET", "/api/v1/apply", NULL, 405, "expected POST"},
        {"GET", "/api/v1/traces/xyz", NULL, 400, "32 hexadecimal digits"},
        {"GET", "/api/v1/traces/0af7651916cd43dd8448eb211c80319c", NULL, 404, "no step"},
        {"GET", "/api/v1/events?type=session.startd", NULL, 400, "did you mean session.started?"},
        {"POST", "/api/v1/schema", "{}", 405, "expected GET"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect(node, wrong[i].method, wrong[i].path, wrong[i].body, wrong[i].status, wrong[i].part);
    }
    expect(node, "GET", "/api/v1/phones", NULL, 200, "\"items\":[]");
    expect(node, "GET", "/api/v1/end_users", NULL, 200, "\"items\":[]");
    expect(node, "GET", "/api/v1/parameters/Enterprise/enterprise_max_phones", NULL, 200,
           "\"value\":60000");
}

static void other_sites_are_refused(void **state) {
    struct real_node *node = *state;
    struct answer answer = real_node_ask(node, "POST", "/api/v1/do/service/list", "{}",
                                         "Origin: https://evil.example", NULL);
    assert_int_equal(answer.status, 403);
    free(answer.body);
    answer = real_node_ask(node, "POST", "/api/v1/do/service/list", "{}",
                           "Origin: https://127.77.1.1", NULL);
    assert_int_equal(answer.status, 200);
    free(answer.body);
}

static void operations(void **state) {
    struct real_node *node = *state;
    expect(node, "GET", "/healthz", NULL, 200, "alive");
    expect(node, "GET", "/readyz", NULL, 200, "ready");
    expect(node, "GET", "/metrics", NULL, 200, "# TYPE");
}

static void parameters(void **state) {
    struct real_node *node = *state;
    expect(node, "GET", "/api/v1/parameters/Enterprise/Cluster%20ID", NULL, 200,
           "\"value\":\"HQ\"");
    expect(node, "PUT", "/api/v1/parameters/Enterprise/enterprise_max_phones",
           "{\"value\":\"1234\"}", 200, "\"value\":1234");
    expect(node, "PUT", "/api/v1/parameters/Enterprise/enterprise_max_phones", "{\"value\":null}",
           200, "\"value\":60000");
    expect(node, "GET", "/api/v1/parameters", NULL, 200, "enterprise_cluster_id");
}

/* Over TCP, a page under a foreign name that leads here gets nothing. */
static void foreign_hosts(void **state) {
    struct real_node *node = *state;
    static const struct {
        const char *header;
        long status;
    } hosts[] = {{"Host: evil.example", 421},
                 {"Host: localhost", 401},
                 {"Host: hq-1:18443", 401},
                 {"Host: pages.example", 421}};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct answer answer =
            real_node_ask(node, "GET", "/api/v1/partitions", NULL, hosts[i].header, "nobody:x");
        if (answer.status != hosts[i].status) {
            fail_msg("%s: expected %ld, got %ld", hosts[i].header, hosts[i].status, answer.status);
        }
        free(answer.body);
    }
    expect(node, "PUT", "/api/v1/parameters/Enterprise/enterprise_web_host_names",
           "{\"value\":\"pages.example; 192.0.2.1\"}", 200, NULL);
    struct answer answer =
        real_node_ask(node, "GET", "/healthz", NULL, "Host: Pages.Example:80", "nobody:x");
    assert_int_equal(answer.status, 200);
    free(answer.body);
}

static void what_was_answered_survives(void **state) {
    struct real_node *node = *state;
    for (int round = 0; round < 3; round++) {
        char body[64], path[64];
        for (int i = 0; i < 20; i++) {
            (void)snprintf(body, sizeof body, "{\"name\":\"P%d-%d\"}", round, i);
            expect(node, "POST", "/api/v1/partitions", body, 201, NULL);
        }
        (void)real_node_stop(node, SIGKILL);
        real_node_start(node);
        real_node_wait(node);
        for (int i = 0; i < 20; i++) {
            (void)snprintf(path, sizeof path, "/api/v1/partitions/P%d-%d", round, i);
            expect(node, "GET", path, NULL, 200, NULL);
        }
    }
}

static void describes_itself(void **state) {
    struct real_node *node = *state;
    struct answer answer = real_node_ask(node, "GET", "/api/v1/openapi.json", NULL, NULL, NULL);
    cJSON *document = cJSON_Parse(answer.body);
    assert_non_null(document);
    assert_non_null(cJSON_GetObjectItem(cJSON_GetObjectItem(document, "paths"), "/phones/{key}"));
    assert_non_null(cJSON_GetObjectItem(cJSON_GetObjectItem(document, "paths"), "/do/phone/reset"));
    cJSON_Delete(document);
    free(answer.body);
    answer = real_node_ask(node, "GET", "/api/v1/schema", NULL, NULL, NULL);
    document = cJSON_Parse(answer.body);
    assert_non_null(document);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(document, "resources")) > 30);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(document, "parameters")) > 30);
    cJSON_Delete(document);
    free(answer.body);
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records, setup, teardown),
        cmocka_unit_test_setup_teardown(conditional_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters_are_written_conditionally_too, setup, teardown),
        cmocka_unit_test_setup_teardown(slow_writes_undo_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(every_wrong_value_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(the_client_does_not_name_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(names_of_cisco_phones, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(other_sites_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(operations, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_hosts, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_answered_survives, setup, teardown),
        cmocka_unit_test_setup_teardown(describes_itself, setup, teardown),
    };
    if (count != 2) {
        return 2;
    }
    program = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
