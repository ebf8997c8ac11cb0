/* The records of which this cluster states what they say, one kind of them like the other. */
#ifndef ILS_OWN_RECORDS_H
#define ILS_OWN_RECORDS_H

#include "ils.h"

/* Where several make the same, the first of them counts: own records before imported ones. */
enum ils_source {
    ILS_OWN_URI,
    ILS_OWN_NUMBER,
    ILS_OWN_PATTERN,
    ILS_IMPORTED_URI,
    ILS_IMPORTED_NUMBER,
    ILS_IMPORTED_PATTERN,
    ILS_SOURCES,
};

enum { ILS_RECORD_ROOM = 160, ILS_RECORD_KEY = 256 };

/* What a record says; its texts are the record's. */
struct ils_said {
    bool advertised;      /* it is for others */
    const char *catalog;  /* to which imported one it belongs; "": it is own */
    struct ils_fact fact; /* but for key and route */
};

const sj_resource_meta *ils_source_meta(enum ils_source source);
/* Which records they are, by the name of their resource; ILS_SOURCES: none of them. */
enum ils_source ils_source_of(const char *resource);
static inline bool ils_source_is_imported(enum ils_source source) {
    return source >= ILS_IMPORTED_URI;
}

void ils_record_key(enum ils_source source, const void *record, char key[ILS_RECORD_KEY]);
void ils_record_says(enum ils_source source, const void *record, struct ils_said *said);
/* What a record makes goes by its key alone, so that it is known of one that is gone. SJ_OK, or
 * SJ_E_INVALID with a sentence: it makes nothing. */
int ils_record_makes(enum ils_source source, const char *record_key, enum ils_kind *kind,
                     char key[ILS_KEY_MAX + 1], sj_error *error);
/* "the directory URI anna@example.com", "8001 of the catalog Old PBX". */
void ils_record_title(enum ils_source source, const char *record_key, const char *catalog,
                      char title[ILS_RECORD_ROOM]);

#endif
