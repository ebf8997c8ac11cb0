/* The rules for EMCC base devices: numbering and capacity. Pure. */
#ifndef BULK_EMCC_DEVICES_H
#define BULK_EMCC_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EMCC_DEVICE_NAME_ROOM = 32, EMCC_HIGHEST_NUMBER = 999999 };

/* Whether `adding` more devices fit: phones + 2 x EMCC devices must not exceed `max_phones` (a base
 * device, and the device that lives on it). When not, a sentence in `why`. */
bool emcc_devices_fit(int64_t phones, int64_t devices, int64_t adding, int64_t max_phones,
                      char *why, size_t room);

/* The first number for new devices: after the highest that any device ever had, so that none is
 * used twice. */
int64_t emcc_devices_next_number(int64_t highest_remembered, int64_t highest_present);

/* "EMCC17" */
void emcc_device_name(int64_t number, char name[EMCC_DEVICE_NAME_ROOM]);

#endif
