/* The commands: sojourn ils status, peers, learned, lookup, conflicts, synchronize. */
#include "requests.h"

#include <stdlib.h>
#include <string.h>

#include "bindings.h"
#include "clusters.h"
#include "conflicts.h"
#include "disputes.h"
#include "gaps.h"
#include "join_password.h"
#include "own_reading.h"
#include "parameters/enterprise.h"
#include "settings.h"
#include "trust.h"
#include "unknown_names.h"

enum { TEXTS_ROOM = 128, SENTENCES_SHOWN = 20 };

/* The service while it is ready to tell something; else the question is refused. */
static struct ils_service *ready(void *user, sj_question *question) {
    struct ils_service *service = user;
    if (service->core == NULL) {
        sj_fail(service->scope, question, SJ_E_UNAVAILABLE,
                "the service is still reading what it knew before the restart");
        return NULL;
    }
    ils_settings_follow(service);
    ils_clusters_judge(service);
    return service;
}

static void no_memory(struct ils_service *service, sj_question *question) {
    sj_fail(service->scope, question, SJ_E_NO_MEMORY, "no memory for the answer");
}

static sj_ils_role role_of(enum ils_role role) {
    return role == ILS_HUB     ? SJ_ILS_ROLE_HUB
           : role == ILS_SPOKE ? SJ_ILS_ROLE_SPOKE
                               : SJ_ILS_ROLE_STANDALONE;
}

/* A time of the core's clock as wall clock; 0 for never. */
static int64_t wall_of(const struct ils_service *service, int64_t at) {
    return at < 0 ? 0
                  : sj_wall_ms(service->scope) - ((int64_t)sj_monotonic_ms(service->scope) - at);
}

static size_t live_clusters(const struct ils *core) {
    size_t live = 0;
    for (size_t i = 1; i < core->owners_count; i++) {
        live += core->owners[i]->standing == ILS_LIVE;
    }
    return live;
}

static void point_to(char (*sentences)[ILS_REASON_ROOM], size_t count, const char **list) {
    for (size_t i = 0; i < count; i++) {
        list[i] = sentences[i];
    }
}

/* What this cluster does not advertise, for an answer. */
struct own_told {
    char sentences[ILS_SENTENCES_MOST][ILS_SENTENCE_ROOM];
    const char *list[ILS_SENTENCES_MOST];
    size_t count;
};

/* free(); NULL: no memory. */
static struct own_told *tell_own(struct ils_service *service, bool conflicts) {
    struct own_told *told = calloc(1, sizeof *told);
    if (told != NULL) {
        told->count = ils_own_sentences(service, conflicts, told->sentences, ILS_SENTENCES_MOST);
        for (size_t i = 0; i < told->count; i++) {
            told->list[i] = told->sentences[i];
        }
    }
    return told;
}

static const char *reading_of(const struct ils_service *service) {
    return ils_own_is_reading(&service->own)
               ? "; the records of what this cluster advertises are still being read"
               : "";
}

/* A reason stands beside the cluster that it is about: another one may answer to the registration
 * server's name by now. */
static const char *hub_name(const struct ils_service *service, const struct ils_neighbor *neighbor,
                            const struct ils_owner *owner) {
    return neighbor->reason[0] != '\0' && neighbor->asked[0] != '\0' ? neighbor->asked
           : owner != NULL && owner->cluster_id[0] != '\0'           ? owner->cluster_id
                                                                     : service->registration_server;
}

