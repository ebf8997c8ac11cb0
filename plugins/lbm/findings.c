/* Looks for names that are near, for parts that no links join, for ties, and for bandwidth that no
 * call fits in. */
#include "findings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/text.h>
#include <sojourn/words.h>

#include "paths.h"

enum {
    SMALLEST_CALL = 24 /* kbps, of G.729 */,
    TIES_NAMED = 20,
    SMALL_NAMED = 20,
    NAMES_NAMED = 20,
    CONFLICTS_NAMED = 20
};

void lbm_findings_add(struct lbm_findings *findings, const char *format, ...) {
    sj_text text = {0};
    va_list arguments;
    if (findings->count == LBM_FINDINGS_MAX) {
        return;
    }
    va_start(arguments, format);
    sj_text_vprintf(&text, format, arguments);
    va_end(arguments);
    findings->sentences[findings->count] = sj_text_take(&text);
    findings->failed = findings->failed || findings->sentences[findings->count] == NULL;
    findings->count += findings->sentences[findings->count] != NULL;
}

static bool has_no_links(const struct lbm_graph *graph, uint32_t location) {
    return graph->locations[location].edges_count == 0;
}

/* Parts are told beside the largest one. Phantom and Shadow have no links on purpose, and Hub_None
 * has none where nobody uses it. */
static void look_for_parts(const struct lbm_graph *graph, struct lbm_findings *findings) {
    const size_t count = graph->locations_count;
    uint32_t *part = calloc(count, sizeof *part); /* its first location, and 1 */
    size_t *sizes = calloc(count, sizeof *sizes);
    uint32_t largest = LBM_NOWHERE;
    for (uint32_t i = 0; part != NULL && sizes != NULL && i < count; i++) {
        struct lbm_distances distances;
        if (part[i] != 0 || has_no_links(graph, i)) {
            continue;
        }
        if (!lbm_distances_find(graph, i, &distances)) {
            findings->failed = true;
            break;
        }
        for (size_t k = 0; k < distances.order_count; k++) {
            part[distances.order[k]] = i + 1;
        }
        sizes[i] = distances.order_count;
        largest = largest == LBM_NOWHERE || sizes[i] > sizes[largest] ? i : largest;
        lbm_distances_free(&distances);
    }
    for (uint32_t i = 0; part != NULL && sizes != NULL && i < count; i++) {
        if (sizes[i] > 0 && i != largest) {
            lbm_findings_add(
                findings,
                "no links join %s and what it is linked with (%zu locations) with %s: calls "
                "between them are refused",
                graph->locations[i].name, sizes[i], graph->locations[largest].name);
        }
    }
    findings->failed = findings->failed || part == NULL || sizes == NULL;
    free(part);
    free(sizes);
}

static void look_for_ties(const struct lbm_graph *graph, struct lbm_findings *findings) {
    bool *tied = calloc(graph->locations_count, sizeof *tied);
    size_t count = 0;
    findings->failed = findings->failed || tied == NULL;
    for (uint32_t root = 0; tied != NULL && root < graph->locations_count; root++) {
        struct lbm_distances distances;
        if (!lbm_distances_find(graph, root, &distances)) {
            findings->failed = true;
            break;
        }
        lbm_distances_ties(graph, &distances, tied);
        for (uint32_t i = 0; i < root; i++) {
            if (tied[i] && ++count <= TIES_NAMED) {
                lbm_findings_add(
                    findings,
                    "between %s and %s two paths have the weight %lld: the one of fewer links is "
                    "taken, or else the first by name; different weights say what is meant",
                    graph->locations[i].name, graph->locations[root].name,
                    (long long)distances.weights[i]);
            }
        }
        lbm_distances_free(&distances);
    }
    if (count > TIES_NAMED) {
        lbm_findings_add(
            findings,
            "there are %zu more pairs of locations between which two paths have the same "
            "weight",
            count - TIES_NAMED);
    }
    free(tied);
}

static int by_folded_name(const void *a, const void *b) {
    const char *const *first = a, *const *second = b;
    const int folded = strcasecmp(*first, *second);
    return folded != 0 ? folded : strcmp(*first, *second);
}

