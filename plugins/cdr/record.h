/* The row of a call, from what the call manager has on record of it. Pure. */
#ifndef CDR_RECORD_H
#define CDR_RECORD_H

#include "events/call.h"
#include "row.h"

/* What a row says of the node and the cluster. */
struct cdr_origin {
    int64_t node_id;
    const char *cluster_id;
};

/* Fills all that the event knows, but for the numbers. `random` makes the row's own identifier. */
void cdr_record_fill(struct cdr_row *row, const struct cdr_origin *origin,
                     const sj_call_recorded *event, const unsigned char random[16]);

/* Fills the numbers: of the call, and of this part of it, whose two legs have numbers made of it.
 */
void cdr_record_number(struct cdr_row *row, int64_t call, int64_t part);
/* Fills a row of `cmr_columns`: what one side of that part of the call said of its media. */
void cdr_record_statistics(struct cdr_row *row, const struct cdr_origin *origin,
                           const sj_call_statistics *event, int64_t call, int64_t part,
                           const unsigned char random[16]);

/* The number of the part in a cell of its first leg. */
int64_t cdr_record_part(const char *leg);

/* Ends the row of a call whose parties are no longer connected with each other, as a transfer has
 * taken one of them away, at that moment (milliseconds since 1970). */
void cdr_record_split(struct cdr_row *row, int64_t ended_ms, int64_t on_behalf_of);

/* The row of a call that nobody saw the end of: it is said to have ended at that moment (seconds
 * since 1970), on both sides for a temporary failure (Q.850 cause 41), and why in its comment. */
void cdr_record_end_unseen(struct cdr_row *row, int64_t ended_s);

/* Whether the call is one that the field leaves out unless zero durations are wanted: it was not
 * connected for a second, and nothing failed. */
bool cdr_record_is_empty(const sj_call_recorded *event);

/* An address as the files have it: its four bytes as one number with sign, the first byte lowest; 0
 * for what is none of IPv4. A port behind it is passed over. */
int32_t cdr_address(const char *text);

/* The number that the files give an audio codec ("PCMU"); 0 for one that has none. */
int64_t cdr_codec(const char *name);

#endif
