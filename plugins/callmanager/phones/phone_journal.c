/* The journal of phones: their notes in one block each, written one behind the other. No input or
 * output. */
#include "phones/phone_journal.h"
#include "sip/sip_flow.h"

#include <stdlib.h>
#include <string.h>

/* Of each kind the newest so many are kept. */
static const unsigned most[JOURNAL_KINDS] = {4, JOURNAL_NOTES_MAX, 2, 1};

struct journal_phone {
    sj_map_link by_name, by_address;
    sj_list_link used;
    sj_address address; /* of family 0: it is not in the map */
    char *notes;        /* the oldest first, each a head and its text */
    uint16_t length;
    bool known;
    char name[];
};

/* Before the text of a note. */
struct head {
    int64_t at_ms;
    uint16_t times;
    uint8_t kind, length;
};

enum { HEAD = 8 + 2 + 1 + 1 };

static struct head read_head(const char *at) {
    struct head head;
    memcpy(&head.at_ms, at, 8);
    memcpy(&head.times, at + 8, 2);
    head.kind = (uint8_t)at[10];
    head.length = (uint8_t)at[11];
    return head;
}

static void write_head(char *at, struct head head) {
    memcpy(at, &head.at_ms, 8);
    memcpy(at + 8, &head.times, 2);
    at[10] = (char)head.kind;
    at[11] = (char)head.length;
}

static struct journal_phone *find(const struct phone_journal *journal, const char *name) {
    SJ_MAP_EACH_OF(phone, &journal->by_name, sj_hash_keyed_text(name), struct journal_phone,
                   by_name) {
        if (strcmp(phone->name, name) == 0) {
            return phone;
        }
    }
    return NULL;
}

static size_t bytes_of(const struct journal_phone *phone) {
    return sizeof *phone + strlen(phone->name) + 1 + phone->length;
}

static void leave_address(struct phone_journal *journal, struct journal_phone *phone) {
    if (phone->address.any.sa_family != AF_UNSPEC) {
        (void)sj_map_remove(&journal->by_address, &phone->by_address);
        phone->address.any.sa_family = AF_UNSPEC;
    }
}

static void forget(struct phone_journal *journal, struct journal_phone *phone) {
    leave_address(journal, phone);
    (void)sj_map_remove(&journal->by_name, &phone->by_name);
    sj_list_remove(&phone->used);
    journal->counts[phone->known]--;
    journal->bytes -= bytes_of(phone);
    free(phone->notes);
    free(phone);
}

/* Heard of now; others give way when there are too many. */
static void use(struct phone_journal *journal, struct journal_phone *phone, bool known) {
    if (sj_list_linked(&phone->used)) {
        sj_list_remove(&phone->used);
        journal->counts[phone->known]--;
    }
    phone->known = phone->known || known;
    sj_list_add_last(&journal->phones[phone->known], &phone->used);
    journal->counts[phone->known]++;
    if (journal->counts[phone->known] > (phone->known ? JOURNAL_PHONES : JOURNAL_STRANGERS)) {
        forget(journal,
               SJ_OWNER(sj_list_first(&journal->phones[phone->known]), struct journal_phone, used));
    }
}

static struct journal_phone *find_or_add(struct phone_journal *journal, const char *name,
                                         bool known) {
    struct journal_phone *phone = find(journal, name);
    if (phone == NULL) {
        const size_t length = strlen(name) + 1;
        phone = calloc(1, sizeof *phone + length);
        if (phone == NULL) {
            return NULL;
        }
        memcpy(phone->name, name, length);
        sj_map_add(&journal->by_name, &phone->by_name, sj_hash_keyed_text(name));
        journal->bytes += bytes_of(phone);
    }
    use(journal, phone, known);
    return phone;
}

static void cut_out(struct journal_phone *phone, size_t at) {
    const size_t bytes = HEAD + read_head(phone->notes + at).length;
    memmove(phone->notes + at, phone->notes + at + bytes, phone->length - at - bytes);
    phone->length = (uint16_t)(phone->length - bytes);
}

/* Where the oldest note of the kind is, and how many there are; the first of all when there is
 * none.
 */
static size_t find_oldest(const struct journal_phone *phone, enum journal_kind kind,
                          unsigned *count) {
    size_t oldest = 0;
    *count = 0;
    for (size_t at = 0; at < phone->length; at += HEAD + read_head(phone->notes + at).length) {
        if (read_head(phone->notes + at).kind == kind) {
            oldest = (*count)++ == 0 ? at : oldest;
        }
    }
    return oldest;
}

