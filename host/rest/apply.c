/* Declarative configuration (apply.h): its memory, and how a pass goes over its records. */
#include "host/rest/apply.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "host/core/node.h"
#include "host/store/store.h"

void apply_init(struct apply *apply, struct node *node, cJSON *content) {
    memset(apply, 0, sizeof *apply);
    apply->node = node;
    apply->catalog = sj_store_catalog(node->store);
    apply->content = content;
    apply->last_record = &apply->records;
    apply->last_removal = &apply->removals;
    apply->hashing.arena = &apply->arena;
    sj_problems_init(&apply->problems, SJ_PROBLEMS_MAX);
    sj_problems_init(&apply->notes, SJ_PROBLEMS_MAX);
    apply->notes.first = 1;
    apply->problems.first = 1; /* the files are Lua, and people count from one */
}

void apply_free(struct apply *apply) {
    cJSON_Delete(apply->content);
    sj_map_clear(&apply->by_key);
    sj_map_clear(&apply->given);
    store_twins_clear(&apply->twins);
    sj_arena_free(&apply->arena);
    for (size_t i = 0; i < apply->sections_count; i++) {
        sj_text_clear(&apply->sections[i]);
    }
    free(apply->sections);
}

void apply_again(struct apply *apply) {
    memset(&apply->cursor, 0, sizeof apply->cursor);
    apply->added = apply->changed = apply->removed = apply->unchanged = apply->shown = 0;
    for (size_t i = 0; i < apply->sections_count; i++) {
        sj_text_clear(&apply->sections[i]);
    }
}

bool apply_is_empty(const cJSON *json) {
    return json->child == NULL && (cJSON_IsArray(json) || cJSON_IsObject(json));
}

/* ---- where things stand ---- */

const struct sj_path *apply_record_path(const struct apply_record *record, struct sj_path room[2]) {
    const bool singleton = (record->meta->flags & SJ_RESOURCE_SINGLETON) != 0;
    room[0] =
        (struct sj_path){NULL, singleton ? record->meta->record->name : record->meta->plural, 0};
    room[1] = (struct sj_path){&room[0], NULL, record->index};
    return singleton ? &room[0] : &room[1];
}

const struct sj_path *apply_removal_path(const struct apply_removal *removal,
                                         struct sj_path room[3]) {
    room[0] = (struct sj_path){NULL, "remove", 0};
    room[1] = (struct sj_path){&room[0], removal->meta->plural, 0};
    room[2] = (struct sj_path){&room[1], NULL, removal->index};
    return &room[2];
}

/* ---- passes ---- */

bool apply_time_is_up(uint64_t until) {
    return until != 0 && uv_hrtime() >= until;
}

void apply_begin_pass(struct apply *apply) {
    if (!apply->cursor.begun) {
        apply->cursor = (struct apply_cursor){
            .record = apply->records, .removal = apply->removals, .begun = true};
    }
}

bool apply_each_record(struct apply *apply, uint64_t until,
                       void (*visit)(struct apply *apply, struct apply_record *record)) {
    struct apply_cursor *cursor = &apply->cursor;
    for (; cursor->record != NULL; cursor->record = cursor->record->next) {
        if (apply_time_is_up(until)) {
            return true;
        }
        visit(apply, cursor->record);
    }
    return false;
}

bool apply_each_removal(struct apply *apply, uint64_t until,
                        void (*visit)(struct apply *apply, struct apply_removal *removal)) {
    struct apply_cursor *cursor = &apply->cursor;
    for (; cursor->removal != NULL; cursor->removal = cursor->removal->next) {
        if (apply_time_is_up(until)) {
            return true;
        }
        visit(apply, cursor->removal);
    }
    return false;
}

void apply_end_pass(struct apply *apply) {
    memset(&apply->cursor, 0, sizeof apply->cursor);
}
