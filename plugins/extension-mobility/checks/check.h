/* The parts of `sojourn emcc check` (check.c): each looks at one side of a traveller's way. Those that walk many records do a
 * page at a time and return true when they are through, so that they never hold the loop. */
#ifndef EM_CHECK_H
#define EM_CHECK_H

#include "checks/findings.h"

#include "events/emcc.h"
#include "events/policy.h"

/* The enabled phone services that open Extension Mobility. */
struct check_services {
    const char *names[50];
    size_t count;
    bool for_all; /* one of them by enterprise subscription */
};
void check_services_read(struct em *em, sj_scope *scope, struct check_services *services);
bool check_services_among(const struct check_services *services, const char *const *names, size_t count);

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
struct check_travellers {
    size_t count;
    char after[EM_USER_ROOM];
    struct tally tallies[TRAVELLER_KINDS];
};
bool check_travellers_page(struct em *em, const struct check_services *services, struct check_travellers *travellers);
void check_travellers_tell(struct findings *findings, const struct check_travellers *travellers);

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
struct check_phones {
    size_t count, with_emcc; /* those whose model supports it */
    char after[EM_DEVICE_ROOM];
    sj_list pools, models; /* read with the first page; freed by check_phones_close */
    bool own_css_counts;   /* for calls that come back */
    struct tally tallies[PHONE_KINDS], secure;
};
bool check_phones_page(struct em *em, const struct check_services *services, struct check_phones *phones);
void check_phones_tell(struct findings *findings, const struct check_phones *phones);
void check_phones_close(struct em *em, struct check_phones *phones);

/* check_base_devices.c: base devices, their templates, room for more. */
enum { CHECK_TEMPLATES = 16 };
struct check_base_devices {
    size_t count, taken;
    char after[EM_NAME_ROOM];
    struct tally without_template;
    char templates[CHECK_TEMPLATES][EM_NAME_ROOM]; /* those in use, and the default */
    size_t templates_count;
};
bool check_base_devices_page(struct em *em, struct check_base_devices *devices);
void check_base_devices_tell(struct findings *findings, const struct check_base_devices *devices, size_t travellers);

/* check_calls.c: calls, above all emergency calls. */
bool check_returns_to_visited_cluster(sj_scope *scope, const char *route_list);
void check_place(struct findings *findings, const sj_remote_cluster *cluster, const sj_remote_cluster_status_place *place);
/* What comes back from home clusters over the EMCC trunk. */
void check_returned_calls(struct findings *findings);
/* Whether phones of a device pool find a node to register with. */
void check_nodes_of_pool(struct findings *findings, const char *device_pool, const char *used_for);

/* What a login would give a traveller at a place. */
struct check_spaces {
    const char *user_id, *const *names; /* calling search spaces, in their order */
    size_t count;
    const char *adjunct, *device_pool; /* "": none */
};

/* check_policies.c: what operators' policies do to travellers; at the first places of a cluster, the first is number 0.
 * `each` gets the calling search spaces that some of them would have there. */
void check_policies_tell(struct findings *findings, const sj_policy_list_reply *policies);
typedef void (*check_spaces_fn)(void *user, const struct check_spaces *spaces);
void check_policy_at_place(struct findings *findings, const sj_remote_cluster *cluster,
                           const sj_remote_cluster_status_place *place, size_t number, check_spaces_fn each, void *user);

/* check_numbers.c: whether the emergency numbers of a place, as they stand in the adjunct CSS, really go back to it when they
 * are dialled through these calling search spaces: another one may hold a pattern that fits better. False when nobody is asked;
 * else `done` runs once, later, and what is found is in `findings`. */
bool check_emergency_numbers(struct findings *findings, const char *cluster_id, const char *place,
                             const struct check_spaces *spaces, sj_done_fn done, void *user);

/* check_partner.c: certificates of this node itself; what is known of a partner beyond Validate. `phones` are this cluster's;
 * `travellers`: it has some. */
void check_own_certificates(struct findings *findings, const sj_certificates_list_reply *own);
void check_trust_without_record(struct findings *findings);
void check_partner(struct findings *findings, const sj_remote_cluster *cluster, const sj_remote_cluster_status *status,
                   const struct check_phones *phones, bool travellers);

#endif