static void on_status(void *user, sj_question *question, const sj_ils_status *request) {
    struct ils_service *service = ready(user, question);
    (void)request;
    if (service == NULL) {
        return;
    }
    const struct ils *core = service->core;
    sj_ils_status_reply_hub *hubs = calloc(core->neighbors_count + 1, sizeof *hubs);
    char(*sentences)[ILS_REASON_ROOM] = calloc((size_t)4 * SENTENCES_SHOWN, sizeof *sentences);
    struct own_told *told = tell_own(service, false);
    const char *passwords[SENTENCES_SHOWN], *disputes[SENTENCES_SHOWN], *names[SENTENCES_SHOWN],
        *gaps[SENTENCES_SHOWN];
    char peer[ILS_PEER_TEXT], message[300 + ILS_REASON_ROOM], remark[ILS_REASON_ROOM];
    size_t failing = 0;
    if (hubs == NULL || sentences == NULL || told == NULL) {
        no_memory(service, question);
        free(hubs);
        free(sentences);
        free(told);
        return;
    }
    const size_t passwords_count = ils_password_findings(service, sentences, SENTENCES_SHOWN);
    const size_t disputes_count =
        ils_dispute_sentences(service, sentences + SENTENCES_SHOWN, SENTENCES_SHOWN);
    const size_t names_count =
        ils_unknown_names(service, sentences + (size_t)2 * SENTENCES_SHOWN, SENTENCES_SHOWN);
    const size_t gaps_count =
        ils_gaps_sentences(service, sentences + (size_t)3 * SENTENCES_SHOWN, SENTENCES_SHOWN);
    point_to(sentences, passwords_count, passwords);
    point_to(sentences + SENTENCES_SHOWN, disputes_count, disputes);
    point_to(sentences + (size_t)2 * SENTENCES_SHOWN, names_count, names);
    point_to(sentences + (size_t)3 * SENTENCES_SHOWN, gaps_count, gaps);
    for (size_t i = 0; i < core->neighbors_count; i++) {
        const struct ils_neighbor *neighbor = core->neighbors[i];
        const struct ils_owner *owner = ils_find(core, &neighbor->peer);
        failing += neighbor->reason[0] != '\0' || neighbor->answered_ms < 0;
        hubs[i] = (sj_ils_status_reply_hub){.cluster_id = hub_name(service, neighbor, owner),
                                            .answered_at = wall_of(service, neighbor->answered_ms),
                                            .failures = neighbor->failures,
                                            .reason = neighbor->reason};
    }
    ils_peer_text(&core->self->peer, peer);
    if (core->role == ILS_STANDALONE) {
        (void)snprintf(message, sizeof message, "%s%s",
                       core->leaving ? "standalone: this cluster leaves the network, and tells the "
                                       "hubs that it exchanged with"
                                     : "standalone: this cluster is in no network",
                       reading_of(service));
    } else {
        const size_t live = live_clusters(core);
        (void)snprintf(message, sizeof message,
                       "%s in a network with %zu other cluster%s; %zu of %zu hub%s asked %s not "
                       "in step%s%s",
                       core->role == ILS_HUB ? "hub" : "spoke", live, sj_plural((int64_t)live),
                       failing, core->neighbors_count, sj_plural((int64_t)core->neighbors_count),
                       failing == 1 ? "is" : "are", ils_gaps_remark(service, "", remark),
                       reading_of(service));
    }
    const sj_ils_status_reply reply = {.role = role_of(core->role),
                                       .peer_id = peer,
                                       .route_string = core->self->route,
                                       .clusters = (int64_t)live_clusters(core),
                                       .advertised = (int64_t)core->self->catalog->live.count,
                                       .learned = (int64_t)core->table.learned,
                                       .most_learned = (int64_t)core->table.most_learned,
                                       .conflicts = (int64_t)core->table.doubled,
                                       .memory = (int64_t)core->table.bytes,
                                       .hubs = hubs,
                                       .hubs_count = core->neighbors_count,
                                       .not_advertised = told->list,
                                       .not_advertised_count = told->count,
                                       .message = message,
                                       .passwords = passwords,
                                       .passwords_count = passwords_count,
                                       .disputes = disputes,
                                       .disputes_count = disputes_count,
                                       .unknown_names = names,
                                       .unknown_names_count = names_count,
                                       .not_here = gaps,
                                       .not_here_count = gaps_count};
    sj_reply_ils_status(service->scope, question, &reply);
    free(hubs);
    free(sentences);
    free(told);
}

/* ---- the clusters ---- */

struct peer_texts {
    char peer[ILS_PEER_TEXT], version[65];
};

