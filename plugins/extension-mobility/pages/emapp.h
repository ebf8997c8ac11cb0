/* The page EMAppServlet: login and logout on a phone. */
#ifndef EM_EMAPP_H
#define EM_EMAPP_H

#include "em.h"

int em_emapp_open(struct em *em, sj_error *error);
void em_emapp_close(struct em *em);
/* Where a phone asks to be logged out, below `base_url`, or below the address of this node (NULL).
 */
void em_emapp_logout_url(struct em *em, const char *base_url, const char *device_name,
                         char url[EM_URL_ROOM]);

#endif
