/* Asks the dial plan, as it is without and with the changes of an analysis. */
#include "analysis_patterns.h"

#include <sojourn/base/text.h>

#include <string.h>

void analysis_patterns_find(const struct dial_plan *plan,
                            const struct calling_search_spaces *spaces,
                            const sj_call_analyse *request, struct analysis_patterns *patterns) {
    patterns->count = 0;
    for (size_t i = 0; i < request->expected_patterns_count; i++) {
        const sj_call_analyse_expected_pattern *expected = &request->expected_patterns[i];
        const char *partition = sj_or_empty(expected->partition);
        char *text = patterns->texts[patterns->count];
        if (patterns->count < EXPECTED_PATTERNS_MAX && sj_given(expected->pattern) &&
            !known_pattern(plan, spaces, expected->pattern, partition, text)) {
            patterns->unknown[patterns->count++] = (sj_call_analyse_reply_unknown_pattern){
                .pattern = expected->pattern, .partition = partition, .text = text};
        }
    }
}

void analysis_patterns_again(const struct dial_plan *plan,
                             const struct calling_search_spaces *spaces,
                             struct analysis_patterns *patterns) {
    size_t left = 0;
    for (size_t i = 0; i < patterns->count; i++) {
        char text[KNOWN_PATTERN_TEXT];
        sj_call_analyse_reply_unknown_pattern unknown = patterns->unknown[i];
        if (!known_pattern(plan, spaces, unknown.pattern, unknown.partition, text)) {
            memcpy(patterns->texts[left], text, sizeof text);
            unknown.text = patterns->texts[left];
            patterns->unknown[left++] = unknown;
        }
    }
    patterns->count = left;
}