static void version_of(const struct ils_service *service, const struct ils_owner *owner,
                       char version[65]) {
    sj_ils_detail *detail = ils_clusters_detail(service, owner, NULL);
    (void)snprintf(version, 65, "%s", detail != NULL ? detail->version : "");
    sj_record_free(service->scope, detail);
}

static int by_cluster_id(const void *a, const void *b) {
    const struct ils_owner *const *first = a, *const *second = b;
    const int by_name = strcmp((*first)->cluster_id, (*second)->cluster_id);
    return by_name != 0 ? by_name
                        : memcmp(&(*first)->peer, &(*second)->peer, sizeof(struct ils_peer_id));
}

/* Of a cluster without an id nothing is known but a peer id; once it has left it is no peer. */
static bool is_shown(const struct ils_owner *owner) {
    return owner->cluster_id[0] != '\0' || owner->standing != ILS_LEFT;
}

static sj_ils_peers_reply_peer peer_of(const struct ils_service *service,
                                       const struct ils_owner *owner, struct peer_texts *texts) {
    static const char *const standings[] = {"live", "left", "silent"};
    const struct ils_owner *hub = ils_find(service->core, &owner->hub);
    const bool own = owner == service->core->self;
    ils_peer_text(&owner->peer, texts->peer);
    version_of(service, owner, texts->version);
    return (sj_ils_peers_reply_peer){
        .cluster_id = owner->cluster_id,
        .peer_id = texts->peer,
        .role = role_of(own ? service->core->role : owner->role),
        .standing = standings[owner->standing],
        .hub = hub != NULL && owner->role == ILS_SPOKE ? hub->cluster_id : "",
        .route_string = owner->route,
        .version = texts->version,
        .objects = (int64_t)owner->catalog->live.count,
        .complete = ils_gap_of(owner) == ILS_GAP_NONE,
        .last_contact = own ? sj_wall_ms(service->scope) : wall_of(service, owner->heard_ms),
        .last_data_received = own ? 0 : wall_of(service, owner->changed_ms),
        .trust = own ? SJ_ILS_TRUST_OWN : ils_trust_of(service, owner->cluster_id)};
}

/* As a hub: the registration server is, whether or not it is named. */
static bool is_accepted(const struct ils_service *service, const struct ils_owner *owner) {
    const struct ils *core = service->core;
    bool registrar = false;
    for (size_t i = 0; i < core->neighbors_count; i++) {
        registrar = registrar || (core->neighbors[i]->registrar &&
                                  ils_peer_equal(&core->neighbors[i]->peer, &owner->peer));
    }
    return registrar || ils_accepts_hub(core, owner->cluster_id);
}

/* What is to be known of the clusters. */
static size_t notes_of(const struct ils_service *service, char (*sentences)[ILS_REASON_ROOM],
                       size_t most) {
    const struct ils *core = service->core;
    size_t count = ils_dispute_sentences(service, sentences, most);
    count += ils_gaps_sentences(service, sentences + count, most - count);
    count += ils_clusters_kept_addresses(service, sentences + count, most - count);
    for (size_t i = 1; i < core->owners_count && count < most; i++) {
        const struct ils_owner *owner = core->owners[i];
        if (owner->standing == ILS_LIVE && owner->role == ILS_HUB && !is_accepted(service, owner)) {
            (void)snprintf(sentences[count++], ILS_REASON_ROOM,
                           "cluster %s is a hub and none of the Accepted Hubs here "
                           "(ils-configuration): it is believed about itself alone",
                           owner->cluster_id);
        }
    }
    return count;
}

