/* What happens when a softkey is pressed. */
#ifndef CALLMANAGER_SOFTKEY_ANSWERS_H
#define CALLMANAGER_SOFTKEY_ANSWERS_H

#include "enums/device.h"

#include <stdbool.h>

struct softkey_answer {
    bool refused;     /* by this node: */
    const char *text; /* how the phone does it, or what it is answered */
};

struct softkey_answer softkey_answer(sj_softkey_key key);

#endif
