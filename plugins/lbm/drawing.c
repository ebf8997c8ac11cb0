/* Writes the graph, and lays the drawing out: a tree by breadth, each location in the middle of the
 * angle that its leaves need. */
#include "drawing.h"

#include <math.h>
#include <stdlib.h>

#include <sojourn/xml_text.h>

enum { RING = 130, LEAF = 26, MARGIN = 90, DOT = 6 };

static const double full_turn = 6.283185307179586;

/* How full the fullest bandwidth of a link is: 0 to 1, and more when it is overbooked. */
static double fullness(const struct lbm_place *place) {
    double most = 0;
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const struct lbm_pool *pool = &place->pools[class];
        if (pool->used > 0 && pool->capacity != LBM_UNLIMITED) {
            const double here =
                (double)pool->used / (double)(pool->capacity + (pool->capacity == 0));
            most = here > most ? here : most;
        }
    }
    return most;
}

static const char *colour_of(const struct lbm_place *place) {
    const double full = fullness(place);
    return full >= 0.9 ? "#c0392b" : full >= 0.7 ? "#d68910" : full > 0 ? "#1e8449" : "#5d6d7e";
}

static void put_pools(sj_text *text, const struct lbm_place *place, const char *between) {
    for (int class = 0; class < LBM_CLASSES; class ++) {
        const struct lbm_pool *pool = &place->pools[class];
        sj_text_printf(text, "%s%s %lld / ", between, lbm_class_words[class],
                       (long long)pool->used);
        if (pool->capacity == LBM_UNLIMITED) {
            sj_text_puts(text, "unlimited");
        } else if (pool->capacity == 0) {
            sj_text_puts(text, "none");
        } else {
            sj_text_integer(text, pool->capacity);
        }
    }
}

/* ---- graphviz ---- */

static void put_quoted(sj_text *text, const char *name) {
    sj_text_char(text, '"');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            sj_text_char(text, '\\');
        }
        sj_text_char(text, *c);
    }
    sj_text_char(text, '"');
}

void drawing_dot(const struct lbm_network *network, sj_text *text) {
    const struct lbm_graph *graph = network->graph;
    sj_text_puts(text, "graph locations {\n  layout=\"neato\";\n  overlap=\"false\";\n"
                       "  node [shape=\"box\", style=\"rounded\"];\n");
    for (size_t i = 0; i < graph->locations_count; i++) {
        sj_text_puts(text, "  ");
        put_quoted(text, graph->locations[i].name);
        sj_text_puts(text, ";\n");
    }
    for (size_t i = 0; i < graph->links_count; i++) {
        const struct lbm_link *link = &graph->links[i];
        sj_text_puts(text, "  ");
        put_quoted(text, graph->locations[link->ends[0]].name);
        sj_text_puts(text, " -- ");
        put_quoted(text, graph->locations[link->ends[1]].name);
        sj_text_printf(text, " [label=\"weight %lld", (long long)link->weight);
        put_pools(text, network->of_link[i], "\\n");
        sj_text_printf(text, "\", color=\"%s\"%s];\n", colour_of(network->of_link[i]),
                       link->implied ? ", style=\"dashed\"" : "");
    }
    sj_text_puts(text, "}");
}

/* ---- the drawing ---- */

struct place {
    uint32_t parent, depth;
    uint32_t leaves; /* below it, itself when it has none */
    bool reached;
    double from, turn; /* its angle: where it begins, how wide it is */
    double x, y;
};

struct layout {
    struct place *places;
    uint32_t *order; /* by breadth */
    size_t count;    /* in `order` */
    uint32_t deepest;
    double ring; /* between two circles */
};

static uint32_t centre_of(const struct lbm_graph *graph, const struct place *places) {
    uint32_t best = LBM_NOWHERE;
    for (uint32_t i = 0; i < graph->locations_count; i++) {
        if (!places[i].reached && (best == LBM_NOWHERE || graph->locations[i].edges_count >
                                                              graph->locations[best].edges_count)) {
            best = i;
        }
    }
    const uint32_t hub = lbm_graph_find(graph, SJ_LOCATION_HUB_NONE);
    return !places[hub].reached && graph->locations[hub].edges_count > 0 ? hub : best;
}

/* Everything that can be reached from the centre; then the same for what is left. */
static void reach_all(const struct lbm_graph *graph, struct layout *layout) {
    for (uint32_t root; (root = centre_of(graph, layout->places)) != LBM_NOWHERE;) {
        size_t next = layout->count;
        layout->places[root] =
            (struct place){.parent = LBM_NOWHERE, .reached = true, .depth = layout->count > 0};
        layout->order[layout->count++] = root;
        for (; next < layout->count; next++) {
            const struct lbm_location *at = &graph->locations[layout->order[next]];
            const uint32_t depth = layout->places[layout->order[next]].depth;
            for (uint32_t i = 0; i < at->edges_count; i++) {
                const uint32_t to = graph->edges[at->first_edge + i].to;
                if (!layout->places[to].reached) {
                    layout->places[to] = (struct place){
                        .parent = layout->order[next], .reached = true, .depth = depth + 1};
                    layout->order[layout->count++] = to;
                }
            }
        }
    }
}

