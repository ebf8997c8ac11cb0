/* Call back: a Cisco phone whose call was not answered is told when the number that it called is
 * free, and calls it again. One for each line; it stands for the number of the caller, wherever
 * that is registered, and lasts as long as nobody uses or cancels it, for three hours at most. Kept
 * in memory: the end of the service is its end. */
#ifndef CALLMANAGER_CALL_BACK_H
#define CALLMANAGER_CALL_BACK_H

#include "calls/call.h"
#include "phones/registration_table.h"

struct call_backs;

/* NULL: no memory. */
struct call_backs *call_backs_open(struct call_manager *manager);
void call_backs_free(struct call_backs *all);

/* Why CallBack is refused on every call of a phone, a Cisco phone or not; NULL: it is not. */
const char *call_back_hindrance(struct call_manager *manager, bool cisco);

/* ---- keys: 0, or the status with which they are refused: *why says why ---- */
/* CallBack, in a call that rings (`leg`) or after one that was not answered; without any it shows
 * what is active. */
int call_back_press(struct call_manager *manager, const struct registration *phone,
                    struct call_leg *leg, const char **why);
/* The keys of the page that the phone was sent. */
int call_back_dial(struct call_manager *manager, const struct registration *phone,
                   struct call_leg *leg, const char **why);
int call_back_cancel(struct call_manager *manager, const struct registration *phone,
                     struct call_leg *leg, const char **why);

/* ---- what happens meanwhile ---- */
/* The call ends with that status: one that was not answered may be called back soon, one that was
 * needs no call back any more. */
void call_back_note(const struct call *call, int status);
/* Calls or phones of a directory number have changed. Sends nothing at once. */
void call_back_number_changed(struct call_manager *manager, const char *directory_number);
/* It is not configured any more. */
void call_back_number_removed(struct call_manager *manager, const char *directory_number);

#endif
