/* What a node that was killed, or stopped in the midst of calls, has left to be put on record.
 * Pure. */
#ifndef CDR_RECOVERY_H
#define CDR_RECOVERY_H

#include "open_calls.h"

/* The file of calls that go on has a line a part of a call, the newest of each counts
 * (cdr_row_keep); "-7" when part 7 is over, and "=7 3": the last part had number 7, the last
 * finished file number 3. */
struct recovery {
    int64_t last_number, last_sequence;
    size_t unreadable; /* lines that are none of these */
};

/* Adds to `unseen` the calls of `calls` that have no row in `rows` (lines of the open file of call
 * detail records), their rows as of calls that nobody saw the end of, at that moment (seconds since
 * 1970). SJ_OK, SJ_E_NO_MEMORY. */
int cdr_recover(const sj_text *rows, const sj_text *calls, int64_t ended_s,
                struct open_calls *unseen, struct recovery *found, sj_error *error);

#endif
