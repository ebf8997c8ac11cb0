/* The REST interface of a real node as HTTP has it (RFC 9110, 9111, 5789, 7396): what a client may
 * rely on whatever the resource, and hostile forms of it. test_rest_http SOJOURND */
#define TEST_ADDRESS "127.77.1.64"
#include "rest_fixture.h"
#include "rest_raw.h"

static void heads_are_those_of_gets(void **state) {
    struct real_node *node = *state;
    static const char *const paths[] = {"/api/v1",
                                        "/api/v1/",
                                        "/api/v1/partitions",
                                        "/api/v1/partitions/P",
                                        "/api/v1/parameters",
                                        "/api/v1/parameters/Enterprise/enterprise_max_phones",
                                        "/api/v1/schema",
                                        "/api/v1/openapi.json",
                                        "/api/v1/partitions/none",
                                        "/api/v1/nothing",
                                        "/api/v1/traces/xyz",
                                        "/api/v1/partitions?colour=red",
                                        "/healthz",
                                        "/readyz"};
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"P\"}", 201, NULL);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char *get = ask_raw(node, "GET", paths[i], "", NULL);
        char *head = ask_raw(node, "HEAD", paths[i], "", NULL);
        without_date(get);
        without_date(head);
        const size_t length = (size_t)(body_of(get) - get);
        if (strlen(head) != length || strncmp(get, head, length) != 0) {
            fail_msg("%s: GET \"%.400s\", HEAD \"%.400s\"", paths[i], get, head);
        }
        assert_int_equal(strtol(header_of(head, "Content-Length"), NULL, 10), strlen(body_of(get)));
        free(get);
        free(head);
    }
    /* A stream of events has no end: its head does, also for one who wants a WebSocket. */
    expect_raw(node, "HEAD", "/api/v1/events", "", NULL, 200, "Content-Type", "text/event-stream");
    expect_raw(node, "HEAD", "/api/v1/events",
               "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
               NULL, 200, "Content-Type", "text/event-stream");
    expect_raw(node, "HEAD", "/api/v1/apply", "", NULL, 405, "Allow", "POST");
}

static void what_a_client_has_is_not_sent_again(void **state) {
    struct real_node *node = *state;
    static const char *const paths[] = {"/api/v1",
                                        "/api/v1/partitions",
                                        "/api/v1/partitions/P",
                                        "/api/v1/parameters",
                                        "/api/v1/parameters/Enterprise/enterprise_max_phones",
                                        "/api/v1/schema",
                                        "/api/v1/openapi.json"};
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"P\"}", 201, NULL);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char header[200];
        char *seen = ask_raw(node, "GET", paths[i], "", NULL);
        const char *etag = header_of(seen, "ETag");
        const char *bare = strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
        (void)snprintf(header, sizeof header, "If-None-Match: %.40s\r\n", etag);
        expect_raw(node, "GET", paths[i], header, NULL, 304, "ETag", etag);
        expect_raw(node, "HEAD", paths[i], header, NULL, 304, "ETag", etag);
        /* The comparison is the weak one; several tags, several headers. */
        (void)snprintf(header, sizeof header, "If-None-Match: \"x\", W/%.40s\r\n", bare);
        expect_raw(node, "GET", paths[i], header, NULL, 304, "ETag", etag);
        (void)snprintf(header, sizeof header,
                       "If-None-Match: \"x\"\r\nIf-None-Match: \"y\", %.40s\r\n", bare);
        expect_raw(node, "GET", paths[i], header, NULL, 304, "ETag", etag);
        expect_raw(node, "GET", paths[i], "If-None-Match: *\r\n", NULL, 304, "ETag", etag);
        expect_raw(node, "GET", paths[i], "If-None-Match: \"other\", x, , W/\"\r\n", NULL, 200,
                   "ETag", etag);
        free(seen);
    }
    char *nothing = ask_raw(node, "GET", paths[2], "If-None-Match: *\r\n", NULL);
    assert_int_equal(strlen(body_of(nothing)), 0);
    assert_null(header_of(nothing, "Content-Length"));
    free(nothing);
    expect_raw(node, "GET", "/api/v1/partitions/none", "If-None-Match: *\r\n", NULL, 404, NULL,
               NULL);
}

