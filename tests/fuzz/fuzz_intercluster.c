/* Messages from other clusters: the first byte chooses which, the rest is its JSON. What is read is
 * written again, and reads as the same once more. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/json.h"
#include "host/record/record.h"
#include "messages/analysis.h"
#include "messages/intercluster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const sj_record_meta *const messages[] = {
        &sj_intercluster_user_query_meta,  &sj_intercluster_user_answer_meta,
        &sj_intercluster_login_meta,       &sj_intercluster_login_answer_meta,
        &sj_intercluster_logout_meta,      &sj_intercluster_logout_answer_meta,
        &sj_intercluster_information_meta, &sj_intercluster_reconcile_meta,
        &sj_intercluster_pin_change_meta,  &sj_intercluster_pin_change_answer_meta,
        &sj_intercluster_trace_meta,       &sj_intercluster_trace_answer_meta,
        &sj_intercluster_bandwidth_meta,   &sj_intercluster_bandwidth_answer_meta,
        &sj_intercluster_analysis_meta,    &sj_intercluster_analysis_answer_meta};
    void *record = NULL, *again = NULL;
    sj_error error = {0};
    if (size == 0) {
        return 0;
    }
    const sj_record_meta *meta = messages[data[0] % (sizeof messages / sizeof messages[0])];
    char *json = malloc(size);
    if (json == NULL) {
        return 0;
    }
    memcpy(json, data + 1, size - 1);
    json[size - 1] = '\0';
    if (sj_host_record_from_json(meta, json, size - 1, &record, &error) == SJ_OK) {
        char *text = sj_host_record_to_json(meta, record);
        if (text == NULL ||
            sj_host_record_from_json(meta, text, strlen(text), &again, &error) != SJ_OK) {
            abort();
        }
        char *same = sj_host_record_to_json(meta, again);
        if (same == NULL || strcmp(text, same) != 0) {
            abort();
        }
        free(same);
        free(text);
        sj_host_record_free(again);
    } else if (error.text[0] == '\0') {
        abort();
    }
    sj_host_record_free(record);
    free(json);
    return 0;
}
