/* A ring of decisions. Owns its memory, touches nothing else. */
#include "host/policy/recorder.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_BYTES = 256 };

/* Copies a record into the room, which grows as needed. NULL when it may not grow so far. */
static const void *keep(struct sj_recorder_room *room, const struct sj_plan *plan, size_t fields,
                        const void *record) {
    for (;;) {
        size_t used = 0, size = room->size == 0 ? ROOM_BYTES : room->size * 2;
        const void *copy = sj_plan_copy(plan, fields, record, room->bytes, room->size, &used);
        char *bytes;
        if (copy != NULL || size > SJ_RECORDER_BYTES) {
            return copy;
        }
        bytes = malloc(size);
        if (bytes == NULL) {
            return NULL;
        }
        free(room->bytes);
        room->bytes = bytes;
        room->size = size;
    }
}

struct sj_recorded *sj_recorder_begin(struct sj_recorder *recorder,
                                      const struct sj_recorder_plans *plans, size_t input_fields,
                                      const void *input, size_t output_fields,
                                      const void *fallback) {
    struct sj_recorded *slot;
    if (recorder->slots == NULL) {
        recorder->slots = calloc(SJ_RECORDER_SLOTS, sizeof *recorder->slots);
        if (recorder->slots == NULL) {
            recorder->dropped++;
            return NULL;
        }
    }
    slot = &recorder->slots[recorder->next % SJ_RECORDER_SLOTS];
    free(slot->fault);
    free(slot->note);
    slot->fault = slot->note = NULL;
    slot->meta = NULL;
    slot->input = keep(&slot->rooms[0], &plans->input, input_fields, input);
    slot->fallback = keep(&slot->rooms[1], &plans->output, output_fields, fallback);
    if (slot->input == NULL || slot->fallback == NULL) {
        recorder->dropped++;
        return NULL;
    }
    slot->output = slot->fallback;
    slot->outcome = SJ_OUTCOME_DECLINED;
    slot->version = 0;
    slot->trace_id[0] = '\0';
    slot->meta = plans->meta;
    slot->sequence = recorder->next++;
    return slot;
}

void sj_recorder_end(struct sj_recorder *recorder, const struct sj_recorder_plans *plans,
                     struct sj_recorded *slot, enum sj_outcome outcome, size_t output_fields,
                     const void *output, const char *fault) {
    slot->outcome = outcome;
    if (outcome == SJ_OUTCOME_DECIDED) {
        slot->output = keep(&slot->rooms[2], &plans->output, output_fields, output);
        if (slot->output == NULL) {
            slot->meta = NULL;
            recorder->dropped++;
        }
    }
    if (fault != NULL) {
        slot->fault = strdup(fault);
    }
}

void sj_recorder_note(struct sj_recorder *recorder, const char *hook, const char *trace_id,
                      const char *text) {
    for (size_t ago = 0; recorder->slots != NULL && ago < SJ_RECORDER_SLOTS && ago < recorder->next;
         ago++) {
        struct sj_recorded *slot = &recorder->slots[(recorder->next - 1 - ago) % SJ_RECORDER_SLOTS];
        if (slot->meta != NULL && strcmp(slot->meta->name, hook) == 0 &&
            strcmp(slot->trace_id, trace_id) == 0) {
            free(slot->note);
            slot->note = strdup(text);
            return;
        }
    }
}

const struct sj_recorded *sj_recorder_at(const struct sj_recorder *recorder, size_t ago) {
    const struct sj_recorded *slot;
    if (recorder->slots == NULL || ago >= SJ_RECORDER_SLOTS || ago >= recorder->next) {
        return NULL;
    }
    slot = &recorder->slots[(recorder->next - 1 - ago) % SJ_RECORDER_SLOTS];
    return slot->meta != NULL ? slot : NULL;
}

size_t sj_recorder_bytes(const struct sj_recorder *recorder) {
    size_t bytes = 0;
    for (size_t i = 0; recorder->slots != NULL && i < SJ_RECORDER_SLOTS; i++) {
        const struct sj_recorded *slot = &recorder->slots[i];
        for (size_t room = 0; room < 3; room++) {
            bytes += slot->rooms[room].size;
        }
        bytes += slot->fault == NULL ? 0 : strlen(slot->fault) + 1;
        bytes += slot->note == NULL ? 0 : strlen(slot->note) + 1;
    }
    return bytes;
}

void sj_recorder_free(struct sj_recorder *recorder) {
    for (size_t i = 0; recorder->slots != NULL && i < SJ_RECORDER_SLOTS; i++) {
        for (size_t room = 0; room < 3; room++) {
            free(recorder->slots[i].rooms[room].bytes);
        }
        free(recorder->slots[i].fault);
        free(recorder->slots[i].note);
    }
    free(recorder->slots);
    memset(recorder, 0, sizeof *recorder);
}
