/* Who calls, and where the call goes. */
#ifndef CALLMANAGER_CALL_ROUTING_H
#define CALLMANAGER_CALL_ROUTING_H

#include "calls/trunk.h"
#include "phones/device.h"

enum { CALL_TARGETS_MAX = 64 };

/* A phone of ours, or a trunk. */
typedef struct call_origin {
    device *device; /* NULL for a trunk */
    device_line *line;
    trunk_caller trunk;
    calling_search_spaces spaces;
    char number[DIGITS_MAX];
    char name[CALL_NAME];
    bool forwarded;        /* a number sends the call on: neither device nor trunk, but what is known of the caller */
    char mask[52];         /* forwarded: external phone number mask of the caller's line */
    char device_name[130]; /* forwarded: the caller's phone */
} call_origin;

/* Finds out who sent an INVITE. False when it may not call: the request has been answered. */
bool call_identify(call_manager *manager, const sip_message *request, const sip_flow *flow, call_origin *origin);

/* Digit analysis from that origin. SJ_OK or SJ_E_NO_MEMORY. */
int call_analyse(call_manager *manager, const call_origin *origin, const char *digits, number_route *route);

/* What an analysed number leads to. Returns the number of targets; with 0, *status and `reason` say what to answer. */
size_t call_targets(call_manager *manager, const call_origin *origin, const number_route *route, call_target *targets,
                    int *status, sj_error *reason);

/* Whether it counts as external where numbers forward calls. */
bool call_origin_is_external(const call_origin *origin);

/* The phones with that directory number that can be rung; the caller's own is left out. Fills what is known of all. */
size_t call_phone_targets(call_manager *manager, const char *directory_number, const char *caller_device, call_target *targets,
                          number_reach *phones);
/* Why none of them can be, in words. */
void call_phones_explain(const number_reach *phones, const char *digits, sj_error *reason);

/* The origin that a phone or trunk of that name would be, for route.test. */
int call_origin_by_name(call_manager *manager, const char *name, call_origin *origin, sj_error *error);

#endif