/* Another cluster writes a location otherwise, or this one does: nothing joins the two. */
static void look_for_names(const struct lbm_graph *graph, struct lbm_findings *findings) {
    const char **names = calloc(graph->locations_count, sizeof *names);
    size_t count = 0;
    findings->failed = findings->failed || names == NULL;
    for (size_t i = 0; names != NULL && i < graph->locations_count; i++) {
        names[i] = graph->locations[i].name;
    }
    if (names != NULL) {
        qsort(names, graph->locations_count, sizeof *names, by_folded_name);
    }
    for (size_t i = 1; names != NULL && i < graph->locations_count; i++) {
        if (strcasecmp(names[i - 1], names[i]) == 0 && ++count <= NAMES_NAMED) {
            lbm_findings_add(findings,
                             "the locations %s and %s differ in small and capital letters alone: "
                             "they are two, and count apart",
                             names[i - 1], names[i]);
        }
    }
    if (count > NAMES_NAMED) {
        lbm_findings_add(findings, "there are %zu more such pairs of names", count - NAMES_NAMED);
    }
    free(names);
}

/* What calls take of a location; of Phantom and Shadow they take nothing. */
static bool is_counted(const char *location) {
    return strcmp(location, SJ_LOCATION_PHANTOM) != 0 && strcmp(location, SJ_LOCATION_SHADOW) != 0;
}

static void look_for_small(const struct lbm_graph *graph, struct lbm_findings *findings) {
    size_t count = 0;
    for (size_t i = 0; i < graph->links_count; i++) {
        const int64_t kbps = graph->links[i].kbps[LBM_AUDIO];
        if (kbps < SMALLEST_CALL && ++count <= SMALL_NAMED) {
            lbm_findings_add(
                findings,
                "the link %s@%s has %lld kbps for audio: no call fits in, one with G.729 takes %d",
                graph->locations[graph->links[i].ends[0]].name,
                graph->locations[graph->links[i].ends[1]].name, (long long)kbps, SMALLEST_CALL);
        }
    }
    for (size_t i = 0; i < graph->locations_count; i++) {
        const int64_t kbps = graph->locations[i].kbps[LBM_AUDIO];
        if (is_counted(graph->locations[i].name) && kbps < SMALLEST_CALL &&
            ++count <= SMALL_NAMED) {
            lbm_findings_add(
                findings,
                "the location %s has %lld kbps for audio: no call fits in, one with G.729 takes %d",
                graph->locations[i].name, (long long)kbps, SMALLEST_CALL);
        }
    }
    if (count > SMALL_NAMED) {
        lbm_findings_add(
            findings,
            "there are %zu more links and locations whose audio bandwidth no call fits in",
            count - SMALL_NAMED);
    }
}

void lbm_findings_conflicts(struct lbm_findings *findings, const struct lbm_conflicts *conflicts) {
    for (size_t i = 0; i < conflicts->count && i < CONFLICTS_NAMED; i++) {
        const struct lbm_conflict *one = &conflicts->all[i];
        const bool sentence =
            strcmp(one->what, "ignored") == 0 || strcmp(one->what, "management") == 0;
        if (sentence) {
            lbm_findings_add(findings, "%s: %s", one->place, one->stated);
        } else {
            lbm_findings_add(findings, "of %s clusters state a different %s: %s; %lld counts",
                             one->place, one->what, one->stated, (long long)one->counts);
        }
    }
    if (conflicts->found > CONFLICTS_NAMED) {
        lbm_findings_add(findings,
                         "there are %zu more conflicts between clusters: sojourn lbm conflicts",
                         conflicts->found - CONFLICTS_NAMED);
    }
}

void lbm_findings_look(const struct lbm_graph *graph, struct lbm_findings *findings) {
    if (graph->left_out > 0) {
        lbm_findings_add(
            findings,
            "%zu link%s count%s for nothing: they lead to themselves, to Phantom or Shadow, or "
            "stand there a second time",
            graph->left_out, sj_plural((int64_t)graph->left_out), graph->left_out == 1 ? "s" : "");
    }
    look_for_names(graph, findings);
    look_for_parts(graph, findings);
    look_for_small(graph, findings);
    look_for_ties(graph, findings);
}

void lbm_findings_free(struct lbm_findings *findings) {
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->sentences[i]);
    }
    memset(findings, 0, sizeof *findings);
}
