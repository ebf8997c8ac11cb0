/* Query strings and form bodies, in exactly as much memory as promised. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/utf8.h>

#include "host/http/form.h"
#include "host/http/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    size_t count = sj_form_count(text, size);
    struct form_param *params = malloc((count + (count == 0)) * sizeof *params);
    char *space = malloc(sj_form_room(size, count));
    char *path = malloc(size + 1);
    if (params != NULL && space != NULL && path != NULL) {
        size_t found = sj_form_parse(text, size, params, space);
        if (found > count) {
            abort();
        }
        for (size_t i = 0; i < found; i++) {
            if (!sj_utf8_valid(params[i].name, strlen(params[i].name)) ||
                !sj_utf8_valid(params[i].value, strlen(params[i].value))) {
                abort();
            }
        }
        memcpy(path, data, size);
        if (sj_path_decode(path, size) == NULL &&
            (strstr(path, "..") != NULL || !sj_utf8_valid(path, strlen(path)))) {
            abort();
        }
        (void)sj_form_has_nul(text, size);
    }
    free(params);
    free(space);
    free(path);
    return 0;
}
