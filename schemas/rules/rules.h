/* Rules of the house's records that no declaration can say, since they join two fields or two
 * records. They stand beside the declarations, as they hold on every node, whichever services run
 * there. The store asks them (host/store/rules.c) and knows none of the resources by name. Pure but
 * for `find`, `list` and `twin`. */
#ifndef SJ_RULES_H
#define SJ_RULES_H

#include <sojourn/host.h>
#include <sojourn/schema.h>
#include <sojourn/store.h>

struct sj_rule_place;

/* What two records of a resource must not both be, as a text: records that have the same are the
 * same, though their keys differ. */
enum { SJ_RULE_SAME_ROOM = 512 };
typedef void sj_rule_same(const void *record, char text[SJ_RULE_SAME_ROOM]);

/* One look at one record. */
struct sj_rule_check {
    const sj_node *node; /* this node's facts */
    void *user;
    /* A record as the store has it, until the look is over: SJ_OK, SJ_E_NOT_FOUND, or why it cannot
     * be read. */
    int (*find)(void *user, const sj_resource_meta *meta, const char *key, const void **record);
    /* Several, as the store has them, until the look is over: SJ_OK, or why they cannot be read. */
    int (*list)(void *user, const sj_resource_meta *meta, const sj_query *query,
                const sj_list **list);
    /* Of the records of the query (NULL: of all) another one that is the same, though its key
     * differs; *twin NULL: there is none. SJ_OK, or why they cannot be read. Where many records are
     * checked, the cost of a look does not grow with their number, as that of a list would. */
    int (*twin)(void *user, const sj_resource_meta *meta, const sj_query *query, sj_rule_same *same,
                const void *record, const void **twin);
    /* `sentence` is wrong at that place of the record. */
    void (*tell)(void *user, const struct sj_rule_place *place, const char *sentence);
};

/* A field, an item of a list (`field` NULL), or a field of an item. */
struct sj_rule_place {
    const char *list; /* or NULL */
    size_t item;
    const char *field;
};

/* Of which records a rule is asked. */
enum sj_rule_of {
    SJ_RULE_ANY,   /* of all, those that services write too */
    SJ_RULE_GIVEN, /* of those that people give */
    SJ_RULE_NEW, /* of those that people give and that are not there yet; asked before the write */
    SJ_RULE_CHANGE, /* of those that people change; asked before the write. What it tells is no
                       fault: it is to be known of the change */
};

struct sj_rule {
    const sj_resource_meta *meta;
    void (*check)(const struct sj_rule_check *check, const void *record);
    enum sj_rule_of of;
};

extern const struct sj_rule
    sj_rules[]; /* `meta` NULL at the end; those of a resource hold in this order */

/* Of a value for the enterprise parameter Cluster ID: no remote cluster has it. */
void sj_rule_own_cluster_id(const struct sj_rule_check *check, const char *cluster_id);

/* The keys of records that are always there, NULL at the end. */
const char *const *sj_rule_always(const sj_resource_meta *meta);
/* Of such a record: the sentence that says so; NULL: people may remove it. */
const char *sj_rule_stays(const sj_resource_meta *meta, const char *key);

/* For rules. */
/* The twin that a rule looks for; NULL: none. */
const void *sj_rule_twin(const struct sj_rule_check *check, const sj_resource_meta *meta,
                         const sj_query *query, sj_rule_same *same, const void *record);
/* A text in small letters, cut at the room: of domains and names, in which letters do not differ.
 */
