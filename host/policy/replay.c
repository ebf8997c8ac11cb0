/* Differences between versions of a policy, in words. Pure but for the version that is asked. */
#include "host/policy/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/policy/values.h"

enum { ANSWER_LIMIT = 300, INPUT_LIMIT = 600 }; /* bytes of them in one line */

/* "css.select: calling_search_spaces would differ: now {...}, with night.lua {...}; input {...}".
 * Free it. */
static char *describe(const sj_policy_meta *meta, const char *field, const char *name,
                      const void *now, const void *then, const struct sj_fault *fault,
                      const void *input) {
    const sj_record_meta *output = meta->output;
    sj_text text = {0};
    sj_text_printf(&text, "%s: ", meta->name);
    if (fault != NULL) {
        sj_text_printf(&text, "%s would fail (%s): %s; now ", name, sj_fault_name(fault->cause),
                       fault->text);
        sj_values_write(&text, ANSWER_LIMIT, output, output->fields_count, now);
    } else {
        sj_text_printf(&text, "%s would differ: now ", field);
        sj_values_write(&text, ANSWER_LIMIT, output, output->fields_count, now);
        sj_text_printf(&text, ", with %s ", name);
        sj_values_write(&text, ANSWER_LIMIT, output, output->fields_count, then);
    }
    sj_text_printf(&text, "; input ");
    sj_values_write(&text, INPUT_LIMIT, meta->input, meta->input->fields_count, input);
    return sj_text_take(&text);
}

void *sj_replay_copy(struct sj_arena *arena, const sj_record_meta *meta, size_t fields,
                     const void *record) {
    for (size_t size = 1024; size <= SJ_RECORDER_BYTES; size *= 2) {
        size_t used = 0;
        char *room = sj_arena_alloc(arena, size);
        void *copy = room == NULL ? NULL : sj_values_copy(meta, fields, record, room, size, &used);
        if (copy != NULL || room == NULL) {
            return copy;
        }
    }
    return NULL;
}

char *sj_replay_one(const sj_policy_meta *meta, struct sj_version *version,
                    struct sj_version_hook *function, const void *input, const void *fallback,
                    const void *decided, struct sj_arena *arena, const struct sj_names *names,
                    bool *failed) {
    void *output = sj_replay_copy(arena, meta->output, meta->output->fields_count, fallback);
    const char *field;
    struct sj_fault fault;
    *failed = false;
    if (output == NULL) {
        return NULL;
    }
    if (sj_version_ask(version, function, input, meta->input->fields_count, output,
                       meta->output->struct_size, arena, names, &fault) == SJ_OUTCOME_FAULT) {
        *failed = true;
        return describe(meta, "", version->name, decided, NULL, &fault, input);
    }
    field = sj_values_difference(meta->output, meta->output->fields_count, decided, output);
    return field == NULL ? NULL
                         : describe(meta, field, version->name, decided, output, NULL, input);
}

/* A copy of what was recorded; how large it may be is told by the room that it has there. */
static const void *take(struct sj_arena *arena, const sj_record_meta *meta, const void *record,
                        size_t there) {
    const size_t room = there + there / 2; /* its parts may be laid out otherwise */
    size_t used = 0;
    char *bytes = sj_arena_alloc(arena, room);
    return bytes == NULL ? NULL
                         : sj_values_copy(meta, meta->fields_count, record, bytes, room, &used);
}

bool sj_replay_take(struct sj_replay *replay, const struct sj_recorder *recorder,
                    const struct sj_hook_list *hooks) {
    size_t bytes = 0;
    replay->decisions =
        sj_arena_alloc(&replay->arena, SJ_RECORDER_SLOTS * sizeof *replay->decisions);
    if (replay->decisions == NULL) {
        return false;
    }
    for (size_t ago = 0; ago < SJ_RECORDER_SLOTS && bytes < SJ_REPLAY_BYTES; ago++) {
        const struct sj_recorded *from = sj_recorder_at(recorder, ago);
        const sj_policy_meta *meta = from == NULL ? NULL : sj_hook_named(hooks, from->meta->name);
        struct sj_replayed *to = &replay->decisions[replay->count];
        if (meta == NULL) {
            continue;
        }
        /* Each of the three fits the largest room it was recorded in: the default's decision may
         * stand for the output. */
        const size_t input = from->rooms[0].size, output = from->rooms[1].size;
        const size_t decided = from->output == from->fallback ? output : from->rooms[2].size;
        to->meta = meta;
        to->at = from->at;
        memcpy(to->trace_id, from->trace_id, sizeof to->trace_id);
        to->input = take(&replay->arena, meta->input, from->input, input);
        to->fallback = take(&replay->arena, meta->output, from->fallback, output);
        to->output = take(&replay->arena, meta->output, from->output, decided);
        if (to->input == NULL || to->fallback == NULL || to->output == NULL) {
            return false;
        }
        bytes += input + output + decided;
        replay->count++;
    }
    for (size_t i = 0; i < replay->count / 2; i++) {
        const struct sj_replayed newer = replay->decisions[i];
        replay->decisions[i] = replay->decisions[replay->count - 1 - i];
        replay->decisions[replay->count - 1 - i] = newer;
    }
    return true;
}