static void on_peers(void *user, sj_question *question, const sj_ils_peers *request) {
    struct ils_service *service = ready(user, question);
    (void)request;
    if (service == NULL) {
        return;
    }
    const struct ils *core = service->core;
    const struct ils_owner **owners = calloc(core->owners_count, sizeof(struct ils_owner *));
    struct peer_texts *texts = calloc(core->owners_count, sizeof *texts);
    sj_ils_peers_reply_peer *peers = calloc(core->owners_count, sizeof *peers);
    char(*sentences)[ILS_REASON_ROOM] = calloc(SENTENCES_SHOWN, sizeof *sentences);
    if (owners != NULL && texts != NULL && peers != NULL && sentences != NULL) {
        const char *notes[SENTENCES_SHOWN];
        size_t count = 0;
        const size_t notes_count = notes_of(service, sentences, SENTENCES_SHOWN);
        point_to(sentences, notes_count, notes);
        for (size_t i = 0; i < core->owners_count; i++) {
            owners[count] = core->owners[i];
            count += is_shown(owners[count]);
        }
        qsort(owners, count, sizeof(struct ils_owner *), by_cluster_id);
        for (size_t i = 0; i < count; i++) {
            peers[i] = peer_of(service, owners[i], &texts[i]);
        }
        const sj_ils_peers_reply reply = {
            .peers = peers, .peers_count = count, .notes = notes, .notes_count = notes_count};
        sj_reply_ils_peers(service->scope, question, &reply);
    } else {
        no_memory(service, question);
    }
    free(owners);
    free(texts);
    free(peers);
    free(sentences);
}

/* ---- objects ---- */

static const char *failover_of(const struct ils_object *object, char text[TEXTS_ROOM]) {
    text[0] = '\0';
    if (object->failover && ils_kind_is_pattern((enum ils_kind)object->kind)) {
        (void)snprintf(text, TEXTS_ROOM, "%u:%s", object->strip, ils_object_number(object));
    } else if (object->failover) {
        (void)snprintf(text, TEXTS_ROOM, "%s", ils_object_number(object));
    }
    return text;
}

static const char *route_of(const struct ils_object *object) {
    const struct ils_owner *owner = object->catalog->owner;
    return object->route_length > 0 ? ils_object_route(object) : owner->route;
}

/* The objects of one owner that belong to the page; how many are passed over is counted down. */
static size_t page_of(const struct ils_owner *owner, size_t *skip, size_t most,
                      sj_ils_learned_reply_object *objects, char (*texts)[TEXTS_ROOM]) {
    const struct ils_order *live = &owner->catalog->live;
    const struct ils_object *object;
    size_t count = 0;
    if (*skip >= live->count) {
        *skip -= live->count;
        return 0;
    }
    struct ils_place place = ils_order_skip(live, *skip);
    *skip = 0;
    for (; count < most && (object = ils_order_at(live, place)) != NULL;
         place = ils_order_next(live, place)) {
        objects[count] =
            (sj_ils_learned_reply_object){.kind = ils_kind_text((enum ils_kind)object->kind),
                                          .key = object->text,
                                          .cluster_id = owner->cluster_id,
                                          .route_string = route_of(object),
                                          .pstn_failover = failover_of(object, texts[count])};
        count++;
    }
    return count;
}

static void on_learned(void *user, sj_question *question, const sj_ils_learned *request) {
    struct ils_service *service = ready(user, question);
    if (service == NULL) {
        return;
    }
    const size_t most = request->limit > 0 ? (size_t)request->limit : 1;
    sj_ils_learned_reply_object *objects = calloc(most, sizeof *objects);
    char(*texts)[TEXTS_ROOM] = calloc(most, sizeof *texts);
    size_t skip = request->after > 0 ? (size_t)request->after : 0, count = 0, total = 0;
    if (objects == NULL || texts == NULL) {
        no_memory(service, question);
        free(objects);
        free(texts);
        return;
    }
    for (size_t i = 1; i < service->core->owners_count; i++) {
        const struct ils_owner *owner = service->core->owners[i];
        if (!owner->withdrawn && (request->cluster_id[0] == '\0' ||
                                  strcmp(request->cluster_id, owner->cluster_id) == 0)) {
            total += owner->catalog->live.count;
            count += page_of(owner, &skip, most - count, objects + count, texts + count);
        }
    }
    char message[100 + ILS_REASON_ROOM], remark[ILS_REASON_ROOM];
    (void)snprintf(message, sizeof message, "%zu object%s %s known here%s", total,
                   sj_plural((int64_t)total), total == 1 ? "is" : "are",
                   ils_gaps_remark(service, "", remark));
    const sj_ils_learned_reply reply = {
        .total = (int64_t)total, .objects = objects, .objects_count = count, .message = message};
    sj_reply_ils_learned(service->scope, question, &reply);
    free(objects);
    free(texts);
}

