/* Who calls, and where the call goes. */
#ifndef CALLMANAGER_CALL_ROUTING_H
#define CALLMANAGER_CALL_ROUTING_H

#include "calls/trunk.h"
#include "phones/device.h"

enum { CALL_TARGETS_MAX = 64 };

/* Somebody asks what a call would do. */
struct call_inquiry {
    struct course *course;          /* may be NULL */
    struct assumed_phones *assumed; /* phones count as registered and free, and those that are not
                                       registered stand here; NULL: as they are */
    int64_t utc_s;                  /* when the call is made; 0: now */
    const char *const *without_bandwidth; /* devices to which there is too little */
    size_t without_bandwidth_count;
    bool by_keys; /* the digits come one after the other */
};

/* A phone of ours, or a trunk. */
struct call_origin {
    struct device *device; /* NULL for a trunk */
    struct device_line *line;
    struct trunk_caller trunk;
    struct calling_search_spaces spaces;
    char number[DIGITS_MAX];
    char name[CALL_NAME];
    char uri[DIRECTORY_URI]; /* directory URI of the caller; "" for none */
    bool verified;           /* who it is: a phone of ours, or a far side that is trusted says so */
    bool forwarded; /* a number sends the call on: neither device nor trunk, but what is known of
                       the caller */
    char mask[52];  /* forwarded: external phone number mask of the caller's line */
    char device_name[130];              /* forwarded: the caller's phone */
    bool external;                      /* forwarded: the caller counts as external */
    bool from_trunk;                    /* forwarded: the call came in over one */
    const struct call_inquiry *inquiry; /* NULL: it is a call */
};

/* Finds out who sent an INVITE. False when it may not call: the request has been answered. */
bool call_identify(struct call_manager *manager, const struct sip_message *request,
                   const struct sip_flow *flow, struct call_origin *origin);

/* What digit analysis has to know of that origin. */
struct number_caller call_number_caller(const struct call_manager *manager,
                                        const struct call_origin *origin);

/* What an analysed number leads to that is none of this cluster. Returns the number of targets;
 * with 0, *status and `reason` say what to answer. */
size_t call_targets(struct call_manager *manager, const struct call_origin *origin,
                    const struct number_route *route, struct call_target *targets, int *status,
                    sj_error *reason);

/* Whether it counts as external where numbers forward calls. */
bool call_origin_is_external(const struct call_origin *origin);
/* Whether the call came in over a trunk. */
bool call_origin_is_trunk(const struct call_origin *origin);

/* The phones with that directory number that can be rung, at most `room` of them and
 * CALL_TARGETS_MAX. Fills what is known of all. */
size_t call_phone_targets(struct call_manager *manager, const char *directory_number,
                          const struct reach_query *query, struct call_target *targets, size_t room,
                          struct number_reach *phones);
/* The line as a target, whether it can be rung now or not. */
void call_line_target(const struct device_line *line, struct call_target *target);
/* The phone that a target is; NULL: it is a trunk, or the phone is not registered any more. */
const struct device *call_target_phone(const struct call_manager *manager,
                                       const struct call_target *target);
/* Why none of them can be, in words. */
void call_phones_explain(const struct number_reach *phones, const char *digits, sj_error *reason);

/* The caller's device, which is never rung by its own call; "" for trunks. */
const char *call_origin_device(const struct call_origin *origin);

/* The origin that a phone or trunk of that name would be; "" is the phone's first line. */
int call_origin_by_name(struct call_manager *manager, const char *name, const char *line,
                        struct call_origin *origin, sj_error *error);
/* The origin that a party of a call is: what it may reach. */
int call_origin_of_party(struct call_manager *manager, const struct call_leg *party,
                         struct call_origin *origin, sj_error *error);
/* The origin of a traveller's call that comes back over the PSTN access trunk for that phone.
 * `cluster_id`: of a user of that cluster, who must be logged in there; "" of anybody. */
int call_origin_returned(struct call_manager *manager, const char *device_name,
                         const char *cluster_id, struct call_origin *origin, sj_error *error);
/* The origin of a call that comes from a remote cluster. */
int call_origin_from_cluster(struct call_manager *manager, const char *cluster_id,
                             struct call_origin *origin, sj_error *error);

#endif
