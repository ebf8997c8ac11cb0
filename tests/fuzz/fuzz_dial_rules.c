/* Dial patterns as administrators may type them, as the rules of a dial template: a line each, "u"
 * before an urgent one. The template is bounded, and no rule stands in it twice. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/tftp/dial_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool held) {
    if (!held) {
        abort();
    }
}

static void check_rules(const struct dial_rules *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        const struct dial_rule *rule = &rules->rules[i];
        check(memchr(rule->match, '\0', sizeof rule->match) != NULL);
        for (size_t k = 0; k < i; k++) {
            check(rules->rules[k].line != rule->line ||
                  strcmp(rules->rules[k].match, rule->match) != 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct dial_rules rules = {0};
    sj_xml_text text = {0};
    char patterns[2048];
    if (size >= sizeof patterns) {
        return 0;
    }
    memcpy(patterns, data, size);
    patterns[size] = '\0';
    for (char *rest = NULL, *pattern = strtok_r(patterns, "\n", &rest); pattern != NULL;
         pattern = strtok_r(NULL, "\n", &rest)) {
        const bool urgent = pattern[0] == 'u';
        dial_rules_add(&rules, pattern + (urgent ? 1 : 0), urgent ? DIAL_URGENT : DIAL_NORMAL,
                       (unsigned)(strlen(pattern) % 3));
    }
    check_rules(&rules);
    (void)dial_rules_write(&text, &rules, 15000);
    check(text.failed || text.length <= 8192);
    check_rules(&rules);
    dial_rules_free(&rules);
    sj_xml_text_free(&text);
    return 0;
}
