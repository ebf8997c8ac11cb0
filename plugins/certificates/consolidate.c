/* Consolidate: what all clusters have exported, joined into one ADDRESS_bulk_TYPE.pkcs12 a type.
 * Needs two clusters at least.
 */
#include <string.h>

#include "events/emcc.h"
#include "operation.h"

enum { MOST_CLUSTERS = 200 };

static size_t clusters_of(const struct operation *operation, const char *clusters[MOST_CLUSTERS]) {
    size_t count = 0;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        for (size_t i = 0; i < operation->bundles[type].count; i++) {
            size_t k = 0;
            while (k < count &&
                   strcmp(clusters[k], operation->bundles[type].entries[i].cluster_id) != 0) {
                k++;
            }
            if (k == count && count < MOST_CLUSTERS) {
                clusters[count++] = operation->bundles[type].entries[i].cluster_id;
            }
        }
    }
    return count;
}

static void prefix_of(const struct operation *operation, char *prefix, size_t room) {
    (void)snprintf(prefix, room, "%s_bulk", operation->plugin->host->node->address);
    for (char *p = prefix; *p != '\0'; p++) {
        if (*p == ':') {
            *p = '-';
        }
    }
}

static void on_written(void *user, int status, const sj_error *error) {
    struct operation *operation = user;
    if (status != SJ_OK) {
        operation_fail(operation, error);
        return;
    }
    char prefix[100], names[CERTIFICATE_TYPES][340], message[300], without[100] = "";
    const char *const *skipped;
    const size_t skipped_count = exchange_skipped(operation->place, &skipped);
    const char *files[CERTIFICATE_TYPES], *clusters[MOST_CLUSTERS];
    prefix_of(operation, prefix, sizeof prefix);
    size_t clusters_count = clusters_of(operation, clusters);
    if (skipped_count > 0) {
        (void)snprintf(without, sizeof without, "; %zu file%s passed over, see skipped",
                       skipped_count, sj_plural((int64_t)skipped_count));
    }
    (void)snprintf(message, sizeof message,
                   "certificates of %zu cluster%s joined%s; import them on every cluster",
                   clusters_count, sj_plural((int64_t)clusters_count), without);
    sj_certificates_consolidate_reply reply = {.files = files,
                                               .files_count =
                                                   operation_files(operation, prefix, names, files),
                                               .clusters = clusters,
                                               .clusters_count = clusters_count,
                                               .message = message,
                                               .skipped = skipped,
                                               .skipped_count = skipped_count};
    sj_reply_certificates_consolidate(operation->plugin, operation->question, &reply);
    operation_end(operation);
}

static void on_gathered(void *user, int status, const sj_error *error) {
    struct operation *operation = user;
    const char *clusters[MOST_CLUSTERS];
    sj_error few;
    if (status != SJ_OK) {
        operation_fail(operation, error);
        return;
    }
    size_t count = clusters_of(operation, clusters);
    if (count < 2) {
        const char *const *skipped;
        const size_t skipped_count = exchange_skipped(operation->place, &skipped);
        (void)sj_error_set(
            &few, SJ_E_CONFLICT,
            "%s has exported so far: at least two clusters must export before certificates can be "
            "consolidated%s%s",
            count == 0 ? "no cluster" : clusters[0],
            skipped_count == 0 ? "" : "; passed over: ", skipped_count == 0 ? "" : skipped[0]);
        operation_fail(operation, &few);
        return;
    }
    char prefix[100];
    prefix_of(operation, prefix, sizeof prefix);
    exchange_write(operation->place, operation->wanted, prefix, operation->bundles, on_written,
                   operation);
}

void consolidate_begin(sj_scope *plugin, sj_question *question, int wanted) {
    struct operation *operation = operation_begin(plugin, question, "consolidate", wanted);
    if (operation != NULL) {
        exchange_gather(operation->place, wanted, false, operation->bundles, on_gathered,
                        operation);
    }
}
