/* Brings what all state of one place together, without a search: 20 clusters of 1,000 locations are
 * some milliseconds of the loop. Then takes the least of each. */
#include "overlay.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>
#include <sojourn/words.h>

/* ---- statements ---- */

static int by_name(const void *a, const void *b) {
    const struct lbm_location_given *x = a, *y = b;
    return strcmp(x->name, y->name);
}

uint32_t lbm_statement_find(const struct lbm_statement *statement, const char *name) {
    const struct lbm_location_given key = {.name = name};
    const struct lbm_location_given *found =
        statement->locations_count == 0
            ? NULL
            : bsearch(&key, statement->locations, statement->locations_count,
                      sizeof *statement->locations, by_name);
    return found == NULL ? LBM_NOWHERE : (uint32_t)(found - statement->locations);
}

static void copy_locations(struct lbm_statement *statement, const struct lbm_location_given *given,
                           size_t count) {
    char *to = statement->names;
    memcpy(statement->locations, given, count * sizeof *given);
    qsort(statement->locations, count, sizeof *statement->locations, by_name);
    for (size_t i = 0; i < count; i++) {
        struct lbm_location_given one = statement->locations[i];
        const size_t kept = statement->locations_count, length = strlen(one.name) + 1;
        if (kept > 0 && strcmp(statement->locations[kept - 1].name, one.name) == 0) {
            continue;
        }
        one.name = memcpy(to, one.name, length);
        to += length;
        statement->locations[statement->locations_count++] = one;
    }
}

struct lbm_statement *lbm_statement_new(const struct lbm_location_given *locations,
                                        size_t locations_count, const struct lbm_link_given *links,
                                        size_t links_count) {
    struct lbm_statement *statement = calloc(1, sizeof *statement);
    size_t bytes = 1;
    if (statement == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < locations_count; i++) {
        bytes += strlen(locations[i].name) + 1;
    }
    statement->locations = calloc(locations_count + 1, sizeof *statement->locations);
    statement->links = calloc(links_count + 1, sizeof *statement->links);
    statement->ends = calloc(links_count + 1, sizeof *statement->ends);
    statement->names = malloc(bytes);
    if (statement->locations == NULL || statement->links == NULL || statement->ends == NULL ||
        statement->names == NULL) {
        lbm_statement_free(statement);
        return NULL;
    }
    if (locations_count > 0) {
        copy_locations(statement, locations, locations_count);
    }
    for (size_t i = 0; i < links_count; i++) {
        const uint32_t a = lbm_statement_find(statement, links[i].ends[0]),
                       b = lbm_statement_find(statement, links[i].ends[1]);
        if (a == LBM_NOWHERE || b == LBM_NOWHERE) {
            statement->left_out++;
            continue;
        }
        statement->ends[statement->links_count][0] = a;
        statement->ends[statement->links_count][1] = b;
        struct lbm_link_given *link = &statement->links[statement->links_count++];
        *link = links[i];
        link->ends[0] = statement->locations[a].name;
        link->ends[1] = statement->locations[b].name;
    }
    return statement;
}

void lbm_statement_free(struct lbm_statement *statement) {
    if (statement != NULL) {
        free(statement->locations);
        free(statement->links);
        free(statement->ends);
        free(statement->names);
        free(statement);
    }
}

/* ---- conflicts ---- */

void lbm_conflicts_clear(struct lbm_conflicts *conflicts) {
    for (size_t i = 0; i < conflicts->count; i++) {
        free(conflicts->all[i].place);
        free(conflicts->all[i].stated);
    }
    free(conflicts->all);
    memset(conflicts, 0, sizeof *conflicts);
}

/* `place` and `stated` are taken over. */
static void note(struct lbm_conflicts *conflicts, sj_text *place, const char *what, sj_text *stated,
                 int64_t counts) {
    conflicts->found++;
    if (conflicts->all == NULL) {
        conflicts->all = calloc(LBM_CONFLICTS_MAX, sizeof *conflicts->all);
    }
    if (conflicts->count < LBM_CONFLICTS_MAX && conflicts->all != NULL) {
        struct lbm_conflict *one = &conflicts->all[conflicts->count];
        *one = (struct lbm_conflict){sj_text_take(place), what, sj_text_take(stated), counts};
        if (one->place != NULL && one->stated != NULL) {
            conflicts->count++;
            return;
        }
        free(one->place);
        free(one->stated);
    }
    conflicts->failed = conflicts->failed || conflicts->count < LBM_CONFLICTS_MAX;
    sj_text_clear(place);
    sj_text_clear(stated);
}

static void put_amount(sj_text *text, int64_t amount) {
    if (amount == LBM_UNLIMITED) {
        sj_text_puts(text, "unlimited");
    } else {
        sj_text_integer(text, amount);
    }
}

/* ---- what is laid over each other ---- */

