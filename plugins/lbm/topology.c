/* The links and locations of a network with what is taken of them, from one topology to the next.
 */
#include "reservations.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

/* A link has one hash from whichever end it is named. */
static uint64_t hash_of(const char *name) {
    const char *at = strchr(name, '@');
    if (at == NULL) {
        return sj_hash_keyed_text(name);
    }
    return sj_hash_keyed(name, (size_t)(at - name)) + sj_hash_keyed_text(at + 1);
}

/* Of two names of the same length: whether the parts before and behind the @ have changed places.
 */
static bool is_reversed(const char *a, const char *b) {
    const char *at = strchr(a, '@');
    const size_t first = at == NULL ? 0 : (size_t)(at - a),
                 second = strlen(a) - first - (at != NULL);
    return at != NULL && strlen(b) == first + 1 + second && b[second] == '@' &&
           memcmp(a, b + second + 1, first) == 0 && memcmp(at + 1, b, second) == 0;
}

static struct lbm_place *find_place(const sj_map *map, const char *name) {
    SJ_MAP_EACH_OF(place, map, hash_of(name), struct lbm_place, by_name) {
        if (strcmp(place->name, name) == 0 || is_reversed(place->name, name)) {
            return place;
        }
    }
    return NULL;
}

static struct lbm_place *new_place(const char *name, bool is_link) {
    struct lbm_place *place = calloc(1, sizeof *place + strlen(name) + 1);
    if (place != NULL) {
        place->is_link = is_link;
        memcpy(place->name, name, strlen(name) + 1);
    }
    return place;
}

static void release_unused(struct lbm_network *network, struct lbm_place *place) {
    if (place->calls > 0 || place->remotes > 0 || place->configured) {
        return;
    }
    if (place->version > 0) {
        network->floor = network->changes + 1;
    }
    (void)sj_map_remove(place->is_link ? &network->links : &network->locations, &place->by_name);
    free(place);
}

void lbm_place_take(struct lbm_network *network, struct lbm_place *place, int class, int64_t kbps) {
    struct lbm_pool *pool = &place->pools[class];
    pool->used += kbps;
    pool->peak = pool->used > pool->peak ? pool->used : pool->peak;
    place->version = network->taken = network->changes + 1;
}

void lbm_place_release(struct lbm_network *network, struct lbm_place *place) {
    place->calls--;
    release_unused(network, place);
}

/* ---- what other clusters take ---- */

struct lbm_place *lbm_place_find(const struct lbm_network *network, const char *name) {
    const char *at = strchr(name, '@');
    struct lbm_place *place = find_place(at != NULL ? &network->links : &network->locations, name);
    sj_text other_way = {0};
    if (place != NULL || at == NULL) {
        return place;
    }
    sj_text_printf(&other_way, "%s@%.*s", at + 1, (int)(at - name), name);
    place = other_way.failed ? NULL : find_place(&network->links, other_way.data);
    sj_text_clear(&other_way);
    return place;
}

struct lbm_place *lbm_place_of(struct lbm_network *network, const char *location,
                               const char *other) {
    struct lbm_place *place = NULL;
    sj_text name = {0};
    sj_text_puts(&name, location);
    if (other != NULL) {
        sj_text_printf(&name, "@%s", other);
    }
    if (!name.failed && (place = lbm_place_find(network, name.data)) == NULL &&
        (place = new_place(name.data, other != NULL)) != NULL) {
        sj_map_add(other != NULL ? &network->links : &network->locations, &place->by_name,
                   hash_of(name.data));
    }
    sj_text_clear(&name);
    return place;
}

void lbm_remote_begin(struct lbm_place *place) {
    place->remotes++;
}

void lbm_remote_change(struct lbm_network *network, struct lbm_place *place,
                       const int64_t more[LBM_CLASSES], int64_t calls) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        struct lbm_pool *pool = &place->pools[class];
        pool->used += more[class];
        pool->remote += more[class];
        pool->peak = pool->used > pool->peak ? pool->used : pool->peak;
    }
    place->remote_calls = (uint32_t)((int64_t)place->remote_calls + calls);
    network->changes++;
}

void lbm_remote_end(struct lbm_network *network, struct lbm_place *place) {
    place->remotes--;
    release_unused(network, place);
    network->changes++;
}

/* ---- from one topology to the next ---- */

static void free_places(sj_map *map) {
    for (sj_map_link *link; (link = sj_map_take_any(map)) != NULL;) {
        free(SJ_OWNER(link, struct lbm_place, by_name));
    }
    sj_map_clear(map);
}

