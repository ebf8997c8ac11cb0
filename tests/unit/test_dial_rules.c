/* Dial templates: which numbers wait, sets and open patterns, and that a template stays as small as
 * phones read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "dial_rules.h"

struct template_text {
    struct dial_rules rules;
    sj_xml_text text;
    bool all;
};

static void write_template(struct template_text *template) {
    template->all = dial_rules_write(&template->text, &template->rules, 15000);
    assert_false(template->text.failed);
    assert_false(template->rules.failed);
    xmlDocPtr document = xmlReadMemory(template->text.data, (int)template->text.length, "DR.xml",
                                       NULL, XML_PARSE_NONET);
    assert_non_null(document);
    xmlFreeDoc(document);
    assert_true(template->text.length <= 8192);
}

static void has(const struct template_text *template, const char *match, int timeout) {
    char expected[128];
    (void)snprintf(expected, sizeof expected, "<TEMPLATE match=\"%s\" timeout=\"%d\"/>\n", match,
                   timeout);
    if (strstr(template->text.data, expected) == NULL) {
        fail_msg("no %s in\n%s", expected, template->text.data);
    }
}

static void free_template(struct template_text *template) {
    dial_rules_free(&template->rules);
    sj_xml_text_free(&template->text);
}

static void numbers_wait_when_they_may_go_on(void **state) {
    struct template_text template = {0};
    (void)state;
    dial_rules_add(&template.rules, "4XXX", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "9.112", DIAL_EMERGENCY, 0);
    dial_rules_add(&template.rules, "112", DIAL_EMERGENCY, 0);
    dial_rules_add(&template.rules, "11XXXX", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "11XX", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "9.!", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "0", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "0[1-9]!", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "*5X", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "\\+49!", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "9.011!#", DIAL_NORMAL, 0);
    write_template(&template);
    assert_true(template.all);
    has(&template, "4...", 0);
    has(&template, "112", 0);  /* although 112XXX goes on */
    has(&template, "9112", 0); /* although 9! goes on */
    has(&template, "11....", 0);
    has(&template, "11..", 15);
    has(&template, "9*", 15);
    has(&template, "0", 15);
    has(&template, "01*", 15);
    has(&template, "\\*5.", 0);
    has(&template, "+49*", 15);
    has(&template, "9011*#", 0); /* the key after the digits says that they are all */
    has(&template, "*", 15);     /* at the end, for everything else */
    assert_true(strstr(template.text.data, "\"112\"") < strstr(template.text.data, "\"4...\""));
    free_template(&template);
}

static void sets_have_a_rule_for_each_digit(void **state) {
    struct template_text template = {0};
    (void)state;
    dial_rules_add(&template.rules, "[2-5]XX", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "[^2-57]XXXXX", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "7[2-9][0-8]X", DIAL_NORMAL, 0); /* too many: any digit */
    write_template(&template);
    has(&template, "2..", 0);
    has(&template, "5..", 0);
    has(&template, "0.....", 0);
    has(&template, "6.....", 0);
    has(&template, "7...", 0);
    assert_null(strstr(template.text.data, "\"7.....\""));
    free_template(&template);
}

static void lines_have_their_own(void **state) {
    struct template_text template = {0};
    (void)state;
    dial_rules_add(&template.rules, "4XXX", DIAL_NORMAL, 1);
    dial_rules_add(&template.rules, "4XXXX", DIAL_NORMAL, 2);
    write_template(&template);
    assert_non_null(strstr(template.text.data, "match=\"4...\" line=\"1\" timeout=\"0\""));
    assert_non_null(strstr(template.text.data, "match=\"4....\" line=\"2\" timeout=\"0\""));
    free_template(&template);
}

/* A dial plan of thousands of patterns: the urgent ones are all there, the others with less detail,
 * and none goes at once that may go on. */
static void large_plans_fit(void **state) {
    struct template_text template = {0};
    char pattern[32];
    (void)state;
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(pattern, sizeof pattern, "9.%d%dXX", 1000 + i, i % 7);
        dial_rules_add(&template.rules, pattern, DIAL_NORMAL, 0);
        (void)snprintf(pattern, sizeof pattern, "8.%d", 1000 + i);
        dial_rules_add(&template.rules, pattern, DIAL_URGENT, 0);
    }
    /* What comes last counts like what comes first. */
    dial_rules_add(&template.rules, "9.11111111111", DIAL_NORMAL, 0);
    dial_rules_add(&template.rules, "999", DIAL_EMERGENCY, 0);
    assert_true(template.rules.count < 1000);
    write_template(&template);
    assert_false(template.all);
    has(&template, "999", 0);
    has(&template, "81000", 0);
    assert_null(strstr(template.text.data, "\"83999\""));
    free_template(&template);
}

/* A rule that others go on with waits, however many there are. */
static void coarse_rules_wait(void **state) {
    struct template_text template = {0};
    char pattern[32];
    (void)state;
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(pattern, sizeof pattern, "9.%d%dXX", 1000 + i, i % 7);
        dial_rules_add(&template.rules, pattern, DIAL_NORMAL, 0);
    }
    dial_rules_add(&template.rules, "9.11111111111", DIAL_NORMAL, 0);
    write_template(&template);
    assert_false(template.all);
    has(&template, "9.......", 15);
    has(&template, "9...........", 0);
    free_template(&template);
}

static void odd_patterns_do_no_harm(void **state) {
    static const char *const odd[] = {"",   "[",  "[]", "[^]",   "!", "!!X!",  "\\",     "X?",
                                      "5+", "[1", ".",  "[9-0]", "A", "<&\">", "[^0-9]X"};
    struct template_text template = {0};
    char longest[200];
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        dial_rules_add(&template.rules, odd[i], DIAL_NORMAL, 0);
    }
    memset(longest, '*', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    dial_rules_add(&template.rules, longest, DIAL_EMERGENCY, 0);
    write_template(&template);
    free_template(&template);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_wait_when_they_may_go_on),
        cmocka_unit_test(sets_have_a_rule_for_each_digit),
        cmocka_unit_test(lines_have_their_own),
        cmocka_unit_test(large_plans_fit),
        cmocka_unit_test(coarse_rules_wait),
        cmocka_unit_test(odd_patterns_do_no_harm),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
