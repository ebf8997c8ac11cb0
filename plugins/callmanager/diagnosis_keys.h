/* Which softkeys would be refused whatever calls there are, by what a phone and each of its lines
 * have: asked of the features themselves. */
#ifndef CALLMANAGER_DIAGNOSIS_KEYS_H
#define CALLMANAGER_DIAGNOSIS_KEYS_H

#include "core/call_manager.h"
#include "enums/device.h"

#include <sojourn/base/text.h>

enum { SOFTKEYS = SJ_SOFTKEY_KEY_RECORD + 1 };

/* Of one softkey. Zeroed: nobody has looked. */
struct key_judgement {
    size_t lines;   /* on which it is refused */
    sj_text reason; /* why, and on which of several lines; the caller clears it */
};

/* Looks at all lines of the phone, as a login has them or as it is configured. Returns how many
 * there are; 0 too where there is no such phone. */
size_t diagnosis_keys_judge(struct call_manager *manager, const char *device_name,
                            struct key_judgement keys[SOFTKEYS]);

#endif
