/* What a Cisco phone sends when a softkey is pressed that the call manager serves: RemoteCC, the
 * body of a REFER. Pure. */
#ifndef CALLMANAGER_SOFTKEY_EVENT_H
#define CALLMANAGER_SOFTKEY_EVENT_H

#include "sip/refer.h"

struct softkey_event {
    char key[40];                  /* "Park" */
    struct sip_replaces dialog;    /* the call that it is pressed in; the to-tag is the phone's */
    struct sip_replaces consulted; /* another one that it is to be put together with; empty */
    unsigned conference;           /* of a page with who is in a conference: which one */
    char choice[20];               /* and what was chosen there: a key's word, or a number */
};

/* Pages that a phone is sent (remote_control_ask) are of this application, and parts of this type;
 * so is what it sends when one of their keys is pressed. */
#define SOFTKEY_APPLICATION "2"
#define SOFTKEY_PAGE_TYPE "application/x-cisco-remotecc-cm+xml"
#define CONFERENCE_APPLICATION "1"     /* the page with who is in a conference */
#define CONFERENCE_PAGE "ConfListPage" /* `key` of what is chosen there */
#define CONFERENCE_REMOVE "Remove"
#define CONFERENCE_UPDATE "Update"
/* The words of keys of other pages: `key` of the event. */
#define CALL_BACK_DIAL "CallBackDial"
#define CALL_BACK_CANCEL "CallBackCancel"

/* False: the body is none of a softkey, or its dialog cannot be read. A key that belongs to no call
 * has an empty Call-ID. */
bool softkey_event_read(struct sip_text content_type, struct sip_text body,
                        struct softkey_event *event);

#endif