static void on_lookup(void *user, sj_question *question, const sj_ils_lookup *request) {
    struct ils_service *service = ready(user, question);
    struct ils_found found;
    static const char may_differ[] =
        ", so that another cluster, or a closer pattern, may count (ils status)";
    char message[500 + ILS_REASON_ROOM], remark[ILS_REASON_ROOM];
    if (service == NULL) {
        return;
    }
    const bool any_case = sj_param_enterprise_uri_lookup_policy(service->scope) ==
                          SJ_ENTERPRISE_URI_LOOKUP_POLICY_CASE_INSENSITIVE;
    if (!(any_case ? ils_lookup_any_case : ils_lookup)(
            service->core, request->dialled, service->blocks, service->blocks_count, &found)) {
        if (found.withdrawn != NULL) {
            (void)snprintf(message, sizeof message,
                           "%s advertises %.254s, and its certificates have been withdrawn here "
                           "(cert remove): nothing of it counts",
                           found.withdrawn->cluster_id, request->dialled);
        } else {
            (void)snprintf(message, sizeof message, "no cluster advertises %.254s%s",
                           request->dialled, ils_gaps_remark(service, "", remark));
        }
        const sj_ils_lookup_reply nothing = {.cluster_id = "",
                                             .kind = "",
                                             .key = "",
                                             .route_string = "",
                                             .pstn_failover = "",
                                             .blocked_by = "",
                                             .message = message};
        sj_reply_ils_lookup(service->scope, question, &nothing);
        return;
    }
    const char *rule =
        found.blocked == NULL ? "" : service->block_names[found.blocked - service->blocks];
    const bool imported = !found.own && found.owner == service->core->self;
    (void)snprintf(message, sizeof message, "%s %s%.64s%s%s%s%s", found.owner->cluster_id,
                   found.own  ? "is this cluster: it is reached here"
                   : imported ? "is this cluster, which advertises it for another call control (an "
                                "imported catalog): that is reached by the route string "
                   : found.route[0] != '\0' ? "is reached by the route string "
                                            : "has it, and advertises no route string",
                   found.own ? "" : found.route, found.failover ? ", over the PSTN by " : "",
                   found.number, found.blocked != NULL ? "; a rule blocks it" : "",
                   found.own ? "" /* nobody else's counts */
                             : ils_gaps_remark(service, may_differ, remark));
    const sj_ils_lookup_reply reply = {.found = found.blocked == NULL,
                                       .own = found.own,
                                       .cluster_id = found.owner->cluster_id,
                                       .kind = ils_kind_text((enum ils_kind)found.object->kind),
                                       .key = found.object->text,
                                       .route_string = found.route,
                                       .pstn_failover = found.number,
                                       .others = (int64_t)found.others,
                                       .blocked_by = rule,
                                       .message = message};
    sj_reply_ils_lookup(service->scope, question, &reply);
}

/* ---- conflicts ---- */

/* `settled`: keys of which all statements but one are blocked, or of clusters not trusted. */
static void print_conflicts(char *message, size_t room, size_t total, size_t shown, size_t settled,
                            const char *remark) {
    (void)snprintf(message, room, "%zu key%s %s advertised by several clusters", total,
                   sj_plural((int64_t)total), total == 1 ? "is" : "are");
    if (shown < total) {
        (void)snprintf(message + strlen(message), room - strlen(message),
                       "; the first %zu by kind and key are shown", shown);
    }
    if (settled > 0) {
        (void)snprintf(message + strlen(message), room - strlen(message),
                       "; of %zu more no two statements count here: clusters are blocked or "
                       "withdrawn",
                       settled);
    }
    (void)snprintf(message + strlen(message), room - strlen(message), "%s", remark);
}

