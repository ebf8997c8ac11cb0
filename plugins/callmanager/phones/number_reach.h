/* Where a directory number can be reached: the lines of registered phones that can be rung now.
 * This is what calls ask of the phones. */
#ifndef CALLMANAGER_NUMBER_REACH_H
#define CALLMANAGER_NUMBER_REACH_H

#include "phones/device.h"

struct call_manager;

/* The phones that have the number, at this moment. */
struct number_reach {
    size_t registered;  /* all of them, the caller's own too */
    size_t free;        /* those that can be rung */
    size_t undisturbed; /* those that refuse by Do Not Disturb */
    size_t logged_out;  /* those that are logged out of their hunt groups */
    size_t calls;       /* on all of them */
};

/* Which phones count. */
enum reach_of { REACH_ALL, REACH_HUNTED /* those logged out of their hunt groups are not free */ };

/* The phones that are not registered among those that are taken to be. Zeroed: none. */
struct assumed_phones {
    struct device **list; /* owned; in their lines no registration is */
    size_t count, room;
};

/* Who asks, and how the phones are to count. */
struct reach_query {
    const char *caller_device; /* which is left out of the phones that can be rung */
    enum reach_of which;
    struct assumed_phones *assumed; /* as if each phone with the number were registered and free;
                                       those that are not registered are added. NULL: as they are */
};

/* Counts the phones with that directory number and lists the lines that can be rung, at most `room`
 * of them. The lines stay valid until a phone or its configuration changes, or the assumed phones
 * are cleared. */
struct number_reach number_reach_find(struct call_manager *manager, const char *directory_number,
                                      const struct reach_query *query,
                                      const struct device_line **lines, size_t room);
void assumed_phones_clear(struct assumed_phones *assumed);

#endif
