/* `sojourn emcc check`: everything that would make a traveller's login or first emergency call
 * fail, said before it happens. First the remote clusters are asked for their state, and what can
 * be tried is tried (observe.c), then the records are walked a page at a time, and at last the
 * traveller's way from each place of each remote cluster. The parts are in check_*.c.
 */
#include "checks/check.h"
#include "checks/check_base_devices.h"
#include "checks/check_calls.h"
#include "checks/check_lookup.h"
#include "checks/check_numbers.h"
#include "checks/check_partner.h"
#include "checks/check_phones.h"
#include "checks/check_policies.h"
#include "checks/check_travellers.h"

#include <stdlib.h>

#include "checks/findings.h"
#include "checks/observe.h"
#include "clusters/remote_cluster_update.h"
#include "events/emcc.h"
#include "parameters/call_manager.h"
#include "resources/remote_cluster.h"

enum {
    PROBE_TIMEOUT_MS = 6000,
    CERTIFICATES_MS = 3000,
    POLICIES_MS = 3000,
    PLACES_A_TURN = 10,
    TURN_MS = 1
}; /* between two turns others have theirs */

struct check {
    struct em *em;
    sj_scope *scope;
    sj_question *question;
    char cluster_id[EM_NAME_ROOM]; /* "": all */
    size_t step;
    struct em_check_services services;
    struct em_check_travellers travellers;
    struct em_check_phones phones;
    struct em_check_base_devices devices;
    struct em_findings own;
    bool offline;                               /* nothing is tried */
    const struct em_observations *observations; /* NULL: offline, or memory was short */
    /* by remote cluster */
    sj_list clusters;
    size_t cluster, place;
    sj_remote_cluster_status *status;
    struct em_findings *findings; /* of the cluster at hand */
    size_t open;                  /* numbers that are being analysed for it */
    bool waiting;                 /* for them */
    sj_emcc_check_reply_cluster *found;
    size_t found_count;
    const char **notes;
    size_t notes_count, notes_room;
    bool ready;
};

static void closed(void *user) {
    struct check *check = user;
    em_check_phones_close(check->em, &check->phones);
    sj_list_free(check->em->scope, &check->clusters);
    sj_record_free(check->em->scope, check->status);
    free(check);
}

static void keep_notes(struct check *check, const struct em_findings *findings) {
    for (size_t i = 0; i < findings->notes_count && check->notes_count < check->notes_room; i++) {
        check->notes[check->notes_count++] = findings->notes[i];
    }
}

/* ---- the steps; each returns true when it is through ---- */

static bool walk_travellers(struct check *check) {
    return em_check_travellers_page(check->em, &check->services, &check->travellers);
}

static bool walk_base_devices(struct check *check) {
    return em_check_base_devices_page(check->em, &check->devices);
}

static bool walk_phones(struct check *check) {
    return em_check_phones_page(check->em, &check->services, &check->phones);
}

/* Clusters that were not asked for by name and are not checked are named. */
static void report_records(struct check *check) {
    size_t with_emcc = 0;
    for (size_t i = 0; i < check->clusters.count; i++) {
        const sj_remote_cluster *cluster = sj_remote_cluster_at(&check->clusters, i);
        with_emcc += cluster->emcc;
        if (!cluster->emcc && check->cluster_id[0] == '\0') {
            em_findings_note(&check->own,
                             "EMCC is off in the record of remote cluster %s, which is not judged.",
                             cluster->cluster_id);
        }
    }
    if (check->cluster_id[0] == '\0') {
        em_check_trust_without_record(&check->own);
    }
    if (with_emcc == 0) {
        em_findings_add(
            &check->own,
            "There is no remote cluster with EMCC: logins of users of other clusters fail "
            "with 36.");
    }
}

static bool report_this_cluster(struct check *check) {
    struct em_findings *own = &check->own;
    em_findings_of_this_cluster(own);
    report_records(check);
    if (check->travellers.count > 0) {
        em_findings_of_home_side(own);
        em_check_base_devices_report(own, &check->devices, check->travellers.count);
        em_check_travellers_report(own, &check->travellers);
    } else {
        em_findings_note(own, "No user of this cluster has Enable Extension Mobility Cross "
                              "Cluster: what travellers of this cluster "
                              "need is not judged.");
    }
    if (check->offline) {
        em_findings_note(own, "Nothing was tried (offline), so that it is not said to be ready: "
                              "servers, ports and trunks are not "
                              "judged, and clusters by their last update.");
    } else {
        em_observe_report(own, check->observations, "");
    }
    em_check_phones_report(own, &check->phones);
    if (check->phones.count > 0) {
        em_check_returned_calls(own);
    }
    if (sj_param_ccm_auto_registration(check->em->scope)) {
        em_findings_add(own, "Auto-registration is on: a traveller's phone that registers here "
                             "becomes one of this cluster's, and its "
                             "next login across clusters fails with 37.");
    }
    keep_notes(check, own);
    check->ready = check->ready && own->count == 0 && !check->offline;
    return true;
}

