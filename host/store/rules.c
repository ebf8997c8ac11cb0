/* Asks the rules that come with the declarations (schemas/rules), whatever resource they are of. */
#include "host/store/rules.h"

#include <stdlib.h>
#include <string.h>

#include "host/record/record.h"
#include "host/store/internal.h"
#include "host/store/twins.h"
#include "rules/rules.h"

enum {
    MOST_FOUND = 300, /* a list's items, and what a record names beside them */
    MOST_LISTS = 64
};

struct looking {
    struct store *store;
    const struct sj_path *path;
    struct sj_problems *problems;
    void *found[MOST_FOUND]; /* freed when the look is over */
    size_t found_count;
    sj_list lists[MOST_LISTS];
    size_t lists_count;
    struct store_twins *twins;
};

static int find(void *user, const sj_resource_meta *meta, const char *key, const void **record) {
    struct looking *looking = user;
    void *found = NULL;
    if (looking->found_count == MOST_FOUND) {
        return SJ_E_NO_MEMORY;
    }
    const int status = sj_store_get(looking->store, meta, key, &found, NULL);
    if (status == SJ_OK) {
        looking->found[looking->found_count++] = found;
        *record = found;
    }
    return status;
}

static int list(void *user, const sj_resource_meta *meta, const sj_query *query,
                const sj_list **found) {
    struct looking *looking = user;
    if (looking->lists_count == MOST_LISTS) {
        return SJ_E_NO_MEMORY;
    }
    sj_list *room = &looking->lists[looking->lists_count];
    const int status = sj_store_list(looking->store, meta, query, room, NULL);
    if (status == SJ_OK) {
        looking->lists_count++;
        *found = room;
    }
    return status;
}

static int twin(void *user, const sj_resource_meta *meta, const sj_query *query, sj_rule_same *same,
                const void *record, const void **found) {
    struct looking *looking = user;
    return store_twins_find(looking->store, looking->twins, meta, query, same, record, found);
}

static void report(void *user, const struct sj_rule_place *place, const char *sentence) {
    const struct looking *looking = user;
    const struct sj_path list = {looking->path, place->list, 0}, item = {&list, NULL, place->item};
    const struct sj_path *holder = place->list != NULL ? &item : looking->path;
    const struct sj_path field = {holder, place->field, 0};
    (void)sj_problem(looking->problems, place->field != NULL ? &field : holder, SJ_E_INVALID, "%s",
                     sentence);
}

static void free_found(struct looking *looking) {
    for (size_t i = 0; i < looking->found_count; i++) {
        sj_host_record_free(looking->found[i]);
    }
    for (size_t i = 0; i < looking->lists_count; i++) {
        sj_host_list_free(&looking->lists[i]);
    }
}

/* Asks all that `ask` wants in one look. `twins`: what is kept between looks; NULL: nothing. */
static void look(struct store *store, struct store_twins *twins, const struct sj_path *path,
                 struct sj_problems *problems,
                 void (*ask)(const struct sj_rule_check *check, const void *context),
                 const void *context) {
    struct store_twins own = {0};
    struct looking looking = {
        .store = store, .path = path, .problems = problems, .twins = twins != NULL ? twins : &own};
    const struct sj_rule_check check = {&store->node->facts, &looking, find, list, twin, report};
    ask(&check, context);
    free_found(&looking);
    store_twins_clear(&own);
}

struct rules_of {
    const sj_resource_meta *meta;
    const void *record;
    enum sj_rule_of of;
};

/* By name: plugins bring copies of the metadata, and each plan has one. */
static void ask_rules(const struct sj_rule_check *check, const void *context) {
    const struct rules_of *rules = context;
    for (const struct sj_rule *rule = sj_rules; rule->meta != NULL; rule++) {
        if (rule->of == rules->of &&
            strcmp(rule->meta->record->name, rules->meta->record->name) == 0) {
            rule->check(check, rules->record);
        }
    }
}

void store_check_rules(struct store *store, const sj_resource_meta *meta, const void *record,
                       struct store_twins *twins, const struct sj_path *path,
                       struct sj_problems *problems, enum sj_rule_of of) {
    const struct rules_of rules = {meta, record, of};
    look(store, twins, path, problems, ask_rules, &rules);
}

static void ask_own_cluster_id(const struct sj_rule_check *check, const void *context) {
    sj_rule_own_cluster_id(check, context);
}

void sj_store_check_own_cluster_id(struct store *store, const char *cluster_id,
                                   const struct sj_path *path, struct sj_problems *problems) {
    look(store, NULL, path, problems, ask_own_cluster_id, cluster_id);
}
