/* The CDR Agent: takes what the call manager has on record of calls, and sees that it comes to the
 * disk and to the billing server. */
#ifndef CDR_AGENT_H
#define CDR_AGENT_H

#include <sojourn/sojourn.h>

#include "disk.h"
#include "open_calls.h"
#include "recent_calls.h"

enum { AGENT_MOST_WAITING = 100000 /* records, while the disk takes none */ };

struct batch;
struct sending;

struct cdr_agent {
    sj_scope *scope;
    struct disk disk;
    struct open_calls open;
    sj_list_head ended;   /* open_call by link_in_list: to be written */
    size_t waiting;       /* how many of these */
    sj_list_head unsaved; /* open calls by link_unsaved */
    sj_text over;         /* "-7" lines: calls that are over without a record */
    struct recent_calls recent;
    sj_text statistics;        /* call management records to be written, as lines */
    size_t statistics_waiting; /* how many */
    bool ready;                /* what was left behind has been read */
    bool calls_anew;           /* the file of calls that go on is to be written anew */
    struct batch *working;     /* what a job writes now */
    int64_t last_number, last_sequence;
    int64_t size, calls_size, statistics_size; /* of cdr.open, calls and cmr.open */
    uint64_t file_began_ms;                    /* 0: the open files have no rows */
    uint64_t tidied_ms, touched_ms;
    bool tidying;
    char last_file[DISK_NAME];
    char problem[640]; /* "" when the last attempt was a success */
    bool warned;       /* of that problem */
    size_t files, unsent;
    uint64_t records, lost, lost_warned;
    uint64_t statistics_written, statistics_lost, statistics_unmatched;
    sj_metric *metric_records, *metric_lost, *metric_open, *metric_unsent;
    struct sending *sending;
    sj_topic *numbered; /* cdr.call_numbered */
};

/* ---- writing (writing.c) ---- */
/* Reads what was left behind, then writes. */
int writing_open(struct cdr_agent *agent, sj_error *error);
/* There is something to be written. */
void writing_kick(struct cdr_agent *agent);
/* Writes the rest, which blocks, and finishes the file: the service has stopped. */
void writing_close(struct cdr_agent *agent);

/* ---- taking (taking.c) ---- */
int taking_open(struct cdr_agent *agent, sj_error *error);
/* Gives the call, or this part of it, its number, and tells it; once. The numbers of earlier calls
 * are known. */
void taking_number(struct cdr_agent *agent, struct open_call *call);

/* ---- statistics (statistics.c) ---- */
int statistics_open(struct cdr_agent *agent, sj_error *error);
/* The call's record is to be written; statistics of it may still come. */
void statistics_ended(struct cdr_agent *agent, const struct open_call *call);
void statistics_close(struct cdr_agent *agent);

/* ---- sending (sending.c) ---- */
int sending_open(struct cdr_agent *agent, sj_error *error);
/* Whether a billing server is configured. */
bool sending_is_wanted(const struct cdr_agent *agent);
/* A file has been finished. */
void sending_kick(struct cdr_agent *agent);
void sending_close(struct cdr_agent *agent);
/* For people. */
const char *sending_problem(const struct cdr_agent *agent);
const char *sending_last(const struct cdr_agent *agent, int64_t *at_ms);

#endif