/* What note_name works on. */
struct asking {
    struct sj_replay *replay;
    struct sj_replayed *decision;
};

/* Notes which records an answer names; they are looked up later. */
static bool note_name(void *user, const char *resource, const char *key) {
    struct asking *asking = user;
    struct sj_replay *replay = asking->replay;
    struct sj_replayed *decision = asking->decision;
    const sj_record_meta *output = decision->meta->output;
    size_t number = 0;
    if (sj_values_mention(decision->meta->input, decision->input, key) ||
        sj_values_mention(output, decision->fallback, key) ||
        sj_values_mention(output, decision->output, key)) {
        return true;
    }
    while (number < replay->names_count && (strcmp(replay->names[number].resource, resource) != 0 ||
                                            strcmp(replay->names[number].key, key) != 0)) {
        number++;
    }
    if (number == SJ_POLICY_NAMES || decision->uses_count == SJ_REPLAY_USES) {
        return true; /* a file may name no more in its test cases either */
    }
    if (number == replay->names_count) {
        replay->names[number].resource = sj_arena_copy(&replay->arena, resource, strlen(resource));
        replay->names[number].key = sj_arena_copy(&replay->arena, key, strlen(key));
        if (replay->names[number].resource == NULL || replay->names[number].key == NULL) {
            return true;
        }
        replay->names_count++;
    }
    decision->uses[decision->uses_count++] = (unsigned char)number;
    return true;
}

void sj_replay_run(struct sj_replay *replay, struct sj_version *version) {
    struct sj_arena arena = {0};
    for (size_t i = 0; i < replay->count; i++) {
        struct sj_replayed *decision = &replay->decisions[i];
        struct sj_version_hook *function = sj_version_find(version, decision->meta->name);
        struct asking asking = {replay, decision};
        const struct sj_names names = {&asking, note_name};
        bool failed;
        if (function == NULL) {
            continue;
        }
        replay->replayed++;
        decision->text =
            sj_replay_one(decision->meta, version, function, decision->input, decision->fallback,
                          decision->output, &arena, &names, &failed);
        replay->differing += decision->text != NULL ? 1 : 0;
        if (failed) {
            decision->uses_count = 0;
        }
        sj_arena_reset(&arena);
    }
    sj_arena_free(&arena);
}

void sj_replay_look_up(struct sj_replay *replay, const struct sj_version *version,
                       const struct sj_names *names) {
    for (size_t i = 0; i < replay->names_count && names != NULL; i++) {
        replay->names[i].missing =
            !names->exists(names->user, replay->names[i].resource, replay->names[i].key);
    }
    for (size_t i = 0; i < replay->count; i++) {
        struct sj_replayed *decision = &replay->decisions[i];
        for (size_t k = 0; k < decision->uses_count; k++) {
            const struct sj_replay_name *name = &replay->names[decision->uses[k]];
            struct sj_fault fault = {.cause = SJ_FAULT_NONE};
            if (!name->missing) {
                continue;
            }
            sj_fault_set(&fault, SJ_FAULT_ANSWER, "there is no %s \"%.60s\"", name->resource,
                         name->key);
            replay->differing += decision->text == NULL ? 1 : 0;
            free(decision->text);
            decision->text = describe(decision->meta, "", version->name, decision->output, NULL,
                                      &fault, decision->input);
            break;
        }
    }
}

void sj_replay_free(struct sj_replay *replay) {
    for (size_t i = 0; i < replay->count; i++) {
        free(replay->decisions[i].text);
    }
    sj_arena_free(&replay->arena);
}
