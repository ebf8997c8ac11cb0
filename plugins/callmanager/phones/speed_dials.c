/* Reads live devices and phones. */
#include "phones/speed_dials.h"
#include "resources/live_device.h"
#include "resources/phone.h"

void speed_dials_read(const struct call_manager *manager, const struct device *device,
                      speed_dials_fn *read, void *user) {
    sj_live_device *live = NULL;
    sj_phone *phone = NULL;
    if (device->live) {
        if (sj_live_device_get(manager->scope, device->name, &live, NULL) == SJ_OK) {
            read(user, live->speed_dials, live->speed_dials_count);
            sj_record_free(manager->scope, live);
        }
    } else if (sj_phone_get(manager->scope, device->name, &phone, NULL) == SJ_OK) {
        read(user, phone->speed_dials, phone->speed_dials_count);
        sj_record_free(manager->scope, phone);
    }
}
