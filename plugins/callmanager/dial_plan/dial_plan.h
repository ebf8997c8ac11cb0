/* The dial plan as it is configured: patterns, calling search spaces, device pools, route lists and
 * groups, trunks, remote clusters, regions, codec lists, time schedules. It owns the records it was
 * given; what fills it from the store is dial_plan_store.c. No input or output. */
#ifndef CALLMANAGER_DIAL_PLAN_H
#define CALLMANAGER_DIAL_PLAN_H

#include "dial_plan/digit_analysis.h"
#include "resources/aar_group.h"
#include "resources/audio_codec_preference_list.h"
#include "resources/call_park.h"
#include "resources/call_pickup_group.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/dial_codes.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/ils.h"
#include "resources/intercluster_service_profile.h"
#include "resources/region.h"
#include "resources/remote_cluster.h"
#include "resources/route_group.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_realm.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"
#include "resources/transformation_patterns.h"
#include "resources/translation_pattern.h"

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#define STANDARD_LOCAL_ROUTE_GROUP "Standard Local Route Group"

enum { DIRECTORY_URI = 256 };

enum dial_plan_kind {
    PLAN_CALLING_SEARCH_SPACE,
    PLAN_DEVICE_POOL,
    PLAN_ROUTE_GROUP,
    PLAN_ROUTE_LIST,
    PLAN_SIP_TRUNK,
    PLAN_SIP_TRUNK_SECURITY_PROFILE,
    PLAN_SIP_PROFILE,
    PLAN_SIP_REALM,
    PLAN_REMOTE_CLUSTER,
    PLAN_REMOTE_CLUSTER_STATUS,
    PLAN_INTERCLUSTER_SERVICE_PROFILE,
    PLAN_REGION_RELATION,
    PLAN_AUDIO_CODEC_PREFERENCE_LIST,
    PLAN_AAR_GROUP,
    PLAN_SIP_ROUTE_PATTERN,
    PLAN_DIRECTORY_URI,
    PLAN_ILS_CONFIGURATION,
    PLAN_PARTITION,
    PLAN_TIME_SCHEDULE,
    PLAN_TIME_PERIOD,
    PLAN_DATE_TIME_GROUP,
    PLAN_CALL_PARK_NUMBER,
    PLAN_DIRECTED_CALL_PARK,
    PLAN_LINE_GROUP,
    PLAN_HUNT_LIST,
    PLAN_CALL_PICKUP_GROUP,
    PLAN_MESSAGE_WAITING_NUMBER,
    PLAN_FORCED_AUTHORIZATION_CODE,
    PLAN_CLIENT_MATTER_CODE,
    PLAN_ALTERNATE_NUMBER,
    PLAN_KINDS,
};

struct dial_plan {
    struct digit_analysis *digits; /* what is dialled */
    struct digit_analysis *calling_transformations, *called_transformations;
    struct digit_analysis *alternates; /* by number; the records are those of by_key */
    sj_map by_key[PLAN_KINDS];
    sj_list_head records[PLAN_KINDS]; /* the same, in the order of their keys */
    size_t alternates_reaching;       /* alternate numbers that can be dialled here */
    sj_map uris_by_number;            /* directory_uris.h */
    sj_map uris_by_user;
    sj_map pickup_members; /* pickup_groups.h */
    void (*release)(void *user, void *record);
    void *user;
    /* The key of a user's primary extension, false when there is none; NULL: users have none. */
    bool (*extension_of)(void *user, const char *user_id, char key[130]);
    /* What clocks show (timer.h), once it is there; until then they show UTC. */
    int (*time_zone_offset)(const char *zone, int64_t utc_s, int32_t *offset_s);
};

/* `release` (may be NULL) is called for each record that goes. */
int dial_plan_init(struct dial_plan *plan, void (*release)(void *user, void *record), void *user);
void dial_plan_free(struct dial_plan *plan);

/* Takes the record, also when it fails. `record` NULL: there is none with this key (any more). */
int dial_plan_put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key, void *record,
                  sj_error *error);
/* Takes a record out; it is the caller's then. NULL when there is none. */
void *dial_plan_detach_record(struct dial_plan *plan, enum dial_plan_kind kind, const char *key);
void *dial_plan_get(const struct dial_plan *plan, enum dial_plan_kind kind, const char *key);
/* Walks the records of a kind in the order of their keys: begin with *at NULL; NULL at the end. */
void *dial_plan_walk(const struct dial_plan *plan, enum dial_plan_kind kind,
                     const sj_list_link **link);
/* The key of the record that a walk is at. */
const char *dial_plan_walk_key(const sj_list_link *link);

/* The index of the patterns of that kind. */
struct digit_analysis *dial_plan_digits(const struct dial_plan *plan, enum digit_kind kind);
/* Takes a record of a kind of pattern that has one, also when it fails. */
int dial_plan_put_pattern(struct dial_plan *plan, enum digit_kind kind, const char *pattern,
                          const char *partition, bool urgent, void *record, sj_error *error);
void dial_plan_remove_pattern(struct dial_plan *plan, enum digit_kind kind, const char *pattern,
                              const char *partition);

/* By the key of the record, "NUMBER@PARTITION"; NULL when it is not configured. */
const sj_directory_number *dial_plan_directory_number(const struct dial_plan *plan,
                                                      const char *key);

/* The same of a hunt pilot, by its pattern and partition. */
const sj_hunt_pilot *dial_plan_hunt_pilot(const struct dial_plan *plan, const char *pattern,
                                          const char *partition);

/* "USER@HOST", the host in capital or small letters; NULL when it is not configured. `any_case`:
 * its user part, too. Where several differ in case alone one whose user part has these letters
 * counts, and of those the first in the order of their keys, as it is advertised and logs in. */
const sj_directory_uri *dial_plan_directory_uri(const struct dial_plan *plan, const char *uri,
                                                bool any_case);

/* The key of the directory number that is a user's primary extension; false: there is none. */
bool dial_plan_extension_of(const struct dial_plan *plan, const char *user_id, char key[130]);

/* The number that the key of a directory number names: "\\+4420@UK" is +4420. Cut where it has no
 * room. */
void dial_plan_number_of_key(const char *key, char *number, size_t room);

/* Cuts "first@second" (or "first") into its two parts; false when a part is too long to be one. */
bool dial_plan_split_key(const char *key, char first[128], char second[128]);

#endif