static void a_write_may_exclude_what_is_there(void **state) {
    struct real_node *node = *state;
    static const char once[] = "If-None-Match: *\r\n", path[] = "/api/v1/partitions/P";
    char header[200];
    expect_raw(node, "PUT", path, once, "{\"name\":\"P\"}", 201, "Location", path);
    expect_raw(node, "PUT", path, once, "{\"name\":\"P\",\"description\":\"again\"}", 412, NULL,
               NULL);
    expect_raw(node, "PATCH", path, once, "{\"description\":\"again\"}", 412, NULL, NULL);
    expect_raw(node, "DELETE", path, once, NULL, 412, NULL, NULL);
    expect(node, "GET", path, NULL, 200, "\"description\":\"\"");
    char *seen = ask_raw(node, "GET", path, "", NULL);
    (void)snprintf(header, sizeof header, "If-None-Match: %.40s\r\n", header_of(seen, "ETag"));
    expect_raw(node, "PATCH", path, header, "{\"description\":\"x\"}", 412, NULL, NULL);
    /* If-Match compares strongly, over several headers, and goes first. */
    (void)snprintf(header, sizeof header, "If-Match: W/%.40s\r\n", header_of(seen, "ETag"));
    expect_raw(node, "PATCH", path, header, "{\"description\":\"x\"}", 412, NULL, NULL);
    (void)snprintf(header, sizeof header, "If-Match: \"x\"\r\nIf-Match: %.40s\r\n",
                   header_of(seen, "ETag"));
    expect_raw(node, "PATCH", path, header, "{\"description\":\"x\"}", 200, NULL, NULL);
    expect_raw(node, "PUT", "/api/v1/partitions/Q", "If-Match: *\r\n", "{\"name\":\"Q\"}", 412,
               NULL, NULL);
    expect_raw(node, "PUT", "/api/v1/parameters/Enterprise/enterprise_max_phones", once,
               "{\"value\":100}", 412, NULL, NULL);
    free(seen);
    /* Whoever of twenty comes first makes it, whatever takes how long. */
    char command[512];
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && for i in 0 1 2 3 4 5 6 7 8 9; do curl -s --unix-socket %s -X PUT "
        "-H Content-Type:application/json -H 'If-None-Match: *' -o /dev/null -w %%{http_code}\\\\n "
        "-d '{\"user_id\":\"u\",\"last_name\":\"U\",\"pin\":\"73519\"}' "
        "http://n/api/v1/end_users/u >put$i & done; wait; "
        "[ $(cat put? | grep -c 201) = 1 ] && [ $(cat put? | grep -c 412) = 9 ]",
        node->directory, node->socket);
    assert_int_equal(system(command), 0);
}

