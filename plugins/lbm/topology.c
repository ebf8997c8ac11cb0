/* The links and locations of a network with what is taken of them, from one topology to the next.
 */
#include "reservations.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

static struct lbm_place *find_place(const sj_map *map, const char *name) {
    SJ_MAP_EACH_OF(place, map, sj_hash_keyed_text(name), struct lbm_place, by_name) {
        if (strcmp(place->name, name) == 0) {
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

void lbm_place_release(struct lbm_network *network, struct lbm_place *place) {
    if (--place->calls == 0 && !place->configured) {
        (void)sj_map_remove(place->is_link ? &network->links : &network->locations,
                            &place->by_name);
        free(place);
    }
}

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

/* Those that the graph has, in its order; the others go with their last call. */
static void take_over(sj_map *map, sj_list_head *list, struct lbm_place **places, size_t count,
                      const struct lbm_graph *graph, bool links) {
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
            sj_map_add(map, &place->by_name, sj_hash_keyed_text(place->name));
        }
        place->configured = true;
        sj_list_add_last(list, &place->link);
    }
    sj_map_place at = {0};
    for (sj_map_link *link; (link = sj_map_walk(map, &at)) != NULL;) {
        struct lbm_place *place = SJ_OWNER(link, struct lbm_place, by_name);
        if (!place->configured && place->calls == 0) {
            (void)sj_map_remove(map, link);
            free(place);
        }
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
    take_over(&network->locations, &network->location_list, of_location, graph->locations_count,
              graph, false);
    take_over(&network->links, &network->link_list, of_link, graph->links_count, graph, true);
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
    if (name[0] == '\0' || strcmp(name, LBM_SHADOW) == 0) {
        name = LBM_HUB;
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
