/* Which services run where in this cluster, as they are activated. */
#include "clusters/activations.h"

#include "resources/node.h"

bool em_service_is_active_on(sj_scope *scope, const char *service, const char *node) {
    sj_service_activation *activation = NULL;
    char key[320];
    em_print(key, sizeof key, "%s@%s", service, node);
    const bool runs =
        sj_service_activation_get(scope, key, &activation, NULL) == SJ_OK && activation->activated;
    sj_record_free(scope, activation);
    return runs;
}

bool em_service_is_active(sj_scope *scope, const char *service) {
    const sj_query of_service = {.field = "service", .value = service};
    sj_list activations = {0};
    bool runs = false;
    (void)sj_service_activation_list(scope, &of_service, &activations, NULL);
    for (size_t i = 0; i < activations.count && !runs; i++) {
        runs = sj_service_activation_at(&activations, i)->activated;
    }
    sj_list_free(scope, &activations);
    return runs;
}