static void count_leaves(struct layout *layout) {
    for (size_t i = layout->count; i-- > 0;) {
        struct place *place = &layout->places[layout->order[i]];
        place->leaves += place->leaves == 0;
        layout->deepest = place->depth > layout->deepest ? place->depth : layout->deepest;
        if (place->parent != LBM_NOWHERE) {
            layout->places[place->parent].leaves += place->leaves;
        }
    }
}

static void turn_all(struct layout *layout) {
    double leaves = 0, used = 0;
    for (size_t i = 0; i < layout->count; i++) {
        const struct place *place = &layout->places[layout->order[i]];
        leaves += place->parent == LBM_NOWHERE ? place->leaves : 0;
    }
    for (size_t i = 0; i < layout->count; i++) {
        struct place *place = &layout->places[layout->order[i]];
        double *begin = &used;
        place->turn = full_turn * place->leaves / leaves;
        if (place->parent != LBM_NOWHERE) {
            begin = &layout->places[place->parent].from; /* moves on with each child */
        }
        place->from = *begin;
        *begin += place->turn;
        const double angle = place->from + place->turn / 2, radius = layout->ring * place->depth;
        place->x = radius * cos(angle);
        place->y = radius * sin(angle);
    }
}

static void put_link(const struct lbm_network *network, const struct layout *layout, size_t index,
                     sj_text *text) {
    const struct lbm_link *link = &network->graph->links[index];
    const struct place *a = &layout->places[link->ends[0]], *b = &layout->places[link->ends[1]];
    sj_text tip = {0};
    sj_text_printf(&tip, "%s: weight %lld", network->of_link[index]->name, (long long)link->weight);
    put_pools(&tip, network->of_link[index], ", ");
    sj_xml_text_format(text,
                       "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                       "stroke-width=\"2\"%s>",
                       a->x, a->y, b->x, b->y, colour_of(network->of_link[index]),
                       link->implied ? " stroke-dasharray=\"5 4\"" : "");
    sj_xml_text_element(text, "title", sj_or_empty(tip.data));
    sj_xml_text_raw(text, "</line>\n");
    sj_xml_text_format(text, "<text x=\"%.1f\" y=\"%.1f\" class=\"weight\">%lld</text>\n",
                       (a->x + b->x) / 2, (a->y + b->y) / 2 - 3, (long long)link->weight);
    text->failed = text->failed || tip.failed;
    sj_text_clear(&tip);
}

static void put_location(const struct lbm_network *network, const struct layout *layout,
                         size_t index, sj_text *text) {
    const struct place *place = &layout->places[index];
    sj_text tip = {0};
    sj_text_puts(&tip, network->of_location[index]->name);
    put_pools(&tip, network->of_location[index], ", ");
    sj_xml_text_format(text, "<g><circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>", place->x, place->y,
                       DOT);
    sj_xml_text_element(text, "title", sj_or_empty(tip.data));
    sj_xml_text_format(text, "<text x=\"%.1f\" y=\"%.1f\">", place->x, place->y + 2.8 * DOT);
    sj_xml_text_escaped(text, network->of_location[index]->name);
    sj_xml_text_raw(text, "</text></g>\n");
    text->failed = text->failed || tip.failed;
    sj_text_clear(&tip);
}

static void put_drawing(const struct lbm_network *network, const struct layout *layout,
                        sj_text *text) {
    const double half = layout->ring * layout->deepest + MARGIN;
    sj_xml_text_format(text,
                       "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%.0f %.0f %.0f %.0f\" "
                       "font-family=\"sans-serif\" font-size=\"11\" text-anchor=\"middle\">\n",
                       -half, -half, 2 * half, 2 * half);
    sj_xml_text_raw(text, "<style>circle { fill: #2e4053 } .weight { fill: #85929e }</style>\n");
    for (size_t i = 0; i < network->graph->links_count; i++) {
        put_link(network, layout, i, text);
    }
    for (size_t i = 0; i < network->graph->locations_count; i++) {
        put_location(network, layout, i, text);
    }
    sj_xml_text_raw(text, "</svg>");
}

void drawing_svg(const struct lbm_network *network, sj_text *text) {
    const size_t count = network->graph->locations_count;
    struct layout layout = {.places = calloc(count, sizeof *layout.places),
                            .order = calloc(count, sizeof *layout.order)};
    text->failed = text->failed || layout.places == NULL || layout.order == NULL;
    if (!text->failed) {
        reach_all(network->graph, &layout);
        count_leaves(&layout);
        double leaves = 0;
        for (size_t i = 0; i < count; i++) {
            leaves += layout.places[i].parent == LBM_NOWHERE ? layout.places[i].leaves : 0;
        }
        const double wide = leaves * LEAF / full_turn; /* so that those of the first have room */
        layout.ring = wide > RING ? wide : RING;
        turn_all(&layout);
        put_drawing(network, &layout, text);
    }
    free(layout.places);
    free(layout.order);
}
