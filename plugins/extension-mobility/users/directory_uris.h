/* The directory URIs of this cluster by what is typed for them: with small letters for capital ones
 * and the reverse, where the enterprise parameter URI Lookup Policy says so. */
#ifndef EM_DIRECTORY_URIS_H
#define EM_DIRECTORY_URIS_H

#include <sojourn/base/map.h>
#include <sojourn/sojourn.h>

#include "resources/ils.h"

struct em;

struct em_directory_uris {
    sj_map by_uri; /* whatever the case */
    bool read;     /* it holds what the store has */
};

int em_directory_uris_open(struct em *em, sj_error *error);
void em_directory_uris_start(struct em *em);
void em_directory_uris_close(struct em *em);
/* "USER@HOST" by the rule that calls go by: the host in any case, the user part in these letters,
 * or in any case with that policy: then the one with these letters, else the first. SJ_OK with a
 * record to be freed; SJ_E_NOT_FOUND; or why the store cannot be read. */
int em_directory_uri_find(struct em *em, const char *text, sj_directory_uri **uri, sj_error *error);

#endif
