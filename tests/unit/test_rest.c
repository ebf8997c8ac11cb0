/* The REST interface of a real node: records, parameters, apply, commands, administrators; and
 * everything a client can send wrongly. test_rest SOJOURND */
#include "real_node.h"

static const char *program;

static int setup(void **state) {
    struct real_node *node = calloc(1, sizeof *node);
    real_node_open(node, program, "127.77.1.1");
    *state = node;
    return 0;
}

static int teardown(void **state) {
    real_node_close(*state);
    free(*state);
    return 0;
}

/* Asks and expects a status and a part of the answer (NULL: any). */
static void expect_as(struct real_node *node, const char *user, const char *method,
                      const char *path, const char *body, long status, const char *part) {
    struct answer answer = real_node_ask(node, method, path, body, NULL, user);
    if (answer.status != status ||
        (part != NULL && (answer.body == NULL || strstr(answer.body, part) == NULL))) {
        fail_msg("%s %s %s: expected %ld and \"%s\", got %ld \"%.400s\"", method, path,
                 body != NULL ? body : "", status, part != NULL ? part : "", answer.status,
                 answer.body != NULL ? answer.body : "");
    }
    free(answer.body);
}

static void expect(struct real_node *node, const char *method, const char *path, const char *body,
                   long status, const char *part) {
    expect_as(node, NULL, method, path, body, status, part);
}

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
    expect(node, "DELETE", "/api/v1/intercluster_service_profile/default", NULL, 409,
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
    struct answer answer;
    static const struct {
        const char *method, *path, *body;
        long status;
        const char *part;
    } wrong[] = {
        {"GET", "/api/v1/", NULL, 404, "there is nothing"},
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
         "expected GET or PUT"},
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
    answer = real_node_ask(node, "POST", "/api/v1/partitions", "{\"name\":\"P\"}",
                           "Content-Type: application/jsonxx", NULL);
    assert_int_equal(answer.status, 415);
    free(answer.body);
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

/* ---- apply ---- */

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

/* ---- administrators ---- */

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

/* Values that can never work, alone or together, are refused where they are given. */
static void what_can_never_work_is_refused(void **state) {
    struct real_node *node = *state;
    static const struct {
        const char *path, *body, *sentence;
    } never[] = {
        {"parameters/EMCC/emcc_default_tftp_server", "{\"value\":\"not a host!\"}",
         "expected a host name or address"},
        {"parameters/EMCC/emcc_backup_tftp_server", "{\"value\":\"http://a/b\"}",
         "expected a host name or address"},
        {"parameters/EMCC/emcc_default_server_for_remote_cluster_update", "{\"value\":\"a b\"}",
         "expected a host name or address"},
        {"parameters/EMCC/emcc_backup_server_for_remote_cluster_update", "{\"value\":\"1.2.3\"}",
         "expected a host name or address"},
        {"parameters/Enterprise/enterprise_url_authentication", "{\"value\":\"nonsense\"}",
         "expected a URL"},
        {"parameters/Enterprise/enterprise_url_services", "{\"value\":\"ftp//\"}",
         "expected a URL"},
        {"parameters/Enterprise/enterprise_url_directories", "{\"value\":\"x y\"}",
         "expected a URL"},
        {"phone_security_profiles/P",
         "{\"name\":\"P\",\"device_security_mode\":\"encrypted\",\"transport\":\"udp\"}",
         "transport: expected tls, as the device security mode is encrypted, got udp: no phone "
         "could register"},
        {"phone_security_profiles/P", "{\"name\":\"P\",\"device_security_mode\":\"authenticated\"}",
         "transport: expected tls"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"4999\","
         "\"ending_directory_number\":"
         "\"4900\"}",
         "ending_directory_number: expected a number from the starting directory number "
         "\\\"4999\\\" on"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"10000\","
         "\"ending_directory_number\":"
         "\"20000\"}",
         "of the 10000 from there, got"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"4900\","
         "\"ending_directory_number\":"
         "\"50000\"}",
         "ending_directory_number: expected 4 digits"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"*490\","
         "\"ending_directory_number\":\"*"
         "499\"}",
         "starting_directory_number: expected digits"},
        {"call_managers/hq-1",
         "{\"name\":\"hq-1\",\"template_device\":\"T\",\"starting_directory_number\":\"4900\","
         "\"ending_directory_number\":"
         "\"4999\",\"external_phone_number_mask\":\"[2-9]XX\"}",
         "external_phone_number_mask: expected a mask"},
        {"sip_profiles/S", "{\"name\":\"S\",\"start_media_port\":20000,\"stop_media_port\":19998}",
         "stop_media_port: expected more than start_media_port, 20000, got 19998"},
        {"sip_profiles/S", "{\"name\":\"S\",\"timer_t1_ms\":5000,\"timer_t2_ms\":4000}",
         "timer_t2_ms: expected timer_t1_ms, 5000, or more, got 4000"},
        {"bulk_certificate_managements/default", "{\"url\":\"http://h/\"}",
         "url: expected sftp://"},
        {"route_patterns/X", "{\"pattern\":\"9[^]\",\"block\":true}",
         "pattern: expected a pattern"},
        {"call_manager_groups/G", "{\"name\":\"G\",\"nodes\":[\"hq-1\",\"hq1\"]}",
         "nodes[1]: expected the name of a node of this cluster such as hq-1, got \\\"hq1\\\", "
         "which does not exist"},
        {"end_users/u",
         "{\"user_id\":\"u\",\"last_name\":\"U\",\"controlled_profiles\":[\"P1\"],\"default_"
         "profile\":\"P2\"}",
         "default_profile: expected one of the user's controlled_profiles, got \\\"P2\\\""},
    };
    expect(node, "POST", "/api/v1/phones",
           "{\"name\":\"T\",\"model\":\"Third-party SIP Device (Basic)\"}", 201, NULL);
    expect(node, "POST", "/api/v1/device_profiles", "{\"name\":\"P1\",\"model\":\"Cisco 8851\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/device_profiles", "{\"name\":\"P2\",\"model\":\"Cisco 8851\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/end_users",
           "{\"user_id\":\"right\",\"last_name\":\"U\",\"controlled_profiles\":[\"P1\",\"P2\"],"
           "\"default_profile\":\"P2\"}",
           201, NULL);
    expect(node, "POST", "/api/v1/call_manager_groups", "{\"name\":\"Right\",\"nodes\":[\"hq-1\"]}",
           201, NULL);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "/api/v1/%s", never[i].path);
        expect(node, "PUT", path, never[i].body, 400, never[i].sentence);
    }
}

