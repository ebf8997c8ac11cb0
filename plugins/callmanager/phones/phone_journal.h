/* What was observed of each phone lately, kept until the service stops: where it was registered and
 * why that ended, the files it asked for, its alarms, the trust list it holds. In little room: a
 * phone of which there is nothing to tell takes none. No input or output. */
#ifndef CALLMANAGER_PHONE_JOURNAL_H
#define CALLMANAGER_PHONE_JOURNAL_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>
#include <sojourn/net.h>

enum journal_kind {
    JOURNAL_REGISTRATION, /* one that has ended or was refused */
    JOURNAL_FILE,
    JOURNAL_ALARM,
    JOURNAL_TRUST, /* lists of trust, as the phone says */
    JOURNAL_KINDS
};

enum {
    JOURNAL_NOTES_MAX = 6,   /* of one kind, the newest */
    JOURNAL_TEXT = 200,      /* with the NUL; what is longer is cut */
    JOURNAL_ROOM = 768,      /* bytes of all notes of one phone */
    JOURNAL_PHONES = 65536,  /* those not heard of for longest give way; and, */
    JOURNAL_STRANGERS = 1024 /* of names that have shown nothing, so many */
};

/* Zeroed: empty. */
struct phone_journal {
    sj_map by_name, by_address;
    sj_list_head phones[2]; /* strangers and phones, the one heard of last at the end */
    size_t counts[2];
    size_t bytes; /* asked for by all of it, buckets aside */
};

struct journal_note {
    int64_t at_ms;  /* wall clock; of the last time */
    unsigned times; /* so often in a row */
    char text[JOURNAL_TEXT];
};

void phone_journal_free(struct phone_journal *journal);

/* Notes it; without memory nothing is noted. `known`: it is a phone that has registered here, or
 * has a file; it stays one. The same text again only counts. */
void phone_journal_note(struct phone_journal *journal, const char *name, bool known,
                        enum journal_kind kind, int64_t at_ms, const char *text);
/* The newest first; returns how many. */
size_t phone_journal_read(const struct phone_journal *journal, const char *name,
                          enum journal_kind kind, struct journal_note notes[JOURNAL_NOTES_MAX]);

/* The phone asks for its own file from there, ... */
void phone_journal_at(struct phone_journal *journal, const char *name, const sj_address *address);
/* ... so that what is asked for from there is this phone's, unless others ask from there as well:
 * then NULL. */
const char *phone_journal_name_at(const struct phone_journal *journal, const sj_address *address);

#endif
