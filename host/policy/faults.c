/* Causes, counters and the breaker of policy faults. Pure. */
#include "host/policy/faults.h"

#include <stdarg.h>
#include <stdio.h>

const char *sj_fault_name(enum sj_fault_cause cause) {
    switch (cause) {
    case SJ_FAULT_INSTRUCTIONS: return "instructions";
    case SJ_FAULT_TIME: return "time";
    case SJ_FAULT_MEMORY: return "memory";
    case SJ_FAULT_BLOCKED: return "blocked_function";
    case SJ_FAULT_RUNTIME: return "runtime_error";
    case SJ_FAULT_ANSWER: return "wrong_answer";
    case SJ_FAULT_NONE:
    case SJ_FAULT_CAUSES: break;
    }
    return "none";
}

void sj_fault_set(struct sj_fault *fault, enum sj_fault_cause cause, const char *format, ...) {
    va_list arguments;
    if (fault->cause != SJ_FAULT_NONE) {
        return;
    }
    fault->cause = cause;
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    for (char *c = fault->text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = ' ';
        }
    }
}

bool sj_faults_add(struct sj_faults *faults, enum sj_fault_cause cause, int64_t now_ms,
                   uint64_t *suppressed) {
    bool opens;
    faults->count[cause]++;
    faults->in_a_row++;
    opens = !faults->open && faults->in_a_row >= SJ_BREAKER_FAULTS;
    faults->open = faults->open || opens;
    if (!opens && faults->logged_at != 0 && now_ms - faults->logged_at < SJ_BURST_SILENCE_MS) {
        faults->suppressed++;
        return false;
    }
    *suppressed = faults->suppressed;
    faults->suppressed = 0;
    faults->logged_at = now_ms;
    return true;
}
