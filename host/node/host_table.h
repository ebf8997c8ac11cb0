/* The host's function table, filled from what each part exports. */
#ifndef SJ_HOST_NODE_HOST_TABLE_H
#define SJ_HOST_NODE_HOST_TABLE_H

#include <sojourn/host.h>

void sj_table_fill(sj_host *table);

#endif
