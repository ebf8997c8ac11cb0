/* The job that imports a file into an imported catalog: what is wrong in a line is said with the
 * line's number, and the other lines are imported. */
#include "job.h"

#include <stdlib.h>

#include <sojourn/base/hash.h>
#include <sojourn/base/map.h>

#include "arguments.h"
#include "catalog_file.h"
#include "resources/ils.h"
#include "resources/job.h"

enum { LINES_TOLD = 3400 /* bytes of the result; its end says how many more there are */ };

/* What a line has given already. */
struct given {
    sj_map_link link;
    size_t line;
};

struct import {
    sj_job_input *input;
    struct catalog_file file;
    char catalog[51];
    int64_t first_line;
    sj_map given;
    sj_scope *scope; /* the memory of what was given */
    int64_t before;  /* so many were imported before a restart */
    int64_t added, changed, unchanged;
};

static size_t line_of(const struct import *import, size_t line) {
    return import->first_line > 0 && line >= import->file.data_line
               ? (size_t)import->first_line + line - import->file.data_line
               : line;
}

static void tell_line(struct running_job *job, size_t line, const char *why) {
    job->failed++;
    if (strlen(job->result) < LINES_TOLD) {
        job_add_result(job, "Line %zu: %s.", line_of(job->import, line), why);
    }
}

static int64_t lines_told(const struct running_job *job) {
    int64_t count = 0;
    for (const char *at = job->result; (at = strstr(at, "Line ")) != NULL; at++) {
        count++;
    }
    return count;
}

/* Notes that a line gives this object; the line that gave it before, or 0. NULL memory counts as
 * not given before: the store then keeps what comes last. */
static size_t note(struct import *import, const struct catalog_object *object) {
    const uint64_t key = sj_hash_keyed_text(object->key);
    const sj_map_link *before = sj_map_first(&import->given, key);
    if (before != NULL) {
        return SJ_OWNER(before, struct given, link)->line;
    }
    struct given *given = sj_scope_alloc(import->scope, sizeof *given);
    if (given != NULL) {
        given->line = line_of(import, object->line);
        sj_map_add(&import->given, &given->link, key);
    }
    return 0;
}

void import_free(struct import *import, sj_scope *scope) {
    if (import != NULL) {
        sj_map_clear(&import->given);
        sj_record_free(scope, import->input);
        free(import);
    }
}

/* Counts the rows, and passes over those that were done before a restart. */
static bool count_rows(struct running_job *job) {
    struct import *import = job->import;
    struct catalog_object object;
    struct catalog_file all = import->file;
    enum csv_result result;
    job->total = 0;
    while ((result = catalog_file_next(&all, &object)) != CSV_END) {
        if (job->total < job->processed + job->failed) {
            (void)catalog_file_next(&import->file, &object);
            if (result == CSV_ROW) {
                (void)note(import, &object);
            }
        }
        job->total++;
    }
    if (job->total == 0) {
        job_add_result(job, "Nothing was imported: the file has no line behind the names of its "
                            "columns.");
    }
    return job->total > 0;
}

static bool prepare(struct running_job *job) {
    sj_scope *scope = job->bulk->scope;
    struct import *import = calloc(1, sizeof *import);
    sj_imported_catalog *catalog = NULL;
    sj_error error = {0};
    char why[CSV_WHY_ROOM];
    job->import = import;
    if (import == NULL) {
        job_add_result(job, "Nothing was imported: out of memory.");
        return false;
    }
    import->scope = job->scope;
    import->before = job->processed;
    argument_text(job->arguments, "catalog", import->catalog, sizeof import->catalog);
    import->first_line = argument_number(job->arguments, "first_line");
    if (sj_imported_catalog_get(scope, import->catalog, &catalog, &error) != SJ_OK ||
        sj_job_input_get(scope, job->job_id, &import->input, &error) != SJ_OK) {
        job_add_result(job, "Nothing was imported: %s.", error.text);
        sj_record_free(scope, catalog);
        return false;
    }
    sj_record_free(scope, catalog);
    if (!catalog_file_begin(&import->file, import->input->content, strlen(import->input->content),
                            why)) {
        job_add_result(job, "Nothing was imported: %s.", why);
        return false;
    }
    return count_rows(job);
}

/* ---- one object ---- */

/* The record that a line gives: the one of its kind. */
struct imported {
    sj_imported_directory_uri uri;
    sj_imported_number number;
    sj_imported_pattern pattern;
};

static struct imported record_of(const struct import *import, const struct catalog_object *object) {
    return (struct imported){
        .uri = {.user = object->user,
                .host = object->host,
                .catalog = import->catalog,
                .description = object->description,
                .pstn_failover = object->pstn_failover},
        .number = {.number = object->key,
                   .catalog = import->catalog,
                   .description = object->description,
                   .pstn_failover = object->pstn_failover},
        .pattern = {.pattern = object->key,
                    .catalog = import->catalog,
                    .description = object->description,
                    .pstn_failover = object->strips ? SJ_ILS_PATTERN_FAILOVER_STRIP_AND_PREPEND
                                     : object->dialled_number
                                         ? SJ_ILS_PATTERN_FAILOVER_PATTERN_AS_NUMBER
                                         : SJ_ILS_PATTERN_FAILOVER_NONE,
                    .strip_digits = object->strip_digits,
                    .prepend_digits = object->prepend_digits}};
}

