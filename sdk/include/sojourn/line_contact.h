/* What a line of a phone is called in SIP: the user part of its contact. The phone's file gives
 * each line one of its own, the phone registers with that of its first line, and a call to a line
 * names that line's. It says nothing of the number, and is the same after each restart of phone or
 * node, so that a call finds its line whenever the phone has read its file. */
#ifndef SOJOURN_LINE_CONTACT_H
#define SOJOURN_LINE_CONTACT_H

#ifdef __cplusplus
extern "C" {
#endif

enum { SJ_LINE_CONTACT_ROOM = 37 };

/* In the form of a UUID (RFC 9562, version 8): "6270f0fa-80fe-849f-bad3-e61eb3cf9a16".
 * `directory_number` is the key of the line's number, "4001@Phones". Any thread; nothing fails. */
void sj_line_contact(const char *device_name, const char *directory_number,
                     char contact[SJ_LINE_CONTACT_ROOM]);

#ifdef __cplusplus
}
#endif

#endif
