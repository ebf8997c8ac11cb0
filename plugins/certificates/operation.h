/* One export, consolidation or import: what all three have in common. */
#ifndef SJ_CERTIFICATES_OPERATION_H
#define SJ_CERTIFICATES_OPERATION_H

#include "events/emcc.h"
#include "exchange.h"

struct operation {
    sj_scope *plugin; /* the plugin's scope: to answer */
    sj_scope *scope;  /* the operation's own */
    sj_question *question;
    struct exchange *place;
    int wanted;
    bool confirm;
    const char **again; /* clusters that are imported although trust in them was withdrawn */
    size_t again_count;
    struct bundle bundles[CERTIFICATE_TYPES];
    sj_topic *imported_topic;
    size_t imported, unchanged;
};

/* Opens scope and exchange; on failure the question is answered and NULL returned. */
struct operation *operation_begin(sj_scope *plugin, sj_question *question, const char *name,
                                  int wanted);

/* Refuses the question and ends the operation. */
void operation_fail(struct operation *operation, const sj_error *error);

/* Ends it after the question was answered. */
void operation_end(struct operation *operation);

/* The three (each answers its question). */
void export_begin(sj_scope *plugin, sj_question *question, int wanted);
void consolidate_begin(sj_scope *plugin, sj_question *question, int wanted);
void import_begin(sj_scope *plugin, sj_question *question, const sj_certificates_import *request,
                  sj_topic *imported_topic);

/* Writes the record of one certificate of another cluster, unless it is there: then not *fresh. */
int import_one(sj_scope *plugin, const struct bundle_entry *entry, int64_t now, bool *fresh,
               sj_error *error);
/* Trusts what a remote cluster has sent that has proved who it is. */
void add_begin(sj_scope *plugin, sj_question *question, const sj_certificates_add *request,
               sj_topic *imported_topic);

/* Takes the trusted certificates of a remote cluster away; while travellers are logged in between
 * the clusters with force. */
void remove_begin(sj_scope *plugin, sj_question *question, const sj_certificates_remove *request);

/* Trust in phones and SIP trunks' peers, and its end. */
void trust_begin(sj_scope *plugin, sj_question *question, const sj_certificates_trust *request);
void distrust_begin(sj_scope *plugin, sj_question *question, const char *name);

/* Names of the files that exchange_write made, into `names` (room for CERTIFICATE_TYPES); returns
 * how many. */
size_t operation_files(const struct operation *operation, const char *prefix, char names[][340],
                       const char *list[]);

#endif
