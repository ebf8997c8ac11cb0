/* Dial patterns as somebody may type them, against any digits: "PATTERN digits". */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/callmanager/dial_plan/digit_analysis.h"
#include "plugins/callmanager/dial_plan/transformations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const partitions[] = {"P", ""};
    char text[256], result[DIGITS_MAX];
    char *digits;
    struct digit_pattern pattern;
    struct digit_match match;
    struct digit_analysis *analysis;
    sj_error error;
    size_t pre_dot = 0;
    if (size >= sizeof text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    digits = strchr(text, ' ');
    if (digits == NULL) {
        return 0;
    }
    *digits++ = '\0';
    if (digit_pattern_compile(text, &pattern, &error) != SJ_OK) {
        return error.text[0] == '\0' ? abort(), 0 : 0;
    }
    const bool fits =
        strlen(digits) < DIGITS_MAX && digit_pattern_match(&pattern, digits, &pre_dot);
    if (pre_dot > strlen(digits) || (fits && strlen(digits) < DIGITS_MAX &&
                                     digit_pattern_cardinality(&pattern, strlen(digits)) < 1)) {
        abort();
    }
    (void)digit_pattern_could_match_longer(&pattern, digits);
    const struct transformation change = {SJ_DISCARD_DIGITS_PRE_DOT_TRAILING_POUND, text, digits};
    transformation_apply(&change, digits, pre_dot, result);
    analysis = digit_analysis_new(NULL, NULL);
    if (analysis != NULL &&
        digit_analysis_put(analysis, DIGIT_ROUTE_PATTERN, text, "P", false, NULL, NULL) == SJ_OK) {
        if (digit_analysis_match(analysis, partitions, 2, digits, &match) != fits) {
            abort();
        }
    }
    digit_analysis_free(analysis);
    return 0;
}
