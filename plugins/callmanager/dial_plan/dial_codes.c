/* Looks codes up in the dial plan. Pure. */
#include "dial_plan/dial_codes.h"

#include <sojourn/base/text.h>

#include <stdio.h>

bool dial_codes_split(const char *dialled, struct dial_codes *codes) {
    const char *at = strchr(dialled, '#');
    memset(codes, 0, sizeof *codes);
    if (at == NULL || at == dialled || at[1] == '\0' || strlen(dialled) >= DIGITS_MAX) {
        return false;
    }
    (void)snprintf(codes->number, sizeof codes->number, "%.*s", (int)(at - dialled), dialled);
    while (*at == '#' && at[1] != '\0') {
        const size_t length = strcspn(++at, "#");
        if (codes->count == 2 || length == 0) {
            return false;
        }
        (void)snprintf(codes->codes[codes->count++], DIGITS_MAX, "%.*s", (int)length, at);
        at += length;
    }
    return true;
}

bool dial_codes_exist(const struct dial_plan *plan) {
    return sj_list_first(&plan->records[PLAN_FORCED_AUTHORIZATION_CODE]) != NULL ||
           sj_list_first(&plan->records[PLAN_CLIENT_MATTER_CODE]) != NULL;
}

void dial_codes_cut(const struct dial_plan *plan, char dialled[DIGITS_MAX]) {
    char *hash = dialled[0] == '\0' ? NULL : strchr(dialled + 1, '#');
    if (hash != NULL && hash[strspn(hash, "#")] != '\0' && dial_codes_exist(plan)) {
        *hash = '\0';
    }
}

const char *dial_codes_shown(const struct dial_plan *plan, const char *dialled,
                             char shown[DIGITS_MAX]) {
    (void)snprintf(shown, DIGITS_MAX, "%s", sj_or_empty(dialled));
    dial_codes_cut(plan, shown);
    return shown;
}

static const sj_forced_authorization_code *find(const struct dial_plan *plan, const char *code) {
    const sj_list_link *link = NULL;
    const sj_forced_authorization_code *record;
    while ((record = dial_plan_walk(plan, PLAN_FORCED_AUTHORIZATION_CODE, &link)) != NULL) {
        if (strcmp(record->code, code) == 0) {
            return record;
        }
    }
    return NULL;
}

static void refuse(struct code_verdict *verdict, int status, const char *why) {
    if (verdict->status == 0) {
        verdict->status = status;
        verdict->why = why;
    }
}

static void judge_authorization(const struct dial_plan *plan, const sj_route_pattern *pattern,
                                const char *code, struct code_verdict *verdict) {
    const sj_forced_authorization_code *found = find(plan, code);
    if (found == NULL || found->level < pattern->authorization_level) {
        refuse(verdict, 403,
               found == NULL ? "there is no such forced authorization code"
                             : "the level of the forced authorization code is too low");
        return;
    }
    (void)snprintf(verdict->name, sizeof verdict->name, "%s", found->name);
    verdict->level = found->level;
}

static void judge_matter(const struct dial_plan *plan, const char *code,
                         struct code_verdict *verdict) {
    if (dial_plan_get(plan, PLAN_CLIENT_MATTER_CODE, code) == NULL) {
        refuse(verdict, 403, "there is no such client matter code");
        return;
    }
    (void)snprintf(verdict->matter, sizeof verdict->matter, "%s", code);
}

void dial_codes_judge(const struct dial_plan *plan, const sj_route_pattern *pattern,
                      const struct dial_codes *codes, struct course *course,
                      struct code_verdict *verdict) {
    const bool authorization = pattern->require_forced_authorization_code;
    const bool matter = pattern->require_client_matter_code;
    const size_t wanted = (authorization ? 1u : 0u) + (matter ? 1u : 0u);
    const size_t given = codes == NULL ? 0 : codes->count;
    memset(verdict, 0, sizeof *verdict);
    verdict->why = "";
    verdict->asked_for = wanted > 0;
    if (wanted == 0) {
        return;
    }
    if (given != wanted) {
        refuse(verdict, given < wanted ? 484 : 403,
               authorization && matter
                   ? "expected # with a forced authorization code and # with a client matter code "
                     "behind the number"
               : authorization ? "expected # with a forced authorization code behind the number"
                               : "expected # with a client matter code behind the number");
    } else {
        if (authorization) {
            judge_authorization(plan, pattern, codes->codes[0], verdict);
        }
        if (matter) {
            judge_matter(plan, codes->codes[wanted - 1], verdict);
        }
    }
    course_add(course, SJ_ROUTING_STEP_KIND_NOTE, pattern->pattern, "%s",
               verdict->status != 0 ? verdict->why
               : authorization      ? "the forced authorization code is good for it"
                                    : "the client matter code is known");
}
