/* Documents of the Extension Mobility API: whatever comes, the parser ends with a request or a code
 * and a sentence; what it took is terminated and within its room. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/extension-mobility/applications/em_api_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition) {
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct em_api_request *request = malloc(sizeof *request);
    sj_xml_text out = {0};
    char why[256];
    size_t length = 0;
    char *field = em_api_form_field((const char *)data, size, "xml", &length);
    must(field == NULL || (length < size && field[length] == '\0'));
    free(field);
    if (request == NULL) {
        return 0;
    }
    const enum em_code code = em_api_request_parse((const char *)data, size, request, why);
    must(code == EM_OK || code == EM_PARSING || code == EM_QUERY_TYPE || code == EM_LOGOUT_REQUEST);
    must(memchr(why, '\0', sizeof why) != NULL);
    must(code == EM_OK || why[0] != '\0');
    must(request->names_count <= API_NAMES);
    if (code == EM_OK) {
        for (size_t i = 0; i < request->names_count; i++) {
            must(memchr(request->names[i], '\0', API_NAME_ROOM) != NULL);
            em_api_write_device(&out, request->names[i], request->user_id, "", false);
        }
        must(request->duration_minutes >= 0 && request->duration_minutes <= API_MINUTES_MAX);
    }
    em_api_write_failure(&out, code, why);
    em_api_write_failure_message(&out, code, why);
    must(out.failed || strlen(out.data) == out.length);
    sj_xml_text_free(&out);
    free(request);
    return 0;
}
