/* Reads the alarms that phones send, before they register as well: in the body of a REFER
 * (application/x-cisco-alarm+xml) and in the Reason of a REGISTER. Pure. */
#ifndef CALLMANAGER_PHONE_ALARM_H
#define CALLMANAGER_PHONE_ALARM_H

#include "sip/sip_text.h"

enum { ALARM_TEXT = 200 };

struct phone_alarm {
    char name[80];         /* "LastOutOfServiceInformation"; "" when it has none */
    char device_name[80];  /* as the phone says; or "" */
    bool trust;            /* it tells the trust lists that the phone holds */
    char text[ALARM_TEXT]; /* what it says, in one line of printable characters; cut */
};

void phone_alarm_read(struct sip_text body, struct phone_alarm *alarm);
/* The alarm of a Reason, without the phone's name: "cisco-alarm:23 ... Last=reset-restart". False:
 * there is none. */
bool phone_alarm_of_reason(struct sip_text reason, char text[ALARM_TEXT]);

#endif
