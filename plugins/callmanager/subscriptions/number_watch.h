/* Which directory number a phone may watch: one of its own lines, or one within reach of its
 * SUBSCRIBE Calling Search Space whose presence group lets it; and which park number: one within
 * that reach. Reads the store. */
#ifndef CALLMANAGER_NUMBER_WATCH_H
#define CALLMANAGER_NUMBER_WATCH_H

#include "subscriptions/event_package.h"

/* Judges the number in the request URI; see event_package.h. */
void number_watch_judge(struct call_manager *manager, struct registration *phone,
                        const struct sip_message *request, struct watch_verdict *verdict);
/* Judges anew what is subscribed to. */
void number_watch_judge_again(const struct subscription *subscription, struct device *device,
                              struct watch_verdict *verdict);
/* Judges a number that a speed dial with Busy Lamp Field calls: its presence group does not count,
 * since an administrator has given the key. */
void number_watch_judge_key(struct call_manager *manager, const struct device *device,
                            const char *digits, struct watch_verdict *verdict);

#endif
