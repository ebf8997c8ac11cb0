/* Calls of visitors that take bandwidth here, by those who have asked for it: they end with the
 * session, whatever becomes of whoever asked, and a phone has so many at the most. Pure. */
#ifndef EM_VISITOR_CALLS_H
#define EM_VISITOR_CALLS_H

#include <sojourn/base/map.h>

#include "em.h"

enum {
    EM_VISITOR_CALLS_MOST = 32, /* of one phone */
    EM_OWNER_MOST = 255,        /* letters of who asks, without its cluster */
    EM_OWNER_ROOM = EM_OWNER_MOST + 66,
    EM_INSTANCE_ROOM = 65,
    EM_CALL_ID_ROOM = 129
};

struct em_visitor_calls {
    sj_map owners, by_device;
};

/* Whose call it is: CLUSTER/NODE, its present life, its name for the call. */
struct em_visitor_call_key {
    const char *owner, *instance, *call_id;
};

enum em_visitor_call_added {
    EM_VISITOR_CALL_ADDED,
    EM_VISITOR_CALL_KNOWN,
    EM_VISITOR_CALL_TOO_MANY,
    EM_VISITOR_CALL_NO_MEMORY
};

/* `other_device`: the other party's phone when that is a visitor's, too; else "". An owner who
 * comes as another instance has lost its calls. */
enum em_visitor_call_added em_visitor_calls_add(struct em_visitor_calls *calls,
                                                const struct em_visitor_call_key *key,
                                                const char *device_name, const char *other_device);
/* One of its calls is over; one that is not known is. */
void em_visitor_calls_remove(struct em_visitor_calls *calls, const char *owner,
                             const char *call_id);
/* All of its calls are. */
void em_visitor_calls_forget(struct em_visitor_calls *calls, const char *owner);
/* A call in which the phone takes part, until there is none (false); what `key` names is borrowed
 * until something else is asked. */
bool em_visitor_calls_of(const struct em_visitor_calls *calls, const char *device_name,
                         struct em_visitor_call_key *key);
void em_visitor_calls_clear(struct em_visitor_calls *calls);

#endif
