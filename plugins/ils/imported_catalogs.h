/* The dial plans of call controls that take no part in the network. */
#ifndef ILS_IMPORTED_CATALOGS_H
#define ILS_IMPORTED_CATALOGS_H

#include "own_objects.h"

/* All that there are; false: they cannot be read. */
bool ils_imported_read(struct ils_service *service);
/* Looks at a catalog that has changed. Whether what belongs to it says something else now. */
bool ils_imported_look(struct ils_service *service, const char *name);
/* The route string of a catalog; NULL: there is none of that name. */
const char *ils_imported_route(const struct ils_own_objects *own, const char *name);
/* Removes, of these records, those whose catalog there is no more; SJ_OK, or the store's error. */
int ils_imported_remove_orphans(struct ils_service *service, enum ils_source source,
                                const sj_list *records, sj_error *error);
/* The catalogs that are not advertised since this cluster is no hub, a sentence each. */
size_t ils_imported_sentences(struct ils_service *service, char (*sentences)[ILS_SENTENCE_ROOM],
                              size_t most);
void ils_imported_free(struct ils_own_objects *own);

#endif