/* What one part states of a link or location. */
struct stated {
    const char *names[2]; /* of a link in their order; of a location the second is "" */
    uint32_t place[2]; /* of them, in the order of the names of all; of a location both are its */
    const struct lbm_part *part;
    bool turned;                     /* the link is stated from its second end */
    int64_t values[LBM_CLASSES + 1]; /* bandwidth, then weight */
};

enum { WEIGHT = LBM_CLASSES };

/* Room for the work. */
struct work {
    const struct lbm_part **parts; /* in the order of their clusters */
    size_t *ends;                  /* of runs of locations; of links at one location */
    struct stated *all;            /* as the parts state it, one behind the other */
    struct stated **sorted, **spare;
    uint32_t *places; /* of each location that is stated, among those of all */
    struct lbm_location_given *locations;
    struct lbm_link_given *links;
};

static bool same_place(const struct stated *a, const struct stated *b) {
    return a->place[0] == b->place[0] && a->place[1] == b->place[1];
}

/* Whether a cluster has said anything by it: a location is without limits where nobody gave one. */
static bool is_said(const struct stated *one, int value) {
    return one->names[1][0] != '\0' || one->values[value] != LBM_UNLIMITED;
}

static void compare(struct stated *const *all, size_t count, int value, int64_t least,
                    struct lbm_conflicts *conflicts) {
    bool differ = false;
    for (size_t i = 0; i < count; i++) {
        differ = differ || (is_said(all[i], value) && all[i]->values[value] != least);
    }
    if (!differ) {
        return;
    }
    if (conflicts->count == LBM_CONFLICTS_MAX) {
        conflicts->found++;
        return;
    }
    sj_text place = {0}, stated = {0};
    const struct stated *first = all[0];
    sj_text_printf(&place, "%s%s%s", first->names[0], first->names[1][0] != '\0' ? "@" : "",
                   first->names[1]);
    for (size_t i = 0; i < count; i++) {
        if (is_said(all[i], value)) {
            sj_text_printf(&stated, "%s%s ", stated.length > 0 ? ", " : "",
                           all[i]->part->cluster_id);
            put_amount(&stated, all[i]->values[value]);
        }
    }
    note(conflicts, &place, value == WEIGHT ? "weight" : lbm_class_words[value], &stated, least);
}

/* The least of each value that a run of the same place has, and where they differ. */
static void settle(struct stated *const *all, size_t count, int64_t least[LBM_CLASSES + 1],
                   struct lbm_conflicts *conflicts) {
    for (int value = 0; value <= LBM_CLASSES; value++) {
        least[value] = all[0]->values[value];
        for (size_t i = 1; i < count; i++) {
            least[value] =
                all[i]->values[value] < least[value] ? all[i]->values[value] : least[value];
        }
    }
    for (int value = LBM_CLASSES; value >= 0; value--) {
        compare(all, count, value, least[value], conflicts);
    }
}

static size_t run_of(struct stated *const *all, size_t count) {
    size_t length = 1;
    while (length < count && same_place(all[0], all[length])) {
        length++;
    }
    return length;
}

/* ---- the management cluster ---- */

static bool counts(const struct lbm_part *part, const char *manager) {
    return manager[0] == '\0' || strcmp(part->cluster_id, manager) == 0;
}

/* "" when the one that is named is not among the parts. */
static const char *manager_of(const struct lbm_part *parts, size_t count, const char *manager) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parts[i].cluster_id, manager) == 0) {
            return manager;
        }
    }
    return "";
}

static void note_managers(const struct lbm_part *parts, size_t count, const char *wanted,
                          const char *manager, struct lbm_conflicts *conflicts) {
    if (wanted[0] != '\0' && manager[0] == '\0') {
        sj_text place = {0}, stated = {0};
        sj_text_puts(&place, wanted);
        sj_text_puts(&stated, "the Location and Link Management Cluster has not stated anything "
                              "yet: what all others state counts until then");
        note(conflicts, &place, "management", &stated, 0);
    }
    for (size_t i = 1; i < count; i++) {
        if (strcmp(parts[i].manager, wanted) != 0) {
            sj_text place = {0}, stated = {0};
            sj_text_puts(&place, parts[i].cluster_id);
            sj_text_printf(&stated,
                           "it names %s as Location and Link Management Cluster, this "
                           "cluster names %s",
                           parts[i].manager[0] != '\0' ? parts[i].manager : "none",
                           wanted[0] != '\0' ? wanted : "none");
            note(conflicts, &place, "management", &stated, 0);
        }
    }
}

