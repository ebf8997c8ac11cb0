/* What is said and drawn of a topology: findings, the graph for graphviz, the drawing; and what is
 * left of a topology without some links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "drawing.h"
#include "findings.h"

#define OPEN                                                                                       \
    { LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED }

static const struct lbm_location_given locations[] = {{"Berlin", OPEN}, {"Köln & Co", OPEN},
                                                      {"Oslo", OPEN},   {"Paris", {20, 0, 0}},
                                                      {"Rome", OPEN},   {"Turin", OPEN}};
static const struct lbm_link_given links[] = {{{"Hub_None", "Berlin"}, 10, {256, 1024, 0}},
                                              {{"Hub_None", "Paris"}, 10, {8, 0, 0}},
                                              {{"Berlin", "Rome"}, 10, OPEN},
                                              {{"Paris", "Rome"}, 10, OPEN},
                                              {{"Oslo", "Turin"}, 5, OPEN},
                                              {{"Rome", "Shadow"}, 5, OPEN}};

static bool says(const struct lbm_findings *findings, const char *words) {
    for (size_t i = 0; i < findings->count; i++) {
        if (strstr(findings->sentences[i], words) != NULL) {
            return true;
        }
    }
    return false;
}

static void findings_are_sentences(void **state) {
    struct lbm_graph *graph = lbm_graph_new(locations, 6, links, 6);
    struct lbm_findings findings = {0};
    (void)state;
    lbm_findings_look(graph, &findings);
    assert_false(findings.failed);
    assert_true(says(&findings, "1 link counts for nothing"));
    assert_true(says(&findings, "no links join Oslo and what it is linked with (2 locations) with "
                                "Berlin: calls between them are refused"));
    assert_true(says(&findings, "between Hub_None and Rome two paths have the weight 20"));
    assert_true(says(&findings, "between Berlin and Paris two paths have the weight 20"));
    assert_true(says(&findings, "the link Hub_None@Paris has 8 kbps for audio"));
    assert_true(says(&findings, "the location Paris has 20 kbps for audio"));
    lbm_findings_free(&findings);
    lbm_graph_drop(graph);
    /* A star as it is when nothing is given. */
    graph = lbm_graph_new(locations, 3, NULL, 0);
    lbm_findings_look(graph, &findings);
    assert_int_equal(findings.count, 0);
    lbm_findings_free(&findings);
    lbm_graph_drop(graph);
}

/* The same place under two names, as two clusters write it. */
static void names_that_differ_in_case_are_told(void **state) {
    static const struct lbm_location_given near[] = {
        {"BERLIN", OPEN}, {"Berlin", OPEN}, {"Rome", OPEN}, {"hub_None", OPEN}};
    struct lbm_graph *graph = lbm_graph_new(near, 4, NULL, 0);
    struct lbm_findings findings = {0};
    (void)state;
    lbm_findings_look(graph, &findings);
    assert_int_equal(findings.count, 2);
    assert_true(says(&findings, "the locations BERLIN and Berlin differ in small and capital "
                                "letters alone"));
    assert_true(says(&findings, "the locations Hub_None and hub_None differ"));
    lbm_findings_free(&findings);
    lbm_graph_drop(graph);
}

/* Calls with an end in Phantom or Shadow are not counted there. */
static void what_is_not_counted_is_not_too_small(void **state) {
    static const struct lbm_location_given small[] = {
        {"Berlin", {10, 0, 0}}, {"Phantom", {10, 0, 0}}, {"Shadow", {10, 0, 0}}};
    struct lbm_graph *graph = lbm_graph_new(small, 3, NULL, 0);
    struct lbm_findings findings = {0};
    (void)state;
    lbm_findings_look(graph, &findings);
    assert_int_equal(findings.count, 1);
    assert_true(says(&findings, "the location Berlin has 10 kbps for audio"));
    lbm_findings_free(&findings);
    lbm_graph_drop(graph);
}

