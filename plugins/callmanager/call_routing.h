/* Who calls, and where the call goes. */
#ifndef CALLMANAGER_CALL_ROUTING_H
#define CALLMANAGER_CALL_ROUTING_H

#include "trunk.h"

enum { CALL_TARGETS_MAX = 64 };

/* A phone of ours, or a trunk. */
typedef struct call_origin {
    device *device; /* NULL for a trunk */
    device_line *line;
    trunk_caller trunk;
    calling_search_spaces spaces;
    char number[DIGITS_MAX];
    char name[CALL_NAME];
} call_origin;

/* Finds out who sent an INVITE. False when it may not call: the request has been answered. */
bool call_identify(call_manager *manager, const sip_message *request, const sip_flow *flow, call_origin *origin);

/* Digit analysis from that origin. SJ_OK or SJ_E_NO_MEMORY. */
int call_analyse(call_manager *manager, const call_origin *origin, const char *digits, number_route *route);

/* What an analysed number leads to. Returns the number of targets; with 0, *status and `reason` say what to answer. */
size_t call_targets(call_manager *manager, const call_origin *origin, const number_route *route, call_target *targets,
                    int *status, sj_error *reason);

/* The origin that a phone or trunk of that name would be, for route.test. */
int call_origin_by_name(call_manager *manager, const char *name, call_origin *origin, sj_error *error);

#endif
