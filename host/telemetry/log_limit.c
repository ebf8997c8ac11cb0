/* One line a minute for each subject. */
#include "host/telemetry/log_limit.h"

#include <stdlib.h>
#include <string.h>

#include "host/core/node.h"
#include "host/core/timers.h"
#include "host/telemetry/log.h"

enum { SUBJECT = 160, TEXT = 400 };

struct log_subject {
    sj_list_link link;
    struct node *node;
    size_t left_out;
    sj_log_level level;
    char who[64], subject[SUBJECT], last[TEXT];
};

static struct log_subject *find(struct node *node, const char *who, const char *subject,
                                size_t *count) {
    *count = 0;
    SJ_LIST_EACH(known, &node->log_subjects, struct log_subject, link) {
        if (strcmp(known->who, who) == 0 && strncmp(known->subject, subject, SUBJECT - 1) == 0) {
            return known;
        }
        ++*count;
    }
    return NULL;
}

static void write_counted(struct log_subject *known) {
    if (known->left_out > 0) {
        sj_node_log_as(known->node, known->level, known->who,
                       "%s: %zu more in the last minute; the last: %s", known->subject,
                       known->left_out, known->last);
        known->left_out = 0;
    }
}

static void drop(struct log_subject *known) {
    sj_list_remove(&known->link);
    free(known);
}

static bool begin_minute(struct log_subject *known);

/* A minute in which more came is followed by another; after a quiet one the next line is the first
 * again. */
static void minute_ended(void *user) {
    struct log_subject *known = user;
    const bool more = known->left_out > 0;
    write_counted(known);
    if (!more || !begin_minute(known)) {
        drop(known);
    }
}

static bool begin_minute(struct log_subject *known) {
    sj_scope *scope = known->node->scope;
    return scope != NULL &&
           sj_host_timer_start(scope, SJ_HERE, SJ_LOG_LIMIT_MS, 0, minute_ended, known) != NULL;
}

/* Without memory the lines stand alone. */
static void remember(struct node *node, const char *who, const char *subject) {
    struct log_subject *made = sj_node_alloc(node, sizeof *made);
    if (made == NULL) {
        return;
    }
    made->node = node;
    (void)snprintf(made->who, sizeof made->who, "%s", who);
    (void)snprintf(made->subject, sizeof made->subject, "%s", subject);
    sj_list_add_first(&node->log_subjects, &made->link);
    if (!begin_minute(made)) {
        drop(made);
    }
}

void sj_host_log_limited(sj_scope *scope, sj_log_level level, const char *subject,
                         const char *text) {
    struct node *node = sj_scope_node(scope);
    const char *who = sj_scope_owner(scope)->name;
    struct log_subject *known;
    size_t count;
    if (!sj_host_log_enabled(scope, level)) {
        return;
    }
    known = find(node, who, subject, &count);
    if (known != NULL) {
        known->left_out++;
        known->level = level;
        (void)snprintf(known->last, sizeof known->last, "%s", text);
        return;
    }
    if (count < SJ_LOG_LIMIT_SUBJECTS && node->timers != NULL && node->log != NULL) {
        remember(node, who, subject);
    }
    sj_node_log_as(node, level, who, "%s: %s", subject, text);
}

void sj_log_limit_close(struct node *node) {
    SJ_LIST_EACH(known, &node->log_subjects, struct log_subject, link) {
        write_counted(known);
        drop(known);
    }
}
