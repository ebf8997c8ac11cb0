/* How the shell draws what passed in a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sojourn/base/utf8.h>

#include "host/cli/ladder.h"

static char printed[20000];

static const char *drawn(const char *json, bool ascii) {
    FILE *kept = tmpfile();
    cJSON *value = cJSON_Parse(json);
    assert_true(kept != NULL && value != NULL);
    (void)fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(kept), STDOUT_FILENO) >= 0);
    cli_print_ladder(value, ascii);
    (void)fflush(stdout);
    assert_true(dup2(before, STDOUT_FILENO) >= 0);
    (void)close(before);
    rewind(kept);
    printed[fread(printed, 1, sizeof printed - 1, kept)] = '\0';
    (void)fclose(kept);
    cJSON_Delete(value);
    return printed;
}

/* Each line from the names on. */
static void fits(const char *text) {
    char line[1000];
    for (const char *at = strstr(text, "\n\n") + 2; *at != '\0'; at += strcspn(at, "\n") + 1) {
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        assert_true(sj_utf8_count(line) <= 120);
    }
}

static const char call[] =
    "{\"call_id\":\"c1\",\"trace_id\":\"t1\",\"began\":\"2026-01-02T10:11:12Z\",\"ended\":true,"
    "\"node\":\"hq-1\",\"notes\":[\"Messages before 10:11:12 are no longer kept.\"],\"parties\":["
    "{\"name\":\"SEP1\",\"caller\":true,\"number\":\"1001\",\"address\":\"192.0.2.1\",\"port\":"
    "5060,\"transport\":\"udp\",\"sip_call_id\":\"a@b\"},{\"name\":\"Gateway\",\"trunk\":true,"
    "\"number\":\"9123\",\"sip_call_id\":\"c@d\"}],\"lines\":["
    "{\"at\":\"2026-01-02T10:11:12Z\",\"kind\":\"message\",\"party\":0,\"received\":true,\"text\":"
    "\"INVITE sip:9123@192.0.2.10\",\"cseq\":\"7 INVITE\",\"session\":\"offer: PCMU at "
    "192.0.2.1:4000\",\"reason\":\"\"},"
    "{\"at\":\"2026-01-02T10:11:12.005Z\",\"kind\":\"step\",\"text\":\"no bandwidth to Gateway: "
    "the "
    "link between Hub_None and Branch is full, and nothing else leads there\"},"
    "{\"at\":\"2026-01-02T10:11:12.020Z\",\"kind\":\"message\",\"party\":1,\"received\":false,"
    "\"text\":\"BYE\",\"cseq\":\"101 BYE\",\"session\":\"\",\"reason\":\"Q.850;cause=16\"},"
    "{\"at\":\"2026-01-02T10:11:13Z\",\"kind\":\"message\",\"party\":1,\"received\":true,\"text\":"
    "\"200 OK\",\"cseq\":\"101 BYE\",\"session\":\"\",\"reason\":\"\",\"repeated\":true}]}";

static void test_a_call(void **state) {
    (void)state;
    const char *text = drawn(call, true);
    fits(text);
    assert_non_null(strstr(text, "call c1, trace t1, began 2026-01-02T10:11:12Z, is over. Times "
                                 "are UTC.\n  from SEP1, number 1001, at 192.0.2.1 port 5060 over "
                                 "udp, Call-ID a@b\n  to trunk Gateway, number 9123, Call-ID c@d\n "
                                 " Messages before 10:11:12 are no longer kept.\n\n"));
    assert_non_null(
        strstr(text, "\n10:11:12.000          |-- INVITE 7 sip:9123@192.0.2.10 ---------->|"));
    assert_non_null(strstr(text, "\n                      |   offer: PCMU at 192.0.2.1:4000 "));
    assert_non_null(strstr(
        text, "\n10:11:12.005          |                                           * no bandwidth "
              "to Gateway: the link between Hub_None\n                      |                    "
              "                       | and Branch is full, and nothing else leads there\n"));
    assert_non_null(strstr(text, "|-- BYE 101 ------------------------------->|\n"));
    assert_non_null(strstr(text, "|   Q.850;cause=16 "));
    assert_non_null(strstr(text, "|<- 200 OK (101 BYE) again -----------------|\n"));
    for (const char *at = text; *at != '\0'; at++) {
        assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
    }
}

static void test_in_utf8(void **state) {
    (void)state;
    const char *text = drawn(call, false);
    fits(text);
    assert_non_null(strstr(text, "│── INVITE 7 sip:9123@192.0.2.10 "));
    assert_non_null(strstr(text, "─▶│"));
    assert_non_null(strstr(text, "● no bandwidth"));
}

/* However many parties there are, and however long their names and texts. */
static void test_many_parties(void **state) {
    char json[16000] = "{\"node\":\"n\",\"parties\":[", one[700], name[200];
    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 20; i++) {
        (void)snprintf(one, sizeof one, "%s{\"name\":\"%d%.90s\",\"caller\":%s}", i == 0 ? "" : ",",
                       i, name, i == 0 ? "true" : "false");
        (void)strcat(json, one);
    }
    (void)strcat(json, "],\"lines\":[{\"at\":\"\",\"kind\":\"step\",\"text\":\"\"}");
    for (int i = -1; i < 21; i++) {
        (void)snprintf(one, sizeof one,
                       ",{\"at\":\"T\",\"kind\":\"message\",\"party\":%d,\"received\":true,"
                       "\"text\":\"INVITE %.150s\\u0001\\u00e9\",\"cseq\":\"1 INVITE\",\"session\":"
                       "\"%.150s\",\"reason\":\"%.150s\"}",
                       i, name, name, name);
        (void)strcat(json, one);
    }
    (void)strcat(json, "]}");
    fits(drawn(json, true));
    fits(drawn("{}", false));
    fits(drawn("{\"lines\":[{\"kind\":\"step\",\"text\":\"\\u0007 a\"},5]}", true));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_call),
                                       cmocka_unit_test(test_in_utf8),
                                       cmocka_unit_test(test_many_parties)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