static const sj_remote_cluster *cluster_at_hand(const struct check *check) {
    return sj_remote_cluster_at(&check->clusters, check->cluster);
}

/* Begins with a cluster that is to be checked; false when there is none left, or no memory: then
 * not all is well. */
static bool begin_cluster(struct check *check) {
    sj_scope *scope = check->em->scope;
    for (; check->cluster < check->clusters.count; check->cluster++) {
        const sj_remote_cluster *cluster = cluster_at_hand(check);
        if (cluster->emcc &&
            (check->cluster_id[0] == '\0' || strcmp(check->cluster_id, cluster->cluster_id) == 0)) {
            break;
        }
    }
    check->findings = check->cluster < check->clusters.count
                          ? sj_scope_alloc(check->scope, sizeof *check->findings)
                          : NULL;
    if (check->findings == NULL) {
        if (check->cluster < check->clusters.count) {
            em_findings_add(&check->own,
                            "Out of memory: not all remote clusters could be checked. Try again.");
            check->ready = false;
        }
        return false;
    }
    check->findings->em = check->em;
    check->findings->scope = check->scope;
    check->place = 0;
    sj_record_free(scope, check->status);
    check->status = NULL;
    (void)sj_remote_cluster_status_get(scope, cluster_at_hand(check)->cluster_id, &check->status,
                                       NULL);
    em_findings_of_remote_cluster(check->findings, cluster_at_hand(check));
    em_check_partner(check->findings, cluster_at_hand(check), check->status, &check->phones,
                     check->travellers.count > 0);
    em_observe_report(check->findings, check->observations, cluster_at_hand(check)->cluster_id);
    return true;
}

static void end_cluster(struct check *check) {
    const struct em_findings *findings = check->findings;
    check->found[check->found_count++] =
        (sj_emcc_check_reply_cluster){.cluster_id = cluster_at_hand(check)->cluster_id,
                                      .ready = findings->count == 0 && !check->offline,
                                      .problems = findings->problems,
                                      .problems_count = findings->count};
    keep_notes(check, findings);
    check->ready = check->ready && findings->count == 0;
    check->findings = NULL;
    check->cluster++;
}

static void proceed(void *user);

static void analysed(void *user) {
    struct check *check = user;
    if (--check->open == 0 && check->waiting) {
        check->waiting = false;
        proceed(check);
    }
}

static void try_numbers(void *user, const struct em_check_spaces *spaces) {
    struct check *check = user;
    check->open += em_check_emergency_numbers(check->findings, cluster_at_hand(check)->cluster_id,
                                              check->status->places[check->place].name, spaces,
                                              analysed, check);
}

/* The places of one cluster after the other, some a turn. */
static bool walk_clusters(struct check *check) {
    if (check->findings == NULL && !begin_cluster(check)) {
        return true;
    }
    const bool known = check->status != NULL && check->status->last_succeeded > 0;
    const size_t places = known && check->travellers.count > 0 ? check->status->places_count : 0;
    for (size_t i = 0; i < PLACES_A_TURN && check->place < places; i++) {
        em_check_policy_at_place(check->findings, cluster_at_hand(check),
                                 &check->status->places[check->place], check->place, try_numbers,
                                 check);
        em_check_place(check->findings, cluster_at_hand(check),
                       &check->status->places[check->place++]);
    }
    if (check->place >= places && check->open == 0) {
        end_cluster(check);
    }
    return false;
}

static void answer(struct check *check) {
    const sj_emcc_check_reply reply = {
        .ready = check->ready,
        .problems = check->own.problems,
        .problems_count = check->own.count,
        .clusters = check->found,
        .clusters_count = check->found_count,
        .notes = check->notes,
        .notes_count = check->notes_count,
        .travellers = (int64_t)check->travellers.count,
        .base_devices = (int64_t)check->devices.count,
        .free_base_devices = (int64_t)(check->devices.count - check->devices.taken),
        .phones = (int64_t)check->phones.count,
        .observed_at = check->observations != NULL ? check->observations->at : 0};
    if (check->found_count == 0 && check->cluster_id[0] != '\0') {
        sj_fail(check->em->scope, check->question, SJ_E_NOT_FOUND,
                "there is no remote cluster %s with EMCC", check->cluster_id);
    } else {
        sj_reply_emcc_check(check->em->scope, check->question, &reply);
    }
    sj_scope_close(check->scope);
}

