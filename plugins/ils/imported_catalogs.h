/* The dial plans of call controls that take no part in the network. */
#ifndef ILS_IMPORTED_CATALOGS_H
#define ILS_IMPORTED_CATALOGS_H

#include "own_objects.h"

/* States what the imported catalogs hold (`hub`), and removes what belongs to none any more. */
void ils_imported_read(struct ils_pass *pass, bool hub);

#endif
