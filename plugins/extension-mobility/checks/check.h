/* The parts of `sojourn emcc check` (check.c): each looks at one side of a traveller's way. Those
 * that walk many records do a page at a time and return true when they are through, so that they
 * never hold the loop. */
#ifndef EM_CHECK_H
#define EM_CHECK_H

#include "checks/findings.h"
#include "events/emcc.h"
#include "events/policy.h"
#include "reporting/error_codes.h"
#include "resources/remote_cluster.h"

int em_check_open(struct em *em, sj_error *error); /* answers emcc.check */

/* The enabled phone services that open Extension Mobility. */
struct em_check_services {
    const char *names[50];
    size_t count;
    bool for_all; /* one of them by enterprise subscription */
};
void em_check_services_read(struct em *em, sj_scope *scope, struct em_check_services *services);
bool em_check_services_among(const struct em_check_services *services, const char *const *names,
                             size_t count);

/* check_travellers.c: the users of this cluster who may travel. */
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

/* check_phones.c: the phones of this cluster on which users may log in. */
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

/* check_base_devices.c: base devices, their templates, room for more. */
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

/* check_calls.c: calls, above all emergency calls. */
bool em_check_returns_to_visited_cluster(sj_scope *scope, const char *route_list);
void em_check_place(struct em_findings *findings, const sj_remote_cluster *cluster,
                    const sj_remote_cluster_status_place *place);
/* What comes back from home clusters over the EMCC trunk. */
void em_check_returned_calls(struct em_findings *findings);
/* Whether phones of a device pool find a node to register with. */
void em_check_nodes_of_pool(struct em_findings *findings, const char *device_pool,
                            const char *used_for);

/* What a login would give a traveller at a place. */
struct em_check_spaces {
    const char *user_id, *const *names; /* calling search spaces, in their order */
    size_t count;
    const char *adjunct, *device_pool; /* "": none */
};

/* check_policies.c: what operators' policies do to travellers; at the first places of a cluster,
 * the first is number 0. `each` gets the calling search spaces that some of them would have there.
 */
void em_check_policies_report(struct em_findings *findings, const sj_policy_list_reply *policies);
typedef void (*check_spaces_fn)(void *user, const struct em_check_spaces *spaces);
void em_check_policy_at_place(struct em_findings *findings, const sj_remote_cluster *cluster,
                              const sj_remote_cluster_status_place *place, size_t number,
                              check_spaces_fn each, void *user);

/* check_numbers.c: whether the emergency numbers of a place, as they stand in the adjunct CSS,
 * really go back to it when they are dialled through these calling search spaces: another one may
 * hold a pattern that fits better. False when no question is sent; else `done` runs once, later,
 * and what is found is in `findings`. */
bool em_check_emergency_numbers(struct em_findings *findings, const char *cluster_id,
                                const char *place, const struct em_check_spaces *spaces,
                                sj_done_fn done, void *user);

/* check_partner.c: certificates of this node itself; what is known of a partner beyond Validate.
 * `phones` are this cluster's; `travellers`: it has some. */
void em_check_own_certificates(struct em_findings *findings, const sj_certificates_list_reply *own);
void em_check_trust_without_record(struct em_findings *findings);
void em_check_partner(struct em_findings *findings, const sj_remote_cluster *cluster,
                      const sj_remote_cluster_status *status, const struct em_check_phones *phones,
                      bool travellers);

#endif