/* Whichever way it is given: by the record, by a file, by the parameter. */
static void a_cluster_is_not_remote_to_itself(void **state) {
    struct real_node *node = *state;
    const char *cluster_id = "/api/v1/parameters/Enterprise/enterprise_cluster_id";
    expect(node, "PUT", cluster_id, "{\"value\":\"HQ\"}", 200, NULL);
    expect(node, "PUT", "/api/v1/remote_clusters/HQ",
           "{\"cluster_id\":\"HQ\",\"fully_qualified_name\":\"127.77.1.9\"}", 400,
           "cluster_id: expected the Cluster ID of another cluster, got \\\"HQ\\\", which is this "
           "cluster's own");
    expect(node, "POST", "/api/v1/apply",
           "{\"content\":{\"remote_clusters\":[{\"cluster_id\":\"HQ\",\"fully_qualified_name\":"
           "\"127.77.1.9\"}]}}",
           400, "which is this cluster's own");
    expect(node, "PUT", "/api/v1/remote_clusters/BR",
           "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.77.1.9\"}", 201, NULL);
    expect(node, "PUT", cluster_id, "{\"value\":\"BR\"}", 400,
           "expected an id of its own, got \\\"BR\\\"");
    char body[160];
    (void)snprintf(body, sizeof body,
                   "{\"cluster_id\":\"LX\",\"fully_qualified_name\":\"%s\",\"https_port\":18443}",
                   node->address);
    expect(node, "POST", "/api/v1/remote_clusters", body, 400,
           "fully_qualified_name: expected the name or address of a node of cluster LX, got");
    (void)snprintf(body, sizeof body,
                   "{\"cluster_id\":\"LX\",\"fully_qualified_name\":\"%s\",\"https_port\":18444}",
                   node->address);
    expect(node, "POST", "/api/v1/remote_clusters", body, 201,
           NULL); /* another node on the same machine */
    expect(node, "GET", "/api/v1/remote_clusters", NULL, 200, "\"cluster_id\":\"BR\"");
}

static void host_keys_have_their_form(void **state) {
    struct real_node *node = *state;
    expect(node, "PATCH", "/api/v1/bulk_certificate_management/default",
           "{\"host_key_sha256\":\"c3NoLWtleQ==\"}", 400,
           "host_key_sha256: expected the SHA-256 fingerprint of a host key as ssh-keygen -lf "
           "prints it");
    expect(node, "PATCH", "/api/v1/bulk_certificate_management/default",
           "{\"host_key_sha256\":\"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\"}", 200,
           NULL);
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

/* ---- passwords that must be changed, or have grown old ---- */

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
        cmocka_unit_test_setup_teardown(apply, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_applies, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_of_many_members, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_hosts, setup, teardown),
        cmocka_unit_test_setup_teardown(administrators, setup, teardown),
        cmocka_unit_test_setup_teardown(readers, setup, teardown),
        cmocka_unit_test_setup_teardown(credentials_in_files_are_not_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(what_can_never_work_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cluster_is_not_remote_to_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(host_keys_have_their_form, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_are_taken_away_by_null, setup, teardown),
        cmocka_unit_test_setup_teardown(own_passwords, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_are_not_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_answered_survives, setup, teardown),
        cmocka_unit_test_setup_teardown(describes_itself, setup, teardown),
    };
    if (count != 2) {
        return 2;
    }
    program = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
