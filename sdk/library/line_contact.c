/* The contact of a line is made from the names of phone and directory number. */
#include <sojourn/line_contact.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sojourn/base/hash.h>

void sj_line_contact(const char *device_name, const char *directory_number,
                     char contact[SJ_LINE_CONTACT_ROOM]) {
    /* Fixed keys: the value is in files of phones and must not change from run to run. */
    static const uint64_t high_key[2] = {UINT64_C(0x6c696e6520636f6e), UINT64_C(1)};
    static const uint64_t low_key[2] = {UINT64_C(0x6c696e6520636f6e), UINT64_C(2)};
    uint64_t parts[2] = {
        sj_hash_siphash(high_key, device_name, strlen(device_name)),
        sj_hash_siphash(high_key, directory_number, strlen(directory_number)),
    };
    const uint64_t high = sj_hash_siphash(high_key, parts, sizeof parts);
    const uint64_t low = sj_hash_siphash(low_key, parts, sizeof parts);
    (void)snprintf(contact, SJ_LINE_CONTACT_ROOM,
                   "%08" PRIx32 "-%04" PRIx32 "-8%03" PRIx32 "-%04" PRIx32 "-%012" PRIx64,
                   (uint32_t)(high >> 32), (uint32_t)(high >> 16 & 0xffff),
                   (uint32_t)(high & 0xfff), (uint32_t)(0x8000 | (low >> 48 & 0x3fff)),
                   low & UINT64_C(0xffffffffffff));
}
