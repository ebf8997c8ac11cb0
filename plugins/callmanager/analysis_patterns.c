/* Asks the dial plan, as it is with the changes of an analysis. */
#include "analysis_patterns.h"

#include <sojourn/base/text.h>

void analysis_patterns_find(const struct dial_plan *plan, const sj_call_analyse *request,
                            struct analysis_patterns *patterns) {
    patterns->count = 0;
    for (size_t i = 0; i < request->expected_patterns_count; i++) {
        const sj_call_analyse_expected_pattern *expected = &request->expected_patterns[i];
        const char *partition = sj_or_empty(expected->partition);
        char *text = patterns->texts[patterns->count];
        if (patterns->count < EXPECTED_PATTERNS_MAX && sj_given(expected->pattern) &&
            !known_pattern(plan, expected->pattern, partition, text)) {
            patterns->unknown[patterns->count++] = (sj_call_analyse_reply_unknown_pattern){
                .pattern = expected->pattern, .partition = partition, .text = text};
        }
    }
}
