/* Effective paths: random graphs beside the Lua oracle, ties, what is built in, topologies as large
 * as they may be. The seed is printed; LBM_SEED gives one, LBM_GRAPHS how many graphs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "paths.h"

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 11) % limit;
}

static unsigned long from_environment(const char *name, unsigned long otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 10) : otherwise;
}

enum { LOCATIONS_MOST = 14, LINKS_MOST = 60 };

/* A graph of locations "L00" ...; the built-in ones sort before and behind them. */
struct random_graph {
    char names[LOCATIONS_MOST][4];
    struct lbm_location_given locations[LOCATIONS_MOST];
    struct lbm_link_given links[LINKS_MOST];
    uint32_t numbers[LINKS_MOST][2];
    size_t locations_count, links_count;
};

static void make(struct random_graph *graph) {
    const uint32_t weights = 1 + random_below(3) * random_below(50); /* few weights: many ties */
    graph->locations_count = 2 + random_below(LOCATIONS_MOST - 1);
    graph->links_count = random_below((uint32_t)(graph->locations_count * 3));
    for (size_t i = 0; i < graph->locations_count; i++) {
        (void)snprintf(graph->names[i], sizeof graph->names[i], "L%02zu", i);
        graph->locations[i] = (struct lbm_location_given){.name = graph->names[i]};
    }
    for (size_t i = 0; i < graph->links_count; i++) {
        struct lbm_link_given *link = &graph->links[i];
        *link = (struct lbm_link_given){.weight = 1 + random_below(weights)};
        for (int end = 0; end < 2; end++) {
            graph->numbers[i][end] = random_below((uint32_t)graph->locations_count);
            link->ends[end] = graph->names[graph->numbers[i][end]];
        }
    }
    /* Those without a link would get one to Hub_None, which the oracle does not know. */
    for (uint32_t i = 0; i < graph->locations_count && graph->links_count < LINKS_MOST; i++) {
        bool named = false;
        for (size_t k = 0; k < graph->links_count; k++) {
            named = named || (graph->numbers[k][0] != graph->numbers[k][1] &&
                              (graph->numbers[k][0] == i || graph->numbers[k][1] == i));
        }
        if (!named) {
            const uint32_t other = i == 0 ? 1 : 0;
            graph->numbers[graph->links_count][0] = i;
            graph->numbers[graph->links_count][1] = other;
            graph->links[graph->links_count++] =
                (struct lbm_link_given){.ends = {graph->names[i], graph->names[other]},
                                        .weight = 1 + random_below(weights)};
        }
    }
}

