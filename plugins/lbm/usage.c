/* What people ask of the calls: what they have taken, and how many more would be admitted. */
#include <stdlib.h>

#include "lbm.h"

/* ---- lbm usage ---- */

struct usage {
    sj_lbm_usage_reply_place *places;
    char (*capacities)[24];
    size_t count;
};

static void add_place(struct usage *usage, const struct lbm_place *place, bool all) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const struct lbm_pool *pool = &place->pools[class];
        if (pool->peak == 0 && pool->refused == 0 && !all) {
            continue;
        }
        char *capacity = usage->capacities[usage->count];
        if (pool->capacity == LBM_UNLIMITED || pool->capacity == 0) {
            (void)snprintf(capacity, sizeof usage->capacities[0], "%s",
                           pool->capacity == 0 ? "none" : "unlimited");
        } else {
            (void)snprintf(capacity, sizeof usage->capacities[0], "%lld",
                           (long long)pool->capacity);
        }
        usage->places[usage->count++] =
            (sj_lbm_usage_reply_place){.place = place->name,
                                       .pool = lbm_class_words[class],
                                       .used = pool->used,
                                       .capacity = capacity,
                                       .peak = pool->peak,
                                       .calls = place->calls,
                                       .refused = (int64_t)pool->refused,
                                       .remote = pool->remote,
                                       .remote_calls = place->remote_calls};
    }
}

static void add_places(struct usage *usage, const sj_list_head *list) {
    SJ_LIST_EACH(place, list, const struct lbm_place, link) {
        add_place(usage, place, false);
    }
}

static sj_lbm_usage_reply_owner *list_owners(struct lbm *lbm, size_t *count) {
    const int64_t now = (int64_t)sj_monotonic_ms(lbm->scope);
    const sj_heap *leases = &lbm->network.leases;
    sj_lbm_usage_reply_owner *owners = calloc(leases->count + 1, sizeof *owners);
    for (size_t i = 0; owners != NULL && i < leases->count; i++) {
        const struct lbm_owner *owner = SJ_OWNER(leases->links[i], struct lbm_owner, expiry);
        const int64_t left = owner->expiry.key - now;
        owners[i] = (sj_lbm_usage_reply_owner){.owner = owner->name,
                                               .calls = (int64_t)owner->count,
                                               .lease_s = left > 0 ? left / 1000 : 0};
    }
    *count = leases->count;
    return owners;
}

static void on_usage(void *user, sj_question *question, const sj_lbm_usage *request) {
    struct lbm *lbm = user;
    const struct lbm_network *network = &lbm->network;
    const size_t most =
        LBM_CLASSES * (network->graph->locations_count + network->graph->links_count);
    struct usage usage = {.places = calloc(most, sizeof *usage.places),
                          .capacities = calloc(most, sizeof *usage.capacities)};
    sj_lbm_usage_reply reply = {.calls = (int64_t)network->calls_count,
                                .admitted = (int64_t)network->admitted,
                                .as_audio = (int64_t)network->as_audio,
                                .refused = (int64_t)network->refused,
                                .overbooked = (int64_t)network->overbooked,
                                .given_back = (int64_t)network->expired};
    sj_lbm_usage_reply_owner *owners = list_owners(lbm, &reply.owners_count);
    if (usage.places == NULL || usage.capacities == NULL || owners == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the usage");
    } else {
        const struct lbm_place *one =
            request->place[0] != '\0' ? lbm_place_find(network, request->place) : NULL;
        if (one != NULL) {
            add_place(&usage, one, true);
        } else if (request->place[0] == '\0') {
            add_places(&usage, &network->link_list);
            add_places(&usage, &network->location_list);
        }
        if (usage.count == 0 && request->place[0] != '\0') {
            char hint[SJ_NEAREST_HINT];
            place_nearest(network, request->place, PLACE_LOCATIONS | PLACE_LINKS, hint);
            sj_fail(lbm->scope, question, SJ_E_NOT_FOUND,
                    "place: expected a location or a link such as A@B, got \"%s\"%s; sojourn lbm "
                    "topology names those there are",
                    request->place, hint);
        } else {
            reply.places = usage.places;
            reply.places_count = usage.count;
            reply.owners = owners;
            sj_reply_lbm_usage(lbm->scope, question, &reply);
        }
    }
    free(usage.places);
    free(usage.capacities);
    free(owners);
}

/* ---- lbm simulate ---- */