static void proceed(void *user) {
    static bool (*const steps[])(struct check * check) = {
        walk_travellers, walk_base_devices, walk_phones, report_this_cluster, walk_clusters};
    struct check *check = user;
    if (steps[check->step](check)) {
        check->step++;
    }
    if (check->step == sizeof steps / sizeof steps[0]) {
        answer(check);
    } else if (check->open > 0) {
        check->waiting = true;
    } else if (sj_timer_start(check->scope, TURN_MS, 0, proceed, check) == NULL) {
        sj_fail(check->em->scope, check->question, SJ_E_NO_MEMORY, "out of memory");
        sj_scope_close(check->scope);
    }
}

/* ---- what is asked of others first ---- */

static void begin(void *user);

static void policies_known(void *user, int status, const sj_error *error,
                           const sj_policy_list_reply *reply) {
    struct check *check = user;
    (void)error;
    if (status == SJ_OK) {
        em_check_policies_report(&check->own, reply);
    }
    em_check_lookup(&check->own, begin, check);
}

static void ask_for_policies(struct check *check) {
    const sj_policy_list request = {0};
    sj_error error = {0};
    if (sj_ask_policy_list(check->scope, &request, POLICIES_MS, policies_known, check, &error) !=
        SJ_OK) {
        em_check_lookup(&check->own, begin, check);
    }
}

/* Where certificates are not managed nothing is known of them. */
static void certificates_known(void *user, int status, const sj_error *error,
                               const sj_certificates_list_reply *reply) {
    struct check *check = user;
    (void)error;
    if (status == SJ_OK) {
        em_check_own_certificates(&check->own, reply);
    }
    ask_for_policies(check);
}

static void observed(void *user, const struct em_observations *observations) {
    struct check *check = user;
    const sj_certificates_list request = {0};
    sj_error error = {0};
    check->observations = observations;
    if (sj_ask_certificates_list(check->scope, &request, CERTIFICATES_MS, certificates_known, check,
                                 &error) != SJ_OK) {
        ask_for_policies(check);
    }
}

static void begin(void *user) {
    struct check *check = user;
    sj_error error = {0};
    em_check_services_read(check->em, check->scope, &check->services);
    if (sj_remote_cluster_list(check->em->scope, NULL, &check->clusters, &error) != SJ_OK) {
        sj_fail_error(check->em->scope, check->question, &error);
        sj_scope_close(check->scope);
        return;
    }
    check->found = sj_scope_alloc(check->scope, (check->clusters.count + 1) * sizeof *check->found);
    check->notes_room = check->found != NULL ? 2 * FINDINGS_MAX : 0;
    check->notes = sj_scope_alloc(check->scope, (size_t)2 * FINDINGS_MAX * sizeof *check->notes);
    if (check->found == NULL || check->notes == NULL) {
        sj_fail(check->em->scope, check->question, SJ_E_NO_MEMORY, "out of memory");
        sj_scope_close(check->scope);
        return;
    }
    proceed(check);
}

static void probed(void *user) {
    struct check *check = user;
    em_observe(check->em, check->scope, check->cluster_id, em_findings_are_of_home_side(check->em),
               observed, check);
}

static void on_check(void *user, sj_question *question, const sj_emcc_check *request) {
    struct em *em = user;
    struct check *check = calloc(1, sizeof *check);
    sj_scope *scope = check != NULL ? sj_scope_open(em->scope, "check", closed, check) : NULL;
    if (scope == NULL) {
        free(check);
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    check->em = em;
    check->scope = scope;
    check->question = question;
    check->ready = true;
    check->own.em = em;
    check->own.scope = scope;
    em_copy(check->cluster_id, request->cluster_id);
    check->offline = request->offline;
    if (check->offline) {
        observed(check, NULL);
    } else {
        em_cluster_update_then(em, sj_given(request->cluster_id) ? request->cluster_id : NULL,
                               PROBE_TIMEOUT_MS, probed, check);
    }
}

int em_check_open(struct em *em, sj_error *error) {
    return sj_answer_emcc_check(em->scope, on_check, em, error) != NULL ? SJ_OK
           : error->code != SJ_OK                                       ? error->code
                                                                        : SJ_E_INTERNAL;
}