/* What is there under the key of a line. */
struct present {
    bool there, same;
    char catalog[51];
};

static void note_present(struct present *present, const char *catalog, bool same) {
    present->there = true;
    present->same = same;
    (void)snprintf(present->catalog, sizeof present->catalog, "%s", catalog);
}

static bool is_same(const char *a, const char *b) {
    return strcmp(sj_or_empty(a), sj_or_empty(b)) == 0;
}

static struct present look(sj_scope *scope, const struct catalog_object *object,
                           const struct imported *given) {
    struct present present = {.there = false};
    sj_imported_directory_uri *uri = NULL;
    sj_imported_number *number = NULL;
    sj_imported_pattern *pattern = NULL;
    if (object->kind == CATALOG_URI &&
        sj_imported_directory_uri_get(scope, object->key, &uri, NULL) == SJ_OK) {
        note_present(&present, uri->catalog,
                     is_same(uri->description, given->uri.description) &&
                         is_same(uri->pstn_failover, given->uri.pstn_failover));
    } else if (object->kind == CATALOG_NUMBER &&
               sj_imported_number_get(scope, object->key, &number, NULL) == SJ_OK) {
        note_present(&present, number->catalog,
                     is_same(number->description, given->number.description) &&
                         is_same(number->pstn_failover, given->number.pstn_failover));
    } else if (object->kind == CATALOG_NUMBERS &&
               sj_imported_pattern_get(scope, object->key, &pattern, NULL) == SJ_OK) {
        note_present(&present, pattern->catalog,
                     is_same(pattern->description, given->pattern.description) &&
                         pattern->pstn_failover == given->pattern.pstn_failover &&
                         pattern->strip_digits == given->pattern.strip_digits &&
                         is_same(pattern->prepend_digits, given->pattern.prepend_digits));
    }
    sj_record_free(scope, uri);
    sj_record_free(scope, number);
    sj_record_free(scope, pattern);
    return present;
}

static int put(sj_scope *scope, const struct catalog_object *object, const struct imported *given,
               sj_error *error) {
    switch (object->kind) {
    case CATALOG_URI: return sj_imported_directory_uri_put(scope, &given->uri, SJ_PUT_ANY, error);
    case CATALOG_NUMBER: return sj_imported_number_put(scope, &given->number, SJ_PUT_ANY, error);
    case CATALOG_NUMBERS: break;
    }
    return sj_imported_pattern_put(scope, &given->pattern, SJ_PUT_ANY, error);
}

/* SJ_OK: it is imported, or its line is told as wrong; negative: the store failed. */
static int import_one(struct running_job *job, const struct catalog_object *object,
                      sj_error *error) {
    sj_scope *scope = job->bulk->scope;
    struct import *import = job->import;
    char why[CSV_WHY_ROOM];
    const size_t before = note(import, object);
    const struct imported given = record_of(import, object);
    const struct present present = look(scope, object, &given);
    if (before > 0) {
        (void)snprintf(why, sizeof why, "%.100s stands in line %zu already", object->key, before);
        tell_line(job, object->line, why);
        return SJ_OK;
    }
    if (present.there && strcmp(present.catalog, import->catalog) != 0) {
        (void)snprintf(why, sizeof why, "%.100s belongs to the catalog %s", object->key,
                       present.catalog);
        tell_line(job, object->line, why);
        return SJ_OK;
    }
    const int status = present.same ? SJ_OK : put(scope, object, &given, error);
    if (status == SJ_E_INVALID || status == SJ_E_CONFLICT || status == SJ_E_EXISTS) {
        tell_line(job, object->line, error->text);
        return SJ_OK;
    }
    if (status == SJ_OK) {
        job->processed++;
        import->added += !present.there;
        import->changed += present.there && !present.same;
        import->unchanged += present.same;
    }
    return status;
}

static void tell_totals(struct running_job *job) {
    const struct import *import = job->import;
    char before[60] = "";
    if (import->before > 0) {
        (void)snprintf(before, sizeof before, ", %lld before the restart",
                       (long long)import->before);
    }
    job_add_result(job,
                   "%lld of %lld object%s %s imported into %s: %lld added, %lld changed, %lld "
                   "unchanged%s.",
                   (long long)job->processed, (long long)job->total, sj_plural(job->total),
                   sj_were(job->processed), import->catalog, (long long)import->added,
                   (long long)import->changed, (long long)import->unchanged, before);
}

static int step(struct running_job *job, sj_error *error) {
    struct import *import = job->import;
    struct catalog_object object;
    int status = SJ_OK;
    enum csv_result result = CSV_ROW;
    for (int i = 0; i < BULK_BATCH && status == SJ_OK && result != CSV_END; i++) {
        result = catalog_file_next(&import->file, &object);
        if (result == CSV_WRONG) {
            tell_line(job, object.line, object.why);
        } else if (result == CSV_ROW) {
            status = import_one(job, &object, error);
        }
    }
    if (status != SJ_OK || result != CSV_END) {
        return status < 0 ? status : 1;
    }
    const int64_t more = job->failed - lines_told(job);
    if (more > 0) {
        job_add_result(job, "%lld further line%s %s not imported.", (long long)more,
                       sj_plural(more), sj_were(more));
    }
    tell_totals(job);
    return 0;
}

const struct job_action catalog_import_action = {"import_catalog", prepare, step};
