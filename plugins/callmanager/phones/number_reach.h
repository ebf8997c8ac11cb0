/* Where a directory number can be reached: the lines of registered phones that can be rung now.
 * This is what calls ask of the phones. */
#ifndef CALLMANAGER_NUMBER_REACH_H
#define CALLMANAGER_NUMBER_REACH_H

#include <stddef.h>

struct call_manager;
struct device_line;

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

/* Counts the phones with that directory number and lists the lines that can be rung, at most `room`
 * of them. The phone `caller_device` is left out of these. The lines stay valid until a phone or
 * its configuration changes. */
struct number_reach number_reach_find(struct call_manager *manager, const char *directory_number,
                                      const char *caller_device, enum reach_of which,
                                      const struct device_line **lines, size_t room);

#endif
