/* Makes a live device anew when what it was made from has changed. */
#ifndef EM_REFRESH_H
#define EM_REFRESH_H

#include "em.h"

/* Makes the phone what it should be now: with the session on it, its logout profile, or as it is
 * configured. Writes only what differs; with `notify` the phone is notified to read its file when
 * that differs. */
void em_device_refresh(struct em *em, const char *device_name, bool notify);

#endif
