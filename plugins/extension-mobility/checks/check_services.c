/* Which phone services open Extension Mobility, and whether a device is subscribed to one of them.
 * Reads the store. */
#include "checks/check_services.h"

#include <string.h>

#include "resources/phone_service.h"

void em_check_services_read(struct em *em, sj_scope *scope, struct em_check_services *services) {
    sj_list list = {0};
    if (sj_phone_service_list(em->scope, NULL, &list, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0;
         i < list.count && services->count < sizeof services->names / sizeof services->names[0];
         i++) {
        const sj_phone_service *service = sj_phone_service_at(&list, i);
        const char *name = NULL;
        if (service->enabled && strstr(service->url, "/emapp/EMAppServlet") != NULL) {
            name = sj_scope_strdup(scope, service->name);
            services->for_all = services->for_all || service->enterprise_subscription;
        }
        if (name != NULL) {
            services->names[services->count++] = name;
        }
    }
    sj_list_free(em->scope, &list);
}

bool em_check_services_among(const struct em_check_services *services, const char *const *names,
                             size_t count) {
    for (size_t i = 0; i < services->count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (strcmp(services->names[i], names[k]) == 0) {
                return true;
            }
        }
    }
    return services->for_all;
}
