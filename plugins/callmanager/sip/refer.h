/* What a REFER asks for (RFC 3515, RFC 4488), and which dialog is to be replaced (RFC 3891). Pure.
 */
#ifndef CALLMANAGER_REFER_H
#define CALLMANAGER_REFER_H

#include "sip/sip_address.h"
#include "sip/sip_message.h"

/* A dialog, as the one who is asked to replace it knows it: the to-tag is that end's own. */
struct sip_replaces {
    char call_id[256], to_tag[128], from_tag[128];
    bool early_only;
};

struct sip_refer {
    struct sip_uri target; /* whom to call */
    bool attended;         /* by replacing a dialog with the target: */
    struct sip_replaces replaces;
    bool silent; /* how it goes on is not to be told (Refer-Sub: false) */
};

/* The value of a Replaces header. False when it is malformed or too long. */
bool sip_replaces_parse(struct sip_text value, struct sip_replaces *replaces);
/* NULL, or why the REFER cannot be understood; *status is then what to answer. */
const char *sip_refer_read(const struct sip_message *request, struct sip_refer *refer, int *status);

#endif