static void push(lua_State *lua, const struct random_graph *graph) {
    lua_newtable(lua);
    lua_pushinteger(lua, (lua_Integer)graph->locations_count);
    lua_setfield(lua, -2, "n");
    lua_newtable(lua);
    for (size_t i = 0; i < graph->links_count; i++) {
        const lua_Integer numbers[] = {graph->numbers[i][0] + 1, graph->numbers[i][1] + 1,
                                       (lua_Integer)graph->links[i].weight};
        lua_newtable(lua);
        for (int k = 0; k < 3; k++) {
            lua_pushinteger(lua, numbers[k]);
            lua_rawseti(lua, -2, k + 1);
        }
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_setfield(lua, -2, "links");
}

/* Whether the path found is the one that lies on the Lua stack. */
static void same_path(lua_State *lua, const struct lbm_graph *graph, const struct lbm_path *path,
                      uint32_t first) {
    lua_getfield(lua, -1, "weight");
    const int64_t weight = lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    if (weight < 0) {
        assert_null(path->locations);
        return;
    }
    assert_non_null(path->locations);
    assert_int_equal(path->weight, weight);
    assert_int_equal(path->links_count + 1, lua_rawlen(lua, -1));
    for (size_t i = 0; i <= path->links_count; i++) {
        lua_rawgeti(lua, -1, (lua_Integer)i + 1);
        assert_int_equal(path->locations[i], first + lua_tointeger(lua, -1) - 1);
        lua_pop(lua, 1);
        if (i < path->links_count) {
            const uint32_t *ends = graph->links[path->links[i]].ends;
            assert_true((ends[0] == path->locations[i] && ends[1] == path->locations[i + 1]) ||
                        (ends[1] == path->locations[i] && ends[0] == path->locations[i + 1]));
        }
    }
}

static void compare(lua_State *lua, const struct random_graph *given) {
    struct lbm_graph *graph =
        lbm_graph_new(given->locations, given->locations_count, given->links, given->links_count);
    struct lbm_paths *paths = lbm_paths_new(graph, NULL);
    const uint32_t first = lbm_graph_find(graph, "L00");
    lua_Integer pair = 0;
    lua_getfield(lua, -1, "paths");
    push(lua, given);
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK) {
        fail_msg("%s", lua_tostring(lua, -1));
    }
    for (uint32_t a = 0; a < given->locations_count; a++) {
        for (uint32_t b = a + 1; b < given->locations_count; b++) {
            struct lbm_path path;
            lua_rawgeti(lua, -1, ++pair);
            assert_true(lbm_paths_find(paths, first + a, first + b, &path));
            same_path(lua, graph, &path, first);
            const size_t links = path.links_count;
            assert_true(lbm_paths_find(paths, first + b, first + a, &path));
            assert_int_equal(path.links_count, links);
            assert_true(links == 0 || path.locations[0] == first + b);
            lua_pop(lua, 1);
        }
    }
    lua_pop(lua, 1);
    lbm_paths_free(paths);
    lbm_graph_drop(graph);
}

static void random_graphs(void **state) {
    const unsigned long graphs = from_environment("LBM_GRAPHS", 2000);
    lua_State *lua = luaL_newstate();
    struct random_graph *given = calloc(1, sizeof *given);
    (void)state;
    random_state = from_environment("LBM_SEED", (unsigned long)time(NULL) | 1);
    print_message("seed: LBM_SEED=%llu\n", (unsigned long long)random_state);
    luaL_openlibs(lua);
    if (luaL_dofile(lua, ORACLE) != LUA_OK) {
        fail_msg("%s", lua_tostring(lua, -1));
    }
    for (unsigned long i = 0; i < graphs; i++) {
        make(given);
        compare(lua, given);
    }
    free(given);
    lua_close(lua);
}

static void what_is_built_in(void **state) {
    const struct lbm_location_given locations[] = {
        {"Berlin", {0}}, {"Hub_None", {80, 0, 0}}, {"Paris", {0}}, {"Rome", {0}}};
    const struct lbm_link_given links[] = {{{"Paris", "Rome"}, 10, {0}},
                                           {{"Rome", "Paris"}, 5, {7, 0, 0}},
                                           {{"Rome", "Rome"}, 1, {0}},
                                           {{"Rome", "Shadow"}, 1, {0}},
                                           {{"Rome", "Oslo"}, 1, {0}}};
    struct lbm_graph *graph = lbm_graph_new(locations, 4, links, 5);
    (void)state;
    assert_int_equal(graph->locations_count, 6);
    assert_int_equal(graph->left_out, 4);
    assert_int_equal(graph->links_count, 2);
    assert_int_equal(graph->locations[lbm_graph_find(graph, SJ_LOCATION_HUB_NONE)].kbps[LBM_AUDIO],
                     80);
    /* Berlin has the link that a new location has; Paris and Rome have one of their own only. */
    const uint32_t berlin = lbm_graph_find(graph, "Berlin"), paris = lbm_graph_find(graph, "Paris");
    const struct lbm_edge *edge = &graph->edges[graph->locations[berlin].first_edge];
    assert_int_equal(graph->locations[berlin].edges_count, 1);
    assert_true(graph->links[edge->link].implied);
    assert_int_equal(graph->links[edge->link].weight, 50);
    assert_true(graph->links[edge->link].kbps[LBM_AUDIO] == LBM_UNLIMITED);
    assert_int_equal(graph->links[edge->link].kbps[LBM_VIDEO], 384);
    assert_int_equal(graph->links[edge->link].kbps[LBM_IMMERSIVE], 384);
    edge = &graph->edges[graph->locations[paris].first_edge];
    assert_int_equal(graph->links[edge->link].weight, 5);
    assert_int_equal(graph->links[edge->link].kbps[LBM_AUDIO], 7);
    struct lbm_paths *paths = lbm_paths_new(graph, NULL);
    struct lbm_path path;
    assert_true(lbm_paths_find(paths, berlin, paris, &path));
    assert_null(path.locations);
    assert_true(lbm_paths_find(paths, lbm_graph_find(graph, SJ_LOCATION_SHADOW), paris, &path));
    assert_null(path.locations);
    lbm_paths_free(paths);
    lbm_graph_drop(graph);
}

