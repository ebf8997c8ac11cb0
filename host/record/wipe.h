/* Memory that may hold a secret is wiped before it is freed: records, messages and requests
 * (sj_host_record_free, which plugins call as sj_record_free), what JSON was parsed into (arena.h).
 *
 * All of it is wiped, not only what a declaration calls `sensitive`: a record is one block that is
 * freed without its declaration, and a text that was parsed into an arena may be refused before it
 * is known which field it belongs to. */
#ifndef SJ_HOST_RECORD_WIPE_H
#define SJ_HOST_RECORD_WIPE_H

/* A block of malloc; NULL is allowed. */
void sj_wipe_and_free(void *memory);

#endif
