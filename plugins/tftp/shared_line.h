/* Directory numbers that several devices have: which devices those are. A device has the lines of
 * its live device while a user is logged in, else its own. Reads the store. */
#ifndef SJ_TFTP_SHARED_LINE_H
#define SJ_TFTP_SHARED_LINE_H

#include <sojourn/sojourn.h>

/* Calls `found` with each device that has the directory number ("4001@Phones") as a line. */
void shared_line_each(sj_scope *scope, const char *directory_number,
                      void (*found)(void *user, const char *device), void *user);

/* Whether another device than this one has it. */
bool shared_line_is(sj_scope *scope, const char *device, const char *directory_number);

#endif