/* Links and limits that a cluster states for nothing. */
static void note_ignored(const struct lbm_part *part, const char *manager,
                         struct lbm_conflicts *conflicts) {
    const struct lbm_statement *statement = part->statement;
    size_t limits = 0;
    for (size_t i = 0; i < statement->locations_count; i++) {
        const int64_t *kbps = statement->locations[i].kbps;
        limits += kbps[LBM_AUDIO] != LBM_UNLIMITED || kbps[LBM_VIDEO] != LBM_UNLIMITED ||
                  kbps[LBM_IMMERSIVE] != LBM_UNLIMITED;
    }
    if (statement->links_count + limits > 0) {
        sj_text place = {0}, stated = {0};
        sj_text_puts(&place, part->cluster_id);
        sj_text_printf(&stated,
                       "%zu link%s and %zu limit%s of locations count for nothing: %s is the "
                       "Location and Link Management Cluster",
                       statement->links_count, sj_plural((int64_t)statement->links_count), limits,
                       sj_plural((int64_t)limits), manager);
        note(conflicts, &place, "ignored", &stated, 0);
    }
}

/* ---- all together ---- */

/* What all parts state of locations, each part's in the order of the names. */
static void gather_locations(const struct lbm_part *const *parts, size_t count, const char *manager,
                             struct stated *out) {
    for (size_t i = 0; i < count; i++) {
        const struct lbm_statement *statement = parts[i]->statement;
        const bool limits = counts(parts[i], manager);
        for (size_t k = 0; k < statement->locations_count; k++, out++) {
            *out = (struct stated){
                .names = {statement->locations[k].name, ""},
                .part = parts[i],
                .values = {LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED, LBM_UNLIMITED}};
            if (limits) {
                memcpy(out->values, statement->locations[k].kbps,
                       sizeof statement->locations[k].kbps);
            }
        }
    }
}

/* Two runs that are sorted, one behind the other, into one; of equals those of the first come
 * first. */
static void merge(struct stated *const *from, size_t middle, size_t end, struct stated **to) {
    size_t a = 0, b = middle;
    while (a < middle || b < end) {
        const bool first =
            b == end || (a < middle && strcmp(from[a]->names[0], from[b]->names[0]) <= 0);
        *to++ = from[first ? a++ : b++];
    }
}

/* The locations of all parts by name, of one name in the order of the parts. Each part's are sorted
 * already, so that they are merged, two parts at a time, then two of these. */
static void merge_locations(struct work *work, const struct lbm_part *const *parts, size_t count) {
    size_t *ends = work->ends, runs = count, used = 0;
    for (size_t i = 0; i < count; i++) {
        used += parts[i]->statement->locations_count;
        ends[i] = used;
    }
    for (size_t i = 0; i < used; i++) {
        work->sorted[i] = &work->all[i];
    }
    while (runs > 1) {
        size_t begun = 0, merged = 0;
        for (size_t i = 0; i < runs; i += 2) {
            const size_t end = ends[i + 1 < runs ? i + 1 : i];
            merge(&work->sorted[begun], ends[i] - begun, end - begun, &work->spare[begun]);
            ends[merged++] = begun = end;
        }
        struct stated **swapped = work->sorted;
        work->sorted = work->spare;
        work->spare = swapped;
        runs = merged;
    }
}

/* What all parts state of links that count; `places` has that of each location of each part. */
static size_t gather_links(const struct lbm_part *const *parts, size_t count, const char *manager,
                           const uint32_t *places, struct stated *out) {
    size_t used = 0, before = 0;
    for (size_t i = 0; i < count; i++) {
        const struct lbm_statement *statement = parts[i]->statement;
        for (size_t k = 0; k < statement->links_count && counts(parts[i], manager); k++) {
            const struct lbm_link_given *link = &statement->links[k];
            const uint32_t ends[] = {places[before + statement->ends[k][0]],
                                     places[before + statement->ends[k][1]]};
            const bool turned = ends[0] > ends[1];
            struct stated *one = &out[used++];
            *one = (struct stated){.names = {link->ends[turned], link->ends[!turned]},
                                   .place = {ends[turned], ends[!turned]},
                                   .part = parts[i],
                                   .turned = turned};
            memcpy(one->values, link->kbps, sizeof link->kbps);
            one->values[WEIGHT] = link->weight;
        }
        before += statement->locations_count;
    }
    return used;
}

/* By the place of one end; those of one place stay in their order. */
static void sort_by_end(struct stated *const *from, size_t count, int end, size_t *begins,
                        size_t places, struct stated **to) {
    memset(begins, 0, (places + 1) * sizeof *begins);
    for (size_t i = 0; i < count; i++) {
        begins[from[i]->place[end] + 1]++;
    }
    for (size_t i = 1; i <= places; i++) {
        begins[i] += begins[i - 1];
    }
    for (size_t i = 0; i < count; i++) {
        to[begins[from[i]->place[end]]++] = from[i];
    }
}

