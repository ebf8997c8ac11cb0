/* What a phone reports of its keys (RFC 4730): application/kpml-response+xml. Pure. */
#ifndef CALLMANAGER_KPML_REPORT_H
#define CALLMANAGER_KPML_REPORT_H

#include "sip/sip_message.h"

enum { KPML_DIGITS = 32 };

struct kpml_report {
    unsigned code;                /* 200: digits follow; 423: none came; 4xx, 5xx otherwise */
    char digits[KPML_DIGITS + 1]; /* 0-9, *, #, A-D; "" for none */
};

/* False: it is no such document, or its digits are none, or more than KPML_DIGITS. */
bool kpml_report_read(struct sip_text body, struct kpml_report *report);

#endif
