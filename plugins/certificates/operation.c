/* Opens the exchange directory for an operation, keeps its question, and answers it once. */
#include "operation.h"

#include <stdlib.h>

static void on_closed(void *user) {
    struct operation *one = user;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        bundle_free(&one->bundles[type]);
    }
    free(one);
}

struct operation *operation_begin(sj_scope *plugin, sj_question *question, const char *name,
                                  int wanted) {
    sj_error error;
    struct operation *one = calloc(1, sizeof *one);
    if (one == NULL || (one->scope = sj_scope_open(plugin, name, on_closed, one)) == NULL) {
        free(one);
        sj_fail(plugin, question, SJ_E_NO_MEMORY, "out of memory: cannot exchange certificates");
        return NULL;
    }
    one->plugin = plugin;
    one->question = question;
    one->wanted = wanted;
    one->place = exchange_open(one->scope, &error);
    if (one->place == NULL) {
        operation_fail(one, &error);
        return NULL;
    }
    return one;
}

void operation_fail(struct operation *one, const sj_error *error) {
    sj_fail_error(one->plugin, one->question, error);
    sj_scope_close(one->scope);
}

void operation_end(struct operation *one) {
    sj_scope_close(one->scope);
}

size_t operation_files(const struct operation *one, const char *prefix, char names[][340],
                       const char *list[]) {
    size_t count = 0;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        if (one->bundles[type].count > 0) {
            (void)snprintf(names[count], 340, "%s_%s.pkcs12", prefix, certificate_types[type].name);
            list[count] = names[count];
            count++;
        }
    }
    return count;
}
