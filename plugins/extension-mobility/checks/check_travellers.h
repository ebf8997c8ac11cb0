/* The users of this cluster who may travel, a page at a time: true when all have been looked at. */
#ifndef EM_CHECK_TRAVELLERS_H
#define EM_CHECK_TRAVELLERS_H

#include "checks/check_services.h"
#include "checks/findings.h"

enum {
    TRAVELLER_ELSEWHERE,
    TRAVELLER_WITHOUT_PIN,
    TRAVELLER_WITHOUT_PROFILE,
    TRAVELLER_CANNOT_LEAVE,
    TRAVELLER_WITHOUT_CSS,
    TRAVELLER_WITHOUT_LINE,
    TRAVELLER_DISABLED,
    TRAVELLER_LOCKED,
    TRAVELLER_MUST_CHANGE,
    TRAVELLER_LETTERS,
    TRAVELLER_KINDS
};
struct em_check_travellers {
    size_t count;
    char after[EM_USER_ROOM];
    struct em_tally tallies[TRAVELLER_KINDS];
};
bool em_check_travellers_page(struct em *em, const struct em_check_services *services,
                              struct em_check_travellers *travellers);
void em_check_travellers_report(struct em_findings *findings,
                                const struct em_check_travellers *travellers);

#endif
