/* The phones of this cluster on which users may log in, a page at a time: true when all have been
 * looked at. */
#ifndef EM_CHECK_PHONES_H
#define EM_CHECK_PHONES_H

#include "checks/check_services.h"
#include "checks/findings.h"

enum {
    PHONE_UNSUBSCRIBED,
    PHONE_LOST_WHEN_LOGGED_OUT,
    PHONE_WITHOUT_SERVICES,
    PHONE_WITHOUT_PLACE,
    PHONE_WITHOUT_GATEWAY,
    PHONE_WITHOUT_CSS,
    PHONE_WITHOUT_EMCC,
    PHONE_WITH_DIGEST,
    PHONE_KINDS
};
struct em_check_phones {
    size_t count, with_emcc; /* those whose model supports it */
    char after[EM_DEVICE_ROOM];
    sj_list pools, models; /* read with the first page; freed by em_check_phones_close */
    bool own_css_counts;   /* for calls that come back */
    struct em_tally tallies[PHONE_KINDS], secure;
};
bool em_check_phones_page(struct em *em, const struct em_check_services *services,
                          struct em_check_phones *phones);
void em_check_phones_report(struct em_findings *findings, const struct em_check_phones *phones);
void em_check_phones_close(struct em *em, struct em_check_phones *phones);

#endif
