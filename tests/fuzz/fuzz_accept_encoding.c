/* Accept-Encoding: two headers, split at a line feed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/http/gzip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *second;
    if (text != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
        second = strchr(text, '\n');
        if (second != NULL) {
            *second++ = '\0';
        }
        const sj_http_header headers[] = {{"Accept-Encoding", text}, {"Accept-Encoding", second}};
        const bool accepted = sj_gzip_accepted(headers, second != NULL ? 2 : 1);
        if (accepted && strpbrk(text, "gG*") == NULL &&
            (second == NULL || strpbrk(second, "gG*") == NULL)) {
            abort();
        }
    }
    free(text);
    return 0;
}