/* The paths that there would be without some links; NULL after the question has been answered. */
static struct lbm_paths *paths_without(struct lbm *lbm, sj_question *question,
                                       const sj_lbm_simulate *request) {
    const struct lbm_network *network = &lbm->network;
    const struct lbm_graph *graph = network->graph;
    bool *failed = calloc(graph->links_count + 1, sizeof *failed);
    struct lbm_paths *paths = NULL;
    for (size_t i = 0; failed != NULL && i < request->without_count; i++) {
        const struct lbm_place *link = lbm_place_find(network, request->without[i]);
        bool known = false;
        for (size_t k = 0; k < graph->links_count; k++) {
            if (network->of_link[k] == link) {
                failed[k] = known = true;
            }
        }
        if (!known) {
            sj_error error;
            char hint[SJ_NEAREST_HINT];
            place_nearest(network, request->without[i], PLACE_LINKS, hint);
            (void)sj_error_field(&error, SJ_E_NOT_FOUND, "without",
                                 "without: expected links such as A@B, got \"%s\"%s; sojourn lbm "
                                 "topology names those there are",
                                 request->without[i], hint);
            sj_fail_error(lbm->scope, question, &error);
            free(failed);
            return NULL;
        }
    }
    struct lbm_graph *rest = failed != NULL ? lbm_graph_without(graph, failed) : NULL;
    if (rest != NULL) {
        paths = lbm_paths_new(rest, NULL);
        lbm_graph_drop(rest);
    }
    if (paths == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for another topology");
    }
    free(failed);
    return paths;
}

static void reply_simulated(struct lbm *lbm, sj_question *question, const sj_lbm_simulate *request,
                            struct lbm_paths *paths, struct way_found *found) {
    const struct lbm_graph *graph = lbm->network.graph;
    const struct lbm_media media = {request->audio_bit_rate, request->video_bit_rate,
                                    request->traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE};
    struct lbm_demand *demand = &found->demand;
    struct lbm_answer answer;
    char message[640], place[160] = "", rest[260] = "";
    admission_bandwidth(lbm, &media, demand->kbps);
    const int64_t admitted = lbm_would_fit(&lbm->network, paths, demand, request->calls, &answer);
    const struct lbm_path *path = &found->way.path;
    const bool charged = found->way.count > 0 || answer.outcome == LBM_NO_PATH;
    const char **names = calloc(path->links_count + 1, sizeof *names);
    if (answer.outcome == LBM_NO_MEMORY || names == NULL) {
        sj_fail(lbm->scope, question, SJ_E_NO_MEMORY, "no memory for the path");
        free(names);
        return;
    }
    for (size_t i = 0; path->locations != NULL && i <= path->links_count; i++) {
        names[i] = graph->locations[path->locations[i]].name;
    }
    if (answer.short_of != NULL) {
        admission_place(&answer, place, sizeof place);
        (void)snprintf(rest, sizeof rest, "After %lld call%s %s; a call needs %lld.",
                       (long long)admitted, sj_plural(admitted), place, (long long)answer.needed);
    }
    (void)snprintf(message, sizeof message, "%s%s%s", found->text,
                   found->text[0] != '\0' && rest[0] != '\0' ? " " : "", rest);
    const sj_lbm_simulate_reply reply = {
        .admitted = admitted,
        .refused = request->calls - admitted,
        .audio = charged ? demand->kbps[LBM_AUDIO] : 0,
        .video = charged ? demand->kbps[LBM_VIDEO] : 0,
        .immersive = charged ? demand->kbps[LBM_IMMERSIVE] : 0,
        .path = names,
        .path_count = path->locations != NULL ? path->links_count + 1 : 0,
        .place = answer.short_of != NULL ? answer.short_of->name : "",
        .pool = answer.short_of != NULL ? lbm_class_words[answer.short_class] : "",
        .message = message};
    sj_reply_lbm_simulate(lbm->scope, question, &reply);
    free(names);
}

static void on_simulate(void *user, sj_question *question, const sj_lbm_simulate *request) {
    struct lbm *lbm = user;
    const struct way_asked asked = {request->from, request->to, request->from_cluster,
                                    request->to_cluster};
    struct way_found found;
    sj_error error = {0};
    struct lbm_paths *without = NULL;
    if (request->without_count > 0 && (without = paths_without(lbm, question, request)) == NULL) {
        return;
    }
    struct lbm_paths *paths = without != NULL ? without : lbm->network.paths;
    if (way_find(lbm, &asked, paths, &found, &error) != SJ_OK) {
        sj_fail_error(lbm->scope, question, &error);
    } else {
        reply_simulated(lbm, question, request, paths, &found);
        free(found.way.places);
    }
    lbm_paths_free(without);
}

int usage_open(struct lbm *lbm, sj_error *error) {
    return sj_answer_lbm_usage(lbm->scope, on_usage, lbm, error) != NULL &&
                   sj_answer_lbm_simulate(lbm->scope, on_simulate, lbm, error) != NULL
               ? SJ_OK
               : error->code;
}
