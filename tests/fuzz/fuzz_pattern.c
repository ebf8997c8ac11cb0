/* The pattern matcher: a line of pattern, the rest is the text. It stays within both, and within
 * its steps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/policy/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *line_end = size == 0 ? NULL : memchr(data, '\n', size);
    size_t length = line_end == NULL ? size : (size_t)(line_end - data), end;
    size_t subject_length = line_end == NULL ? 0 : size - length - 1;
    char *subject = malloc(subject_length + (subject_length == 0)),
         *text = malloc(length + (length == 0));
    struct sj_pattern pattern;
    if (subject == NULL || text == NULL) {
        abort();
    }
    if (length > 0) {
        memcpy(text, data, length);
    }
    if (subject_length > 0) {
        memcpy(subject, data + length + 1, subject_length);
    }
    if (sj_pattern_compile(&pattern, text, length) == NULL) {
        struct sj_match match = {.subject = subject, .length = subject_length, .steps = 20000};
        for (size_t from = 0; from <= subject_length && match.refusal == NULL; from++) {
            if (!sj_pattern_match(&pattern, &match, from, &end)) {
                continue;
            }
            if (end < from || end > subject_length) {
                abort();
            }
            for (size_t i = 0; i < pattern.captures; i++) {
                if (match.end[i] != SIZE_MAX &&
                    (match.start[i] > match.end[i] || match.end[i] > end)) {
                    abort();
                }
            }
        }
    }
    free(subject);
    free(text);
    return 0;
}
