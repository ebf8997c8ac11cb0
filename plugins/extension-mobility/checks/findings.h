/* What is missing for EMCC, a sentence each: collected by Validate (validate.c) and by the check of a traveller's way
 * (check.c). Of what many have in common there is one sentence, with how many they are and the first of their names. */
#ifndef EM_FINDINGS_H
#define EM_FINDINGS_H

#include "em.h"

enum { FINDINGS_MAX = 500, TALLY_NAMES = 3 };

struct findings {
    struct em *em;
    sj_scope *scope; /* owns the sentences */
    const char *problems[FINDINGS_MAX];
    size_t count;
    const char *notes[FINDINGS_MAX]; /* worth knowing; nothing fails by them yet */
    size_t notes_count;
};

void findings_add(struct findings *findings, const char *format, ...) SJ_PRINTF(2, 3);
void findings_note(struct findings *findings, const char *format, ...) SJ_PRINTF(2, 3);
/* Profile, parameters, phone service: whoever travels. */
void findings_of_this_cluster(struct findings *findings);
/* What users of this cluster need who travel: TFTP servers, roaming device pools, base devices. */
void findings_of_home_side(struct findings *findings);
/* Whether it needs any of it: a cluster that is only visited has neither travellers nor base devices. */
bool findings_are_of_home_side(struct em *em);
/* Record, certificates, state and region parameters of one remote cluster. */
void findings_of_remote_cluster(struct findings *findings, const sj_remote_cluster *cluster);

/* How many there are, and the first names. */
struct tally {
    size_t count;
    char names[TALLY_NAMES][EM_DEVICE_ROOM];
};
void tally_add(struct tally *tally, const char *name);
/* "SENTENCE: 12 travellers (alice, bob, carol and 9 more)."; nothing when there is none. */
void findings_tally(struct findings *findings, bool problem, const struct tally *tally, const char *noun, const char *sentence);

#endif
