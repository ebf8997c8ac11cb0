/* The phone services that open Extension Mobility, for the parts of `sojourn emcc check`. */
#ifndef EM_CHECK_SERVICES_H
#define EM_CHECK_SERVICES_H

#include "em.h"

/* The enabled phone services that open Extension Mobility. */
struct em_check_services {
    const char *names[50];
    size_t count;
    bool for_all; /* one of them by enterprise subscription */
};
void em_check_services_read(struct em *em, sj_scope *scope, struct em_check_services *services);
bool em_check_services_among(const struct em_check_services *services, const char *const *names,
                             size_t count);

#endif
