/* What can go wrong with a policy, how often it did, and what follows from it. Pure: no Lua, no
 * I/O. */
#ifndef HOST_POLICY_FAULTS_H
#define HOST_POLICY_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include <sojourn/error.h>

enum sj_fault_cause {
    SJ_FAULT_NONE,
    SJ_FAULT_INSTRUCTIONS, /* more instructions in one call than allowed */
    SJ_FAULT_TIME,         /* more processor time in one call than allowed */
    SJ_FAULT_MEMORY,       /* more bytes than the policy may hold */
    SJ_FAULT_BLOCKED,      /* a function that policies do not have */
    SJ_FAULT_RUNTIME,      /* an error in the policy's own code */
    SJ_FAULT_ANSWER,       /* an answer that is not of the declared type */
    SJ_FAULT_CAUSES,
};

/* One fault: the sentence begins with file and line where Lua knows them. */
struct sj_fault {
    enum sj_fault_cause cause;
    char text[512];
};

enum {
    SJ_BREAKER_FAULTS =
        10, /* so many in a row, and the default decides until the next activation */
    SJ_BURST_SILENCE_MS =
        60 *
        1000, /* a burst is over when it was quiet for so long; long ones are reported this often */
};

/* The history of faults of one hook of one active policy. */
struct sj_faults {
    uint64_t count[SJ_FAULT_CAUSES];
    unsigned in_a_row;
    bool open;           /* the breaker: the policy is not asked any more */
    int64_t logged_at;   /* wall clock of the last line, 0 for none */
    uint64_t suppressed; /* faults not logged since then */
};

/* The word for metrics and lists: "instructions", "time", "memory", "blocked_function",
 * "runtime_error", "wrong_answer". */
const char *sj_fault_name(enum sj_fault_cause cause);

/* Sets cause and sentence (printf format); control characters become blanks. The first fault of a
 * call is the one that counts: nothing happens when `fault` already has a cause. */
void sj_fault_set(struct sj_fault *fault, enum sj_fault_cause cause, const char *format, ...)
    SJ_PRINTF(3, 4);

/* A call went well: the row of faults is over. */
static inline void sj_faults_success(struct sj_faults *faults) {
    faults->in_a_row = 0;
}

/* Counts a fault. True when it is to be logged; then *suppressed tells how many went unlogged since
 * the last line. */
bool sj_faults_add(struct sj_faults *faults, enum sj_fault_cause cause, int64_t now_ms,
                   uint64_t *suppressed);

#endif
