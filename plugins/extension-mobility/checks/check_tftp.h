/* See check_tftp.c. */
#ifndef EM_CHECK_TFTP_H
#define EM_CHECK_TFTP_H

#include "em.h"

/* A sentence for each server that does not serve. */
typedef void (*check_tftp_fn)(void *user, const char *const *problems, size_t count);
/* `done` runs once, perhaps within the call, unless the scope closes before. */
void check_tftp_servers(struct em *em, sj_scope *scope, check_tftp_fn done, void *user);

#endif
