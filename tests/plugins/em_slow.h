/* PINs are compared and writes reach the disk as late as world->hash_ms and disk_ms say. */
#ifndef EM_SLOW_H
#define EM_SLOW_H

#include <sojourn/sojourn.h>

void slow_connect(sj_scope *scope);

#endif
