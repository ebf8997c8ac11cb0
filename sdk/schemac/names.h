/* Names: which are allowed in C, C++, Lua, JSON and SQL at once, and how printed ones are made from
 * them. Pure. */
#ifndef SCHEMAC_NAMES_H
#define SCHEMAC_NAMES_H

#include "text.h"

bool name_is_plain(const char *name);    /* lower_case_words */
bool name_is_dotted(const char *name);   /* lower_case_words, joined by dots */
bool name_is_reserved(const char *name); /* a word of C, C++ or Lua */
bool name_is_of_sdk(const char *name);   /* `sj_<name>` is a type of the SDK's headers */

char *name_with_underscores(struct arena *arena,
                            const char *dotted); /* session.started: session_started */
char *name_as_constant(struct arena *arena,
                       const char *words); /* "Cisco 8841": CISCO_8841; "EMCCFailed": EMCC_FAILED */
char *name_as_title(struct arena *arena, const char *name); /* emcc_css: EMCC CSS */
char *name_plural(struct arena *arena, const char *name);   /* device_pool: device_pools */

/* What belongs to `owner`, words at the joint said once: sip_trunk and trunk_service_type:
 * sip_trunk_service_type. */
char *name_of_member(struct arena *arena, const char *owner, const char *name);

#endif
