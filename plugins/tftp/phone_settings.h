/* The settings of phones that the enterprise, the common phone profile and the phone itself may
 * say: which of them counts. */
#ifndef SJ_TFTP_PHONE_SETTINGS_H
#define SJ_TFTP_PHONE_SETTINGS_H

#include <sojourn/sojourn.h>

#include "phone_document.h"
#include "resources/common_phone_profile.h"
#include "resources/phone.h"

enum { PHONE_SETTINGS = 6 };

struct phone_setting {
    const char *title;  /* "Web Access" */
    const char *source; /* whose setting counts, in words */
    bool set;           /* somebody has said it: else the phone does as it does by itself */
    bool enabled;
    struct document_setting element; /* as it stands in the phone's file */
};

/* The settings in the order of the file. The phone's own counts before the common phone profile's,
 * and that before the enterprise's; of those settings that a profile always says the enterprise's
 * counts where the profile does not override it. `phone` NULL: a phone of another cluster. */
void phone_settings_read(sj_scope *scope, const sj_common_phone_profile *profile,
                         const sj_phone *phone, struct phone_setting settings[PHONE_SETTINGS]);

/* Answers what the settings of a phone are and where they come from. */
bool phone_settings_open(sj_scope *scope, sj_error *error);

#endif
