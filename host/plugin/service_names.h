/* Names of services as people write them: letters of either case, blanks, hyphens and low lines
 * count for nothing. Pure. */
#ifndef SJ_HOST_PLUGIN_SERVICE_NAMES_H
#define SJ_HOST_PLUGIN_SERVICE_NAMES_H

#include <stdbool.h>

/* Whether that is the known name: "dhcp-monitor" is DHCP Monitor. */
bool sj_service_is_named(const char *known, const char *name);
/* Whether the name is some whole words of the title, one behind the other: "cti manager" is in
 * Cisco CTIManager. */
bool sj_service_has_words(const char *title, const char *name);

#endif