/* Takes the oldest notes out until one more of the kind and length has room: files first, which are
 * the most. */
static void make_room(struct journal_phone *phone, enum journal_kind kind, size_t length) {
    unsigned count;
    const size_t oldest = find_oldest(phone, kind, &count);
    if (count == most[kind]) {
        cut_out(phone, oldest);
    }
    while (phone->length + HEAD + length > JOURNAL_ROOM) {
        cut_out(phone, find_oldest(phone, JOURNAL_FILE, &count));
    }
}

/* The last note of the kind, when it says the same: at the same place with the time and count of
 * now. */
static bool count_again(struct journal_phone *phone, struct head head, const char *text) {
    size_t last = phone->length;
    for (size_t at = 0; at < phone->length; at += HEAD + read_head(phone->notes + at).length) {
        last = read_head(phone->notes + at).kind == head.kind ? at : last;
    }
    if (last == phone->length || read_head(phone->notes + last).length != head.length ||
        memcmp(phone->notes + last + HEAD, text, head.length) != 0) {
        return false;
    }
    const uint16_t times = read_head(phone->notes + last).times;
    head.times = times == UINT16_MAX ? times : (uint16_t)(times + 1);
    write_head(phone->notes + last, head);
    return true;
}

void phone_journal_note(struct phone_journal *journal, const char *name, bool known,
                        enum journal_kind kind, int64_t at_ms, const char *text) {
    const size_t given = strlen(text), length = given < JOURNAL_TEXT ? given : JOURNAL_TEXT - 1;
    const struct head head = {at_ms, 1, (uint8_t)kind, (uint8_t)length};
    struct journal_phone *phone = find_or_add(journal, name, known);
    if (phone == NULL || count_again(phone, head, text)) {
        return;
    }
    journal->bytes -= bytes_of(phone);
    make_room(phone, kind, length);
    char *grown = realloc(phone->notes, phone->length + HEAD + length);
    if (grown != NULL) {
        write_head(grown + phone->length, head);
        memcpy(grown + phone->length + HEAD, text, length);
        phone->notes = grown;
        phone->length = (uint16_t)(phone->length + HEAD + length);
    }
    journal->bytes += bytes_of(phone);
}

size_t phone_journal_read(const struct phone_journal *journal, const char *name,
                          enum journal_kind kind, struct journal_note notes[JOURNAL_NOTES_MAX]) {
    const struct journal_phone *phone = find(journal, name);
    size_t count = 0;
    for (size_t at = 0; phone != NULL && at < phone->length;) {
        const struct head head = read_head(phone->notes + at);
        if (head.kind == kind && count < JOURNAL_NOTES_MAX) {
            memmove(notes + 1, notes, count * sizeof *notes);
            notes[0].at_ms = head.at_ms;
            notes[0].times = head.times;
            memcpy(notes[0].text, phone->notes + at + HEAD, head.length);
            notes[0].text[head.length] = '\0';
            count++;
        }
        at += HEAD + head.length;
    }
    return count;
}

void phone_journal_at(struct phone_journal *journal, const char *name, const sj_address *address) {
    struct journal_phone *phone = find(journal, name);
    if (phone != NULL && !sip_same_host(&phone->address, address)) {
        leave_address(journal, phone);
        phone->address = *address;
        sj_map_add(&journal->by_address, &phone->by_address, sip_host_hash(address));
    }
}

const char *phone_journal_name_at(const struct phone_journal *journal, const sj_address *address) {
    const char *name = NULL;
    SJ_MAP_EACH_OF(phone, &journal->by_address, sip_host_hash(address), struct journal_phone,
                   by_address) {
        if (sip_same_host(&phone->address, address)) {
            if (name != NULL) {
                return NULL;
            }
            name = phone->name;
        }
    }
    return name;
}

void phone_journal_free(struct phone_journal *journal) {
    for (size_t i = 0; i < 2; i++) {
        for (sj_list_link *first; (first = sj_list_first(&journal->phones[i])) != NULL;) {
            forget(journal, SJ_OWNER(first, struct journal_phone, used));
        }
    }
    sj_map_clear(&journal->by_name);
    sj_map_clear(&journal->by_address);
}