static void refusals_say_what_would_be_right(void **state) {
    struct real_node *node = *state;
    static const struct {
        const char *method, *path, *allow;
    } wrong[] = {
        {"DELETE", "/api/v1/phones", "GET, HEAD, POST"},
        {"POST", "/api/v1/phones/P", "GET, HEAD, PUT, PATCH, DELETE"},
        {"POST", "/api/v1/sessions", "GET, HEAD"},
        {"DELETE", "/api/v1/sessions/S", "GET, HEAD"},
        {"DELETE", "/api/v1/intercluster_service_profiles/default", "GET, HEAD, PUT, PATCH"},
        {"POST", "/api/v1/intercluster_service_profiles", "GET, HEAD"},
        {"GET", "/api/v1/do/phone/reset", "POST"},
        {"GET", "/api/v1/apply", "POST"},
        {"DELETE", "/api/v1/apply/x", "GET, HEAD"},
        {"POST", "/api/v1/schema", "GET, HEAD"},
        {"PUT", "/api/v1/openapi.json", "GET, HEAD"},
        {"POST", "/api/v1/events", "GET, HEAD"},
        {"POST", "/api/v1/traces/x", "GET, HEAD"},
        {"POST", "/api/v1/parameters", "GET, HEAD"},
        {"DELETE", "/api/v1/parameters/Enterprise/x", "GET, HEAD, PUT, PATCH"},
        {"GET", "/api/v1/own_password", "PUT"},
        {"POST", "/api/v1/", "GET, HEAD"},
        {"POST", "/api/v1", "GET, HEAD"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_raw(node, wrong[i].method, wrong[i].path, "", NULL, 405, "Allow", wrong[i].allow);
    }
    expect(node, "POST", "/api/v1/partitions", "{\"name\":\"P\"}", 201, NULL);
    expect_raw(node, "PATCH", "/api/v1/partitions/P",
               "Content-Type: application/json-patch+json\r\n", "[]", 415, "Accept-Patch",
               "application/merge-patch+json, application/json");
    expect_raw(node, "PATCH", "/api/v1/partitions/P",
               "Content-Type: Application/Merge-Patch+JSON ; charset=utf-8\r\n",
               "{\"description\":\"x\"}", 200, NULL, NULL);
    /* A list is no merge patch of a record. */
    expect_raw(node, "PATCH", "/api/v1/partitions/P",
               "Content-Type: application/merge-patch+json\r\n", "[]", 400, NULL, NULL);
    expect_raw(node, "POST", "/api/v1/partitions", "Content-Type: application/merge-patch+json\r\n",
               "{\"name\":\"Q\"}", 415, "Accept", "application/json");
    expect_raw(node, "PUT", "/api/v1/partitions/Q", "Content-Type: application/jsonxx\r\n",
               "{\"name\":\"Q\"}", 415, "Accept", "application/json");
    expect_raw(node, "POST", "/api/v1/partitions",
               "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "{\"name\":\"Q\"}",
               415, "Accept-Encoding", "identity");
    expect_raw(node, "POST", "/api/v1/partitions",
               "Content-Type: application/json\r\nContent-Type: text/plain\r\n", "{\"name\":\"Q\"}",
               400, NULL, NULL);
    expect_raw(node, "GET", "/api/v1/events", "Last-Event-ID: 1\r\nLast-Event-ID: 2\r\n", NULL, 400,
               NULL, NULL);
    expect(node, "GET", "/api/v1/partitions/Q", NULL, 404, NULL);
}

/* RFC 9110 14.2: who does not take ranges ignores them, and says so before. */
static void ranges_are_ignored(void **state) {
    struct real_node *node = *state;
    static const char *const ranges[] = {"Range: bytes=0-9\r\n", "Range: bytes=999999999-\r\n",
                                         "Range: items=0-1\r\nIf-Range: \"x\"\r\n",
                                         "Range: bytes=0-0,1-1,2-2\r\nRange: bytes=5-\r\n"};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        char *whole = ask_raw(node, "GET", "/api/v1/schema", "", NULL);
        char *part = ask_raw(node, "GET", "/api/v1/schema", ranges[i], NULL);
        assert_int_equal(status_of(part), 200);
        assert_string_equal(header_of(part, "Accept-Ranges"), "none");
        assert_null(header_of(part, "Content-Range"));
        assert_string_equal(body_of(part), body_of(whole));
        free(whole);
        free(part);
    }
}

/* Over the network, by who takes it; the same answer in both forms bears the same (weak) tag. */
static void long_answers_are_compressed(void **state) {
    struct real_node *node = *state;
    char command[1500];
    expect(node, "POST", "/api/v1/application_users",
           "{\"user_id\":\"admin\",\"password\":\"right\",\"roles\":[\"Standard CCM Super "
           "Users\"]}",
           201, NULL);
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && C='curl -sS -k -u admin:right https://" TEST_ADDRESS ":18443/api/v1'\n"
        "$C/schema -D plain.head -o plain && $C/schema -H 'Accept-Encoding: br, gzip;q=0.5' -D "
        "gzip.head -o schema.gz &&\n"
        "grep -qi '^content-encoding: gzip' gzip.head && ! grep -qi '^content-encoding' plain.head "
        "&&\n"
        "[ $(wc -c <schema.gz) -lt $(($(wc -c <plain) / 3)) ] && gunzip -c schema.gz | cmp - plain "
        "&&\n"
        "grep -qi '^vary: accept-encoding' gzip.head && grep -qi '^vary: accept-encoding' "
        "plain.head "
        "&&\n"
        "[ \"$(grep -i ^etag gzip.head)\" = \"$(grep -i ^etag plain.head)\" ] && grep -q W/ "
        "gzip.head &&\n"
        "$C/schema -I -H 'Accept-Encoding: gzip' | tr -d '\\r' | grep -qix \"content-length: $(wc "
        "-c <schema.gz)\" &&\n"
        "! $C/schema -H 'Accept-Encoding: gzip;q=0' -D - -o /dev/null | grep -qi "
        "'^content-encoding' &&\n"
        "! $C/partitions -H 'Accept-Encoding: gzip' -D - -o /dev/null | grep -qi "
        "'^content-encoding' &&\n" /* short */
        "! $C/phones?colour=red -H 'Accept-Encoding: gzip' -D - -o /dev/null | grep -qi "
        "'^content-encoding' &&\n"
        "! curl -sS --unix-socket %s http://n/api/v1/schema -H 'Accept-Encoding: gzip' -D - -o "
        "/dev/null | grep -qi '^content-encoding'",
        node->directory, node->socket);
    assert_int_equal(system(command), 0);
}

static void the_index_leads_everywhere(void **state) {
    struct real_node *node = *state;
    struct answer answer = real_node_ask(node, "GET", "/api/v1", NULL, NULL, NULL);
    cJSON *index = cJSON_Parse(answer.body);
    const cJSON *path;
    size_t seen = 0;
    cJSON_ArrayForEach(path, cJSON_GetObjectItem(index, "paths")) {
        const char *at = cJSON_GetStringValue(cJSON_GetObjectItem(path, "path"));
        const char *method =
            cJSON_GetArrayItem(cJSON_GetObjectItem(path, "methods"), 0)->valuestring;
        if (strcmp(method, "GET") == 0 && strchr(at, '{') == NULL &&
            strstr(at, "/events") == NULL) {
            expect(node, "GET", at, NULL, 200, NULL);
            seen++;
        }
    }
    assert_true(seen > 30);
    cJSON_Delete(index);
    free(answer.body);
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(heads_are_those_of_gets, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_client_has_is_not_sent_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_may_exclude_what_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_say_what_would_be_right, setup, teardown),
        cmocka_unit_test_setup_teardown(ranges_are_ignored, setup, teardown),
        cmocka_unit_test_setup_teardown(long_answers_are_compressed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_index_leads_everywhere, setup, teardown),
    };
    if (count != 2) {
        return 2;
    }
    program = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
