/* What answers at a hub that is to be joined: whatever comes, in pieces or at once, the reader
 * stays within it, and says the same of the whole however it came. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ils_answer answer, part;
    char sentence[40];
    char *bytes = calloc(1, size + 1);
    if (bytes == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    const enum ils_answer_state state = ils_answer_read(bytes, size, &answer);
    if (state == ANSWER_WHOLE &&
        (answer.status < 100 || answer.status > 599 || answer.body < bytes ||
         answer.body + answer.body_length != bytes + size)) {
        abort();
    }
    for (size_t length = size > 64 ? size - 64 : 0; length < size; length++) {
        const enum ils_answer_state before = ils_answer_read(bytes, length, &part);
        if (state == ANSWER_WHOLE && before != ANSWER_PARTIAL) {
            abort(); /* an answer is whole with its last byte, and not wrong before */
        }
    }
    if (state == ANSWER_WHOLE) {
        ils_answer_sentence(answer.body, answer.body_length, sentence, sizeof sentence);
        for (const char *c = sentence; *c != '\0'; c++) {
            if (*c < ' ' || *c > '~') {
                abort();
            }
        }
    }
    free(bytes);
    return 0;
}
