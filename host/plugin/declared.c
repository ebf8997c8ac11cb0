/* Copies of what plugins declare, given to all that need to know. */
#include "host/plugin/declared.h"

#include <stdlib.h>
#include <string.h>

#include "host/bus/bus.h"
#include "host/core/node.h"
#include "host/params/params.h"
#include "host/policy/service.h"
#include "host/record/declaration.h"
#include "host/store/store.h"

struct declared {
    struct declared *next;
    char digest[33];
    struct sj_arena arena;
    const sj_schema *schema;
};

const sj_schema *sj_declared_copy(struct declared **all, const char *digest,
                                  const sj_schema *schema) {
    struct declared *declared;
    for (declared = *all; declared != NULL; declared = declared->next) {
        if (strcmp(declared->digest, digest) == 0) {
            return declared->schema;
        }
    }
    declared = calloc(1, sizeof *declared);
    if (declared == NULL) {
        return NULL;
    }
    (void)snprintf(declared->digest, sizeof declared->digest, "%s", digest);
    declared->schema = sj_declaration_copy(&declared->arena, schema);
    if (declared->schema == NULL) {
        sj_arena_free(&declared->arena);
        free(declared);
        return NULL;
    }
    declared->next = *all;
    *all = declared;
    return declared->schema;
}

void sj_declared_free(struct declared **all) {
    while (*all != NULL) {
        struct declared *declared = *all;
        *all = declared->next;
        sj_arena_free(&declared->arena);
        free(declared);
    }
}

int sj_declared_add(struct node *node, const sj_schema *copy, sj_error *error) {
    int status = sj_policy_add_schema(node, copy, error);
    if (status == SJ_OK) {
        status = sj_bus_add_schema(node, copy, error);
    }
    if (status == SJ_OK && node->store != NULL) {
        status = sj_store_add_schema(node, copy, error);
        if (status != SJ_OK) {
            sj_bus_remove_schema(node, copy);
        }
    }
    return status;
}

void sj_declared_forget(struct node *node, const sj_schema *copy) {
    if (copy != NULL) {
        sj_bus_remove_schema(node, copy);
    }
    if (node->store != NULL) {
        if (copy != NULL) {
            sj_store_remove_schema(node, copy);
        }
        sj_store_forget_addresses(node);
    }
    if (node->params != NULL) {
        sj_params_forget_addresses(node);
    }
}
