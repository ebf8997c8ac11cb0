/* Base devices, their templates, room for more; a page at a time: true when all have been looked
 * at. */
#ifndef EM_CHECK_BASE_DEVICES_H
#define EM_CHECK_BASE_DEVICES_H

#include "checks/findings.h"

enum { CHECK_TEMPLATES = 16 };
struct em_check_base_devices {
    size_t count, taken;
    char after[EM_NAME_ROOM];
    struct em_tally without_template;
    char templates[CHECK_TEMPLATES][EM_NAME_ROOM]; /* those in use, and the default */
    size_t templates_count;
};
bool em_check_base_devices_page(struct em *em, struct em_check_base_devices *devices);
void em_check_base_devices_report(struct em_findings *findings,
                                  const struct em_check_base_devices *devices, size_t travellers);

#endif
