/* Places in messages: PIDF-LO (RFC 4119, RFC 5139) written from a civic address, and read into one.
 * Pure.
 *
 * Written is the civic address of RFC 5139, in which the street stands as RD; read is that and the
 * older one of RFC 4119, in which it is A6. A document type declaration is not read at all, so that
 * a document can refer to nothing outside itself. */
#ifndef CALLMANAGER_PIDF_LO_H
#define CALLMANAGER_PIDF_LO_H

#include "parts/civic_address.h"
#include "resources/geolocation_filter.h"

#include <sojourn/xml_text.h>

enum { PIDF_LO_MAX = 32768 };

struct pidf_lo_about {
    const char *entity; /* "sip:4001@192.0.2.1": whose place it is */
    const char *id;     /* names the tuple; begins with a letter */
    int64_t now_ms;
};

/* A place with the memory of its words. */
struct pidf_lo_place {
    sj_civic_address address;
    char words[4096];
};

/* Keeps the fields that a filter (NULL: all) lets through. False when nothing is left. */
bool pidf_lo_reduce(const sj_civic_address *address, const sj_geolocation_filter *filter,
                    sj_civic_address *reduced);
/* Whether any field is given. */
bool pidf_lo_given(const sj_civic_address *address);
/* "GB, London, Cheapside": in words, cut to the room. */
void pidf_lo_words(const sj_civic_address *address, char *words, size_t room);

void pidf_lo_write(sj_xml_text *text, const sj_civic_address *address,
                   const struct pidf_lo_about *about);

/* False with a sentence when it is no location document. A place that it gives otherwise than in
 * words leaves the address empty. */
bool pidf_lo_read(const char *document, size_t length, struct pidf_lo_place *place,
                  const char **why);

#endif