/* This cluster names the link from the end that it likes; the others as the first of them does. */
static bool is_turned(struct stated *const *all, size_t count, const struct lbm_part *own) {
    for (size_t i = 0; i < count; i++) {
        if (all[i]->part == own) {
            return all[i]->turned;
        }
    }
    return all[0]->turned;
}

static int by_cluster(const void *a, const void *b) {
    const struct lbm_part *const *x = a, *const *y = b;
    return strcmp((*x)->cluster_id, (*y)->cluster_id);
}

static bool make_room(struct work *work, size_t parts, size_t locations, size_t links) {
    const size_t most = (locations > links ? locations : links) + 1;
    work->parts = calloc(parts + 1, sizeof(struct lbm_part *));
    work->ends = calloc(parts + locations + 2, sizeof *work->ends);
    work->all = calloc(most, sizeof *work->all);
    work->sorted = calloc(most, sizeof(struct stated *));
    work->spare = calloc(most, sizeof(struct stated *));
    work->places = calloc(locations + 1, sizeof *work->places);
    work->locations = calloc(locations + 1, sizeof *work->locations);
    work->links = calloc(links + 1, sizeof *work->links);
    return work->parts != NULL && work->ends != NULL && work->all != NULL && work->sorted != NULL &&
           work->spare != NULL && work->places != NULL && work->locations != NULL &&
           work->links != NULL;
}

static void give_room_back(struct work *work) {
    free(work->parts);
    free(work->ends);
    free(work->all);
    free(work->sorted);
    free(work->spare);
    free(work->places);
    free(work->locations);
    free(work->links);
}

/* The locations of all, of each name one; how many there are. */
static size_t lay_locations(struct work *work, size_t count, const char *manager, size_t stated,
                            struct lbm_conflicts *conflicts) {
    int64_t least[LBM_CLASSES + 1];
    size_t laid = 0;
    gather_locations(work->parts, count, manager, work->all);
    merge_locations(work, work->parts, count);
    for (size_t i = 0, run; i < stated; i += run, laid++) {
        struct stated *const *all = &work->sorted[i];
        for (run = 0;
             i + run < stated && (run == 0 || strcmp(all[run]->names[0], all[0]->names[0]) == 0);
             run++) {
            work->places[all[run] - work->all] = (uint32_t)laid;
        }
        settle(all, run, least, conflicts);
        work->locations[laid].name = all[0]->names[0];
        memcpy(work->locations[laid].kbps, least, sizeof work->locations[laid].kbps);
    }
    return laid;
}

static size_t lay_links(struct work *work, size_t count, const char *manager, size_t places,
                        const struct lbm_part *own, struct lbm_conflicts *conflicts) {
    int64_t least[LBM_CLASSES + 1];
    size_t laid = 0;
    const size_t used = gather_links(work->parts, count, manager, work->places, work->all);
    for (size_t i = 0; i < used; i++) {
        work->sorted[i] = &work->all[i];
    }
    sort_by_end(work->sorted, used, 1, work->ends, places, work->spare);
    sort_by_end(work->spare, used, 0, work->ends, places, work->sorted);
    for (size_t i = 0, run; i < used; i += run) {
        struct stated *const *all = &work->sorted[i];
        run = run_of(all, used - i);
        settle(all, run, least, conflicts);
        const bool turned = is_turned(all, run, own);
        struct lbm_link_given *to = &work->links[laid++];
        *to = (struct lbm_link_given){
            {all[0]->names[turned], all[0]->names[!turned]}, least[WEIGHT], {0}};
        memcpy(to->kbps, least, sizeof to->kbps);
    }
    return laid;
}

struct lbm_graph *lbm_overlay(const struct lbm_part *parts, size_t count, const char *wanted,
                              struct lbm_conflicts *conflicts) {
    const char *manager = manager_of(parts, count, wanted);
    size_t locations = 0, links = 0;
    struct lbm_graph *graph = NULL;
    struct work work = {0};
    for (size_t i = 0; i < count; i++) {
        locations += parts[i].statement->locations_count;
        links += parts[i].statement->links_count;
    }
    note_managers(parts, count, wanted, manager, conflicts);
    for (size_t i = 0; i < count; i++) {
        if (!counts(&parts[i], manager)) {
            note_ignored(&parts[i], manager, conflicts);
        }
    }
    if (make_room(&work, count, locations, links)) {
        for (size_t i = 0; i < count; i++) {
            work.parts[i] = &parts[i];
        }
        qsort(work.parts, count, sizeof(struct lbm_part *), by_cluster);
        const size_t laid = lay_locations(&work, count, manager, locations, conflicts);
        const size_t links_laid = lay_links(&work, count, manager, laid, &parts[0], conflicts);
        graph = lbm_graph_new(work.locations, laid, work.links, links_laid);
    }
    if (graph != NULL) {
        graph->left_out += parts[0].statement->left_out;
    }
    give_room_back(&work);
    return graph;
}