static void on_conflicts(void *user, sj_question *question, const sj_ils_conflicts *request) {
    struct ils_service *service = ready(user, question);
    (void)request;
    if (service == NULL) {
        return;
    }
    struct ils_conflict *found = calloc(ILS_CONFLICTS_ROOM, sizeof *found);
    sj_ils_conflicts_reply_conflict *conflicts = calloc(ILS_CONFLICTS_SHOWN, sizeof *conflicts);
    char(*sentences)[ILS_REASON_ROOM] = calloc((size_t)2 * SENTENCES_SHOWN, sizeof *sentences);
    struct own_told *own = tell_own(service, true);
    if (found != NULL && conflicts != NULL && sentences != NULL && own != NULL) {
        const char *same[SENTENCES_SHOWN], *claims[SENTENCES_SHOWN];
        char message[300 + ILS_REASON_ROOM], remark[ILS_REASON_ROOM];
        size_t total;
        const size_t count = ils_conflicts_find(service, found, &total);
        const size_t stated = service->core->table.doubled;
        const size_t disputed = ils_dispute_sentences(service, sentences, SENTENCES_SHOWN);
        const size_t same_count =
            disputed +
            ils_conflicts_of_ids(service->core, sentences + disputed, SENTENCES_SHOWN - disputed);
        const size_t claims_count =
            ils_binding_claims(service, sentences + SENTENCES_SHOWN, SENTENCES_SHOWN);
        for (size_t i = 0; i < count; i++) {
            conflicts[i] = (sj_ils_conflicts_reply_conflict){
                .kind = ils_kind_text((enum ils_kind)found[i].used->kind),
                .key = found[i].used->text,
                .used = found[i].counts,
                .clusters = found[i].clusters,
                .clusters_count = found[i].clusters_count};
        }
        print_conflicts(message, sizeof message, total, count, stated > total ? stated - total : 0,
                        ils_gaps_remark(service, ", so that there may be more", remark));
        point_to(sentences, same_count, same);
        point_to(sentences + SENTENCES_SHOWN, claims_count, claims);
        const sj_ils_conflicts_reply reply = {.total = (int64_t)total,
                                              .conflicts = conflicts,
                                              .conflicts_count = count,
                                              .same_id = same,
                                              .same_id_count = same_count,
                                              .own = own->list,
                                              .own_count = own->count,
                                              .claims = claims,
                                              .claims_count = claims_count,
                                              .message = message};
        sj_reply_ils_conflicts(service->scope, question, &reply);
    } else {
        no_memory(service, question);
    }
    free(found);
    free(conflicts);
    free(sentences);
    free(own);
}

static void on_synchronize(void *user, sj_question *question, const sj_ils_synchronize *request) {
    struct ils_service *service = ready(user, question);
    (void)request;
    if (service == NULL) {
        return;
    }
    if (service->core->role == ILS_STANDALONE) {
        sj_fail(service->scope, question, SJ_E_CONFLICT,
                "this cluster is standalone: give it a role (ils-configuration set role=hub)");
        return;
    }
    ils_resume(service->core);
    ils_clusters_record_anew(service, NULL);
    ils_hurry(service->core, (int64_t)sj_monotonic_ms(service->scope));
    const sj_ils_synchronize_reply reply = {
        .message = "the hubs are asked now; ils status shows what came of it"};
    sj_reply_ils_synchronize(service->scope, question, &reply);
}

int ils_requests_open(struct ils_service *service, sj_error *error) {
    sj_scope *scope = service->scope;
    if (sj_answer_ils_status(scope, on_status, service, error) == NULL ||
        sj_answer_ils_peers(scope, on_peers, service, error) == NULL ||
        sj_answer_ils_learned(scope, on_learned, service, error) == NULL ||
        sj_answer_ils_lookup(scope, on_lookup, service, error) == NULL ||
        sj_answer_ils_conflicts(scope, on_conflicts, service, error) == NULL ||
        sj_answer_ils_synchronize(scope, on_synchronize, service, error) == NULL) {
        return error->code != SJ_OK ? error->code : SJ_E_NO_MEMORY;
    }
    return SJ_OK;
}