void sj_rule_lower(const char *from, char *text, size_t room);
void sj_rule_tell(const struct sj_rule_check *check, struct sj_rule_place place, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
/* Of a list of the record's: each is the name of a node of this cluster, and stands there once. */
void sj_rule_nodes(const struct sj_rule_check *check, const char *list, const char *const *names,
                   size_t count);
static inline struct sj_rule_place sj_rule_field(const char *field) {
    return (struct sj_rule_place){NULL, 0, field};
}

/* locales.c */
/* Of a record's field user_locale. */
void sj_rule_user_locale(const struct sj_rule_check *check, const char *locale);
void sj_rule_common_device_configuration(const struct sj_rule_check *check, const void *record);
void sj_rule_device_pool(const struct sj_rule_check *check, const void *record);
/* device.c */
void sj_rule_phone(const struct sj_rule_check *check, const void *record);
void sj_rule_phone_given(const struct sj_rule_check *check, const void *record);
void sj_rule_device_profile(const struct sj_rule_check *check, const void *record);
void sj_rule_device_profile_given(const struct sj_rule_check *check, const void *record);
void sj_rule_default_device_profile(const struct sj_rule_check *check, const void *record);
void sj_rule_phone_security_profile(const struct sj_rule_check *check, const void *record);
void sj_rule_end_user(const struct sj_rule_check *check, const void *record);
/* call_manager.c */
void sj_rule_call_manager(const struct sj_rule_check *check, const void *record);
void sj_rule_call_manager_group(const struct sj_rule_check *check, const void *record);
void sj_rule_softkey_template(const struct sj_rule_check *check, const void *record);
void sj_rule_sip_profile(const struct sj_rule_check *check, const void *record);
/* headers_passed.c */
/* Headers that never go on from one party of a call to the other; `name` NULL at the end. A * at
 * the end of a name stands for all that begin so. */
struct sj_unpassed_header {
    const char *name, *why;
};
extern const struct sj_unpassed_header sj_unpassed_headers[];
void sj_rule_headers_passed_through(const struct sj_rule_check *check, const char *const *names,
                                    size_t count);
/* dial_plan.c */
void sj_rule_route_pattern(const struct sj_rule_check *check, const void *record);
void sj_rule_sip_route_pattern(const struct sj_rule_check *check, const void *record);
void sj_rule_sip_trunk(const struct sj_rule_check *check, const void *record);
/* Of a transformation CSS that a device ("trunk") has itself, and whether its device pool's counts
 * instead. */
void sj_rule_transformation_css(const struct sj_rule_check *check, const char *device,
                                const char *css, bool of_pool, const char *field,
                                const char *pool_field);
void sj_rule_voice_mail_profile(const struct sj_rule_check *check, const void *record);
void sj_rule_route_group(const struct sj_rule_check *check, const void *record);
void sj_rule_forced_authorization_code(const struct sj_rule_check *check, const void *record);
void sj_rule_client_matter_code(const struct sj_rule_check *check, const void *record);
void sj_rule_call_park_number(const struct sj_rule_check *check, const void *record);
void sj_rule_directed_call_park(const struct sj_rule_check *check, const void *record);
void sj_rule_message_waiting_number(const struct sj_rule_check *check, const void *record);
void sj_rule_call_pickup_group(const struct sj_rule_check *check, const void *record);
void sj_rule_calling_search_space(const struct sj_rule_check *check, const void *record);
/* intercom.c */
void sj_rule_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_calling_search_space_usage(const struct sj_rule_check *check, const void *record);
void sj_rule_directory_number(const struct sj_rule_check *check, const void *record);
void sj_rule_phone_intercom(const struct sj_rule_check *check, const void *record);
void sj_rule_device_profile_intercom(const struct sj_rule_check *check, const void *record);
void sj_rule_line_group(const struct sj_rule_check *check, const void *record);
void sj_rule_route_pattern_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_translation_pattern_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_sip_route_pattern_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_hunt_pilot_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_call_park_number_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_directed_call_park_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_call_pickup_group_partition(const struct sj_rule_check *check, const void *record);
void sj_rule_message_waiting_number_partition(const struct sj_rule_check *check,
                                              const void *record);
/* hunt.c */
void sj_rule_hunt_pilot(const struct sj_rule_check *check, const void *record);
/* time_periods.c */
void sj_rule_time_period(const struct sj_rule_check *check, const void *record);
/* locations.c */
void sj_rule_location(const struct sj_rule_check *check, const void *record);
void sj_rule_location_link(const struct sj_rule_check *check, const void *record);
void sj_rule_lbm_hub_group(const struct sj_rule_check *check, const void *record);
void sj_rule_region(const struct sj_rule_check *check, const void *record);
void sj_rule_region_relation(const struct sj_rule_check *check, const void *record);
/* clusters.c */
void sj_rule_bulk_certificate_management(const struct sj_rule_check *check, const void *record);
void sj_rule_remote_cluster(const struct sj_rule_check *check, const void *record);
/* ils.c */
void sj_rule_ils_leaves(const struct sj_rule_check *check, const void *record);
void sj_rule_ils_configuration(const struct sj_rule_check *check, const void *record);
void sj_rule_directory_uri(const struct sj_rule_check *check, const void *record);
void sj_rule_alternate_number(const struct sj_rule_check *check, const void *record);
void sj_rule_advertised_pattern(const struct sj_rule_check *check, const void *record);
void sj_rule_imported_catalog(const struct sj_rule_check *check, const void *record);
void sj_rule_new_imported_catalog(const struct sj_rule_check *check, const void *record);
void sj_rule_imported_directory_uri(const struct sj_rule_check *check, const void *record);
void sj_rule_imported_number(const struct sj_rule_check *check, const void *record);
void sj_rule_imported_pattern(const struct sj_rule_check *check, const void *record);
void sj_rule_learned_block_rule(const struct sj_rule_check *check, const void *record);

#endif