static void ties_are_told(void **state) {
    const struct lbm_location_given locations[] = {
        {"A", {0}}, {"B", {0}}, {"C", {0}}, {"D", {0}}, {"E", {0}}};
    const struct lbm_link_given links[] = {{{"A", "B"}, 1, {0}},
                                           {{"A", "C"}, 1, {0}},
                                           {{"B", "D"}, 1, {0}},
                                           {{"C", "D"}, 1, {0}},
                                           {{"D", "E"}, 1, {0}}};
    struct lbm_graph *graph = lbm_graph_new(locations, 5, links, 5);
    struct lbm_distances distances;
    bool tied[8];
    (void)state;
    assert_true(lbm_distances_find(graph, lbm_graph_find(graph, "E"), &distances));
    lbm_distances_ties(graph, &distances, tied);
    assert_true(tied[lbm_graph_find(graph, "A")]);
    assert_false(tied[lbm_graph_find(graph, "B")]);
    assert_false(tied[lbm_graph_find(graph, "D")]);
    assert_int_equal(distances.weights[lbm_graph_find(graph, "A")], 3);
    assert_int_equal(distances.weights[lbm_graph_find(graph, SJ_LOCATION_PHANTOM)], -1);
    lbm_distances_free(&distances);
    lbm_graph_drop(graph);
}

/* 2,000 locations in one chain: the longest path there can be, and the deepest tree. */
static void a_long_chain(void **state) {
    enum { COUNT = 2000 };
    char(*names)[8] = calloc(COUNT, sizeof *names);
    struct lbm_location_given *locations = calloc(COUNT, sizeof *locations);
    struct lbm_link_given *links = calloc(COUNT, sizeof *links);
    struct lbm_path path;
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "N%04zu", i);
        locations[i].name = names[i];
        if (i > 0) {
            links[i - 1] = (struct lbm_link_given){{names[i - 1], names[i]}, 100, {0}};
        }
    }
    struct lbm_graph *graph = lbm_graph_new(locations, COUNT, links, COUNT - 1);
    struct lbm_paths *paths = lbm_paths_new(graph, NULL);
    assert_true(lbm_paths_find(paths, lbm_graph_find(graph, "N1999"),
                               lbm_graph_find(graph, "N0000"), &path));
    assert_int_equal(path.links_count, COUNT - 1);
    assert_int_equal(path.weight, 100 * (COUNT - 1));
    /* What was in use is computed again for the next graph, a few at a time. */
    struct lbm_paths *next = lbm_paths_new(graph, paths);
    assert_false(lbm_paths_warm(next, 4));
    lbm_paths_free(next);
    next = lbm_paths_new(graph, paths);
    assert_true(lbm_paths_warm(next, 0));
    lbm_paths_free(next);
    lbm_paths_free(paths);
    lbm_graph_drop(graph);
    free(names);
    free(locations);
    free(links);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs), cmocka_unit_test(what_is_built_in),
        cmocka_unit_test(ties_are_told), cmocka_unit_test(a_long_chain)};
    return cmocka_run_group_tests_name("effective paths", tests, NULL, NULL);
}