static void many_findings_are_counted(void **state) {
    enum { COUNT = 60 };
    char names[COUNT][8];
    struct lbm_location_given many[COUNT];
    struct lbm_link_given ring[COUNT];
    struct lbm_findings findings = {0};
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "N%zu", i);
        many[i] = (struct lbm_location_given){names[i], OPEN};
        ring[i] = (struct lbm_link_given){{names[i], names[(i + 1) % COUNT]}, 1, {7, 0, 0}};
    }
    struct lbm_graph *graph = lbm_graph_new(many, COUNT, ring, COUNT);
    lbm_findings_look(graph, &findings);
    assert_int_equal(findings.count, 41 + 1); /* 20 small, 20 ties, and how many more of each */
    assert_true(says(&findings, "40 more links and locations"));
    assert_true(says(&findings, "10 more pairs of locations"));
    lbm_findings_free(&findings);
    lbm_graph_drop(graph);
}

static void drawings_are_well_formed(void **state) {
    struct lbm_network network = {0};
    struct lbm_answer answer;
    const struct lbm_asker asker = {"hq-1", "1", 0, 60000};
    const struct lbm_demand demand = {.from = "Berlin", .to = "", .kbps = {240, 0, 0}};
    sj_text svg = {0}, dot = {0};
    (void)state;
    assert_true(lbm_network_open(&network));
    assert_true(lbm_network_set(&network, lbm_graph_new(locations, 6, links, 6)));
    lbm_reserve(&network, &asker, "1", &demand, &answer);
    assert_int_equal(answer.outcome, LBM_ADMITTED);
    drawing_svg(&network, &svg);
    drawing_dot(&network, &dot);
    assert_false(svg.failed);
    assert_false(dot.failed);
    xmlDoc *document = xmlReadMemory(svg.data, (int)svg.length, "topology.svg", NULL,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR);
    assert_non_null(document);
    assert_string_equal(xmlDocGetRootElement(document)->name, "svg");
    xmlFreeDoc(document);
    xmlCleanupParser();
    assert_non_null(strstr(svg.data, ">Köln &amp; Co</text>"));
    assert_non_null(strstr(svg.data, "Hub_None@Berlin: weight 10, audio 240 / 256, video 0 / 1024, "
                                     "immersive 0 / none"));
    assert_null(strstr(svg.data, "nan"));
    assert_non_null(strstr(svg.data, "stroke=\"#c0392b\"")); /* 240 of 256 is nearly all */
    assert_non_null(strstr(dot.data, "\"Hub_None\" -- \"Berlin\" [label=\"weight 10\\naudio 240 / "
                                     "256\\nvideo 0 / 1024"));
    assert_non_null(strstr(dot.data, "\"Köln & Co\" -- \"Hub_None\" [label=\"weight 50"));
    assert_non_null(strstr(dot.data, "style=\"dashed\""));
    sj_text_clear(&svg);
    sj_text_clear(&dot);
    lbm_network_close(&network);
}

static void links_that_fail(void **state) {
    struct lbm_graph *graph = lbm_graph_new(locations, 6, links, 6);
    bool *failed = calloc(graph->links_count, sizeof *failed);
    struct lbm_path path;
    (void)state;
    const uint32_t rome = lbm_graph_find(graph, "Rome"),
                   hub = lbm_graph_find(graph, SJ_LOCATION_HUB_NONE);
    for (size_t i = 0; i < graph->links_count; i++) {
        failed[i] = graph->links[i].ends[1] == lbm_graph_find(graph, "Berlin") ||
                    graph->links[i].ends[0] == lbm_graph_find(graph, "Berlin");
    }
    struct lbm_graph *rest = lbm_graph_without(graph, failed);
    struct lbm_paths *paths = lbm_paths_new(rest, NULL);
    assert_int_equal(rest->links_count, graph->links_count);
    assert_true(lbm_paths_find(paths, hub, rome, &path));
    assert_int_equal(path.links_count, 2);
    assert_string_equal(rest->locations[path.locations[1]].name, "Paris");
    assert_true(lbm_paths_find(paths, hub, lbm_graph_find(graph, "Berlin"), &path));
    assert_null(path.locations); /* it has no link at all then, and no implied one */
    lbm_paths_free(paths);
    lbm_graph_drop(rest);
    lbm_graph_drop(graph);
    free(failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(findings_are_sentences),
                                       cmocka_unit_test(names_that_differ_in_case_are_told),
                                       cmocka_unit_test(what_is_not_counted_is_not_too_small),
                                       cmocka_unit_test(many_findings_are_counted),
                                       cmocka_unit_test(drawings_are_well_formed),
                                       cmocka_unit_test(links_that_fail)};
    return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
