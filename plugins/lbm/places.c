/* The location of what people name. A phone is where its own record says; Hub_None there, and none,
 * mean where its device pool is. */
#include "lbm.h"

#include "resources/device_pool.h"
#include "resources/phone.h"

/* SJ_E_NOT_FOUND: there is no such device pool. */
static int pool_location(struct lbm *lbm, const char *name, uint32_t *location, sj_error *error) {
    sj_device_pool *pool = NULL;
    const int status = sj_device_pool_get(lbm->scope, name, &pool, error);
    if (status == SJ_OK) {
        *location = lbm_location_of(&lbm->network, pool->location);
    }
    sj_record_free(lbm->scope, pool);
    return status;
}

static int phone_location(struct lbm *lbm, const char *name, uint32_t *location, sj_error *error) {
    sj_phone *phone = NULL;
    int status = sj_phone_get(lbm->scope, name, &phone, error);
    if (status == SJ_OK && (phone->location[0] == '\0' || strcmp(phone->location, LBM_HUB) == 0)) {
        status = pool_location(lbm, phone->device_pool, location, error);
    } else if (status == SJ_OK) {
        *location = lbm_location_of(&lbm->network, phone->location);
    }
    sj_record_free(lbm->scope, phone);
    return status;
}

int place_find(struct lbm *lbm, const char *field, const char *name, uint32_t *location,
               sj_error *error) {
    *location = lbm_location_of(&lbm->network, name);
    int status = *location != LBM_NOWHERE ? SJ_OK : phone_location(lbm, name, location, error);
    status = status == SJ_E_NOT_FOUND ? pool_location(lbm, name, location, error) : status;
    if (status == SJ_E_NOT_FOUND || (status == SJ_OK && *location == LBM_NOWHERE)) {
        status = sj_error_field(error, SJ_E_NOT_FOUND, field,
                                "%s: expected a location, a phone or a device pool, got \"%s\"; "
                                "sojourn lbm topology names the locations",
                                field, name);
    }
    return status;
}