/* The places of a new graph, those that are known already among them. */
static bool gather(const sj_map *map, struct lbm_place **places, size_t count,
                   const struct lbm_graph *graph, bool links) {
    sj_text name = {0};
    bool whole = true;
    for (size_t i = 0; i < count && whole; i++) {
        name.length = 0;
        if (links) {
            sj_text_printf(&name, "%s@%s", graph->locations[graph->links[i].ends[0]].name,
                           graph->locations[graph->links[i].ends[1]].name);
        } else {
            sj_text_puts(&name, graph->locations[i].name);
        }
        places[i] = name.failed ? NULL : find_place(map, name.data);
        if (places[i] == NULL && !name.failed) {
            places[i] = new_place(name.data, links);
        }
        whole = places[i] != NULL;
    }
    sj_text_clear(&name);
    return whole;
}

/* What was made for a graph that is not taken. */
static void forget_new(const sj_map *map, struct lbm_place **places, size_t count) {
    for (size_t i = 0; places != NULL && i < count && places[i] != NULL; i++) {
        if (find_place(map, places[i]->name) == NULL) {
            free(places[i]);
        }
    }
    free(places);
}

/* A link is shown from the end from which it is configured now. */
static void name_anew(struct lbm_place *place, const struct lbm_graph *graph,
                      const struct lbm_link *link) {
    const char *first = graph->locations[link->ends[0]].name;
    const char *second = graph->locations[link->ends[1]].name;
    const size_t length = strlen(first);
    memcpy(place->name, first, length);
    place->name[length] = '@';
    memcpy(place->name + length + 1, second, strlen(second));
}

/* Those that the graph has, in its order; the others go with their last call. */
static void take_over(struct lbm_network *network, sj_map *map, sj_list_head *list,
                      struct lbm_place **places, size_t count, const struct lbm_graph *graph,
                      bool links) {
    SJ_LIST_EACH(place, list, struct lbm_place, link) {
        place->configured = false;
        place->meter = NULL;
        sj_list_remove(&place->link);
    }
    for (size_t i = 0; i < count; i++) {
        struct lbm_place *place = places[i];
        const int64_t *kbps = links ? graph->links[i].kbps : graph->locations[i].kbps;
        for (int class = 0; class < LBM_CLASSES; class ++) {
            place->pools[class].capacity = kbps[class];
        }
        if (find_place(map, place->name) == NULL) {
            sj_map_add(map, &place->by_name, hash_of(place->name));
        }
        if (links) {
            name_anew(place, graph, &graph->links[i]);
        }
        place->configured = true;
        sj_list_add_last(list, &place->link);
    }
    sj_map_place at = {0};
    for (sj_map_link *link; (link = sj_map_walk(map, &at)) != NULL;) {
        release_unused(network, SJ_OWNER(link, struct lbm_place, by_name));
    }
}

bool lbm_network_set(struct lbm_network *network, struct lbm_graph *graph) {
    if (graph == NULL) {
        return false;
    }
    struct lbm_paths *paths = lbm_paths_new(graph, network->paths);
    struct lbm_place **of_location = calloc(graph->locations_count, sizeof(struct lbm_place *));
    struct lbm_place **of_link = calloc(graph->links_count + 1, sizeof(struct lbm_place *));
    if (paths == NULL || of_location == NULL || of_link == NULL ||
        !gather(&network->locations, of_location, graph->locations_count, graph, false) ||
        !gather(&network->links, of_link, graph->links_count, graph, true)) {
        forget_new(&network->locations, of_location, graph->locations_count);
        forget_new(&network->links, of_link, graph->links_count);
        lbm_paths_free(paths);
        lbm_graph_drop(graph);
        return false;
    }
    take_over(network, &network->locations, &network->location_list, of_location,
              graph->locations_count, graph, false);
    take_over(network, &network->links, &network->link_list, of_link, graph->links_count, graph,
              true);
    lbm_paths_free(network->paths);
    lbm_graph_drop(network->graph);
    free(network->of_location);
    free(network->of_link);
    network->graph = graph;
    network->paths = paths;
    network->of_location = of_location;
    network->of_link = of_link;
    network->changes++;
    return true;
}

uint32_t lbm_location_of(const struct lbm_network *network, const char *name) {
    if (name[0] == '\0' || strcmp(name, SJ_LOCATION_SHADOW) == 0) {
        name = SJ_LOCATION_HUB_NONE;
    }
    return lbm_graph_find(network->graph, name);
}

bool lbm_network_open(struct lbm_network *network) {
    return lbm_network_set(network, lbm_graph_new(NULL, 0, NULL, 0));
}

void lbm_topology_free(struct lbm_network *network) {
    free_places(&network->locations);
    free_places(&network->links);
    lbm_paths_free(network->paths);
    lbm_graph_drop(network->graph);
    free(network->of_location);
    free(network->of_link);
}
