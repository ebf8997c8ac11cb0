/* Numbering and capacity of EMCC base devices. Pure. */
#include "emcc_devices.h"

#include <stdio.h>

bool emcc_devices_fit(int64_t phones, int64_t devices, int64_t adding, int64_t max_phones,
                      char *why, size_t room) {
    const int64_t together = devices + adding;
    const int64_t wanted = phones + 2 * together;
    if (wanted <= max_phones) {
        return true;
    }
    int64_t left = (max_phones - phones) / 2 - devices;
    left = left > 0 ? left : 0;
    (void)snprintf(why, room,
                   "%lld phones + 2 x %lld EMCC devices would be %lld; Maximum Number of Phones is "
                   "%lld, so at most %lld more EMCC "
                   "devices fit",
                   (long long)phones, (long long)together, (long long)wanted, (long long)max_phones,
                   (long long)left);
    return false;
}

int64_t emcc_devices_next_number(int64_t highest_remembered, int64_t highest_present) {
    return (highest_remembered > highest_present ? highest_remembered : highest_present) + 1;
}

void emcc_device_name(int64_t number, char name[EMCC_DEVICE_NAME_ROOM]) {
    (void)snprintf(name, EMCC_DEVICE_NAME_ROOM, "EMCC%lld", (long long)number);
}
