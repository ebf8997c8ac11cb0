/* Opens the exchange directory for an operation, keeps its question, and answers it once. */
#include "operation.h"

#include <stdlib.h>

static void on_closed(void *user) {
    struct operation *operation = user;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        bundle_free(&operation->bundles[type]);
    }
    free(operation);
}

struct operation *operation_begin(sj_scope *plugin, sj_question *question, const char *name,
                                  int wanted) {
    sj_error error;
    struct operation *operation = calloc(1, sizeof *operation);
    if (operation == NULL ||
        (operation->scope = sj_scope_open(plugin, name, on_closed, operation)) == NULL) {
        free(operation);
        sj_fail(plugin, question, SJ_E_NO_MEMORY, "out of memory: cannot exchange certificates");
        return NULL;
    }
    operation->plugin = plugin;
    operation->question = question;
    operation->wanted = wanted;
    operation->place = exchange_open(operation->scope, &error);
    if (operation->place == NULL) {
        operation_fail(operation, &error);
        return NULL;
    }
    return operation;
}

void operation_fail(struct operation *operation, const sj_error *error) {
    sj_fail_error(operation->plugin, operation->question, error);
    sj_scope_close(operation->scope);
}

void operation_end(struct operation *operation) {
    sj_scope_close(operation->scope);
}

size_t operation_files(const struct operation *operation, const char *prefix, char names[][340],
                       const char *list[]) {
    size_t count = 0;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        if (operation->bundles[type].count > 0) {
            (void)snprintf(names[count], 340, "%s_%s.pkcs12", prefix, certificate_types[type].name);
            list[count] = names[count];
            count++;
        }
    }
    return count;
}
