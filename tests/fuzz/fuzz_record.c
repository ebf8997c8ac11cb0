/* A JSON body as it comes from REST, apply or another cluster, read as a record: what is accepted
 * is written, read again and equal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/json.h"
#include "host/record/record.h"
#include "host/record/validate.h"
#include "sojourn_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const sj_record_meta *meta, const char *text, size_t length) {
    void *record = NULL, *again = NULL, *copy;
    sj_error error;
    char *json;
    if (sj_host_record_from_json(meta, text, length, &record, &error) != SJ_OK) {
        if (record != NULL || error.text[0] == '\0' ||
            memchr(error.text, '\0', sizeof error.text) == NULL) {
            abort();
        }
        return;
    }
    json = sj_host_record_to_json(meta, record);
    copy = sj_record_copy(meta, record);
    if (json == NULL || copy == NULL || sj_record_validate(meta, record, &error) != SJ_OK ||
        !sj_record_equal(meta, record, copy)) {
        abort();
    }
    /* Secrets are not written, so that a record with some may read otherwise. */
    if (sj_host_record_from_json(meta, json, strlen(json), &again, &error) == SJ_OK) {
        char *json_again = sj_host_record_to_json(meta, again);
        if (json_again == NULL || strcmp(json, json_again) != 0) {
            abort();
        }
        sj_host_text_free(json_again);
    } else {
        abort();
    }
    sj_host_text_free(json);
    free(record);
    free(again);
    free(copy);
}

/* The first byte chooses the declaration. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t resources = 0, messages = 0, which;
    while (sojourn_schema.resources[resources] != NULL) {
        resources++;
    }
    while (sojourn_schema.messages[messages] != NULL) {
        messages++;
    }
    if (size == 0 || resources + messages == 0) {
        return 0;
    }
    which = data[0] % (resources + messages);
    check(which < resources ? sojourn_schema.resources[which]->record
                            : sojourn_schema.messages[which - resources],
          (const char *)data + 1, size - 1);
    return 0;
}
