/* What is missing for EMCC, a sentence each: collected by Validate (validate.c) and by the check of
 * a traveller's way (check.c). Of what many have in common there is one sentence, with how many
 * they are and the first of their names. */
#ifndef EM_FINDINGS_H
#define EM_FINDINGS_H

#include "em.h"
#include "resources/remote_cluster.h"

enum { FINDINGS_MAX = 500, TALLY_NAMES = 3 };

struct em_findings {
    struct em *em;
    sj_scope *scope; /* owns the sentences */
    const char *problems[FINDINGS_MAX];
    size_t count;
    const char *notes[FINDINGS_MAX]; /* worth knowing; nothing fails by them yet */
    size_t notes_count;
};

void em_findings_add(struct em_findings *findings, const char *format, ...) SJ_PRINTF(2, 3);
void em_findings_note(struct em_findings *findings, const char *format, ...) SJ_PRINTF(2, 3);
/* Profile, parameters, phone service: whoever travels. */
void em_findings_of_this_cluster(struct em_findings *findings);
/* What users of this cluster need who travel: TFTP servers, roaming device pools, base devices. */
void em_findings_of_home_side(struct em_findings *findings);
/* Whether it needs any of it: a cluster that is only visited has neither travellers nor base
 * devices. */
bool em_findings_are_of_home_side(struct em *em);
/* Record, certificates, state and region parameters of one remote cluster. */
void em_findings_of_remote_cluster(struct em_findings *findings, const sj_remote_cluster *cluster);

/* How many there are, and the first names. */
struct em_tally {
    size_t count;
    char names[TALLY_NAMES][EM_DEVICE_ROOM];
};
void em_tally_add(struct em_tally *tally, const char *name);
/* "SENTENCE: 12 travellers (alice, bob, carol and 9 more)."; nothing when there is none. */
void em_findings_tally(struct em_findings *findings, bool problem, const struct em_tally *tally,
                       const char *noun, const char *sentence);

#endif
