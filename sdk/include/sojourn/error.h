/* Errors are values: a negative code, and one sentence that a person can act on.
 *
 * Every function of the SDK that can fail returns SJ_OK (0, or a count) or a negative sj_code, and
 * writes the sentence to the sj_error its caller supplied (a NULL sj_error is allowed: then only
 * the code is known). Nothing uses errno, exits or aborts. Code, name and short text come from the
 * one list below. */
#ifndef SOJOURN_ERROR_H
#define SOJOURN_ERROR_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
#define SJ_ERROR_MAP(X) \
    X(INVALID,      -1, "invalid value") \
    X(NOT_FOUND,    -2, "not found") \
    X(EXISTS,       -3, "exists already") \
    X(DENIED,       -4, "not permitted") \
    X(UNAVAILABLE,  -5, "not available") \
    X(TIMEOUT,      -6, "deadline passed") \
    X(CANCELLED,    -7, "cancelled") \
    X(NO_MEMORY,    -8, "out of memory") \
    X(LIMIT,        -9, "limit reached") \
    X(IO,          -10, "input or output failed") \
    X(PROTOCOL,    -11, "the peer broke the protocol") \
    X(CONFLICT,    -12, "in conflict with the present state") \
    X(CORRUPT,     -13, "stored data is damaged") \
    X(VERSION,     -14, "versions do not fit") \
    X(STOPPING,    -15, "being stopped") \
    X(UNTRUSTED,   -16, "not trusted") \
    X(IN_USE,      -17, "still in use") \
    X(INTERNAL,    -18, "defect in this program")
/* clang-format on */

typedef enum sj_code {
    SJ_OK = 0,
#define SJ_ERROR_ENUM(name, number, text) SJ_E_##name = (number),
    SJ_ERROR_MAP(SJ_ERROR_ENUM)
#undef SJ_ERROR_ENUM
} sj_code;

/* What went wrong. `field` names the field at fault as a path ("lines[1].partition"), or is empty.
 */
typedef struct sj_error {
    int code;
    char field[128];
    char text[640];
} sj_error;

/* The name ("NOT_FOUND") and the short text ("not found") of a code; "UNKNOWN" / "unknown error"
 * for others. */
static inline const char *sj_error_name(int code) {
    switch (code) {
    case SJ_OK: return "OK";
#define SJ_ERROR_CASE(name, number, text)                                                          \
    case (number): return #name;
        SJ_ERROR_MAP(SJ_ERROR_CASE)
#undef SJ_ERROR_CASE
    default: return "UNKNOWN";
    }
}

static inline const char *sj_error_text(int code) {
    switch (code) {
    case SJ_OK: return "no error";
#define SJ_ERROR_CASE(name, number, text)                                                          \
    case (number): return text;
        SJ_ERROR_MAP(SJ_ERROR_CASE)
#undef SJ_ERROR_CASE
    default: return "unknown error";
    }
}

#if defined(__GNUC__)
#define SJ_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define SJ_PRINTF(format_index, first)
#endif

/* Writes code and sentence (printf format, cut to the room there is) to `error`, which may be NULL;
 * returns `code`, so that `return sj_error_set(error, SJ_E_INVALID, "...")` is one line. Clears
 * `field`. */
static inline int sj_error_set(sj_error *error, int code, const char *format, ...) SJ_PRINTF(3, 4);
static inline int sj_error_set(sj_error *error, int code, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        error->code = code;
        error->field[0] = '\0';
        va_start(arguments, format);
        (void)vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return code;
}

/* The same, naming the field at fault. `field` is copied. */
static inline int sj_error_field(sj_error *error, int code, const char *field, const char *format,
                                 ...) SJ_PRINTF(4, 5);
static inline int sj_error_field(sj_error *error, int code, const char *field, const char *format,
                                 ...) {
    if (error != NULL) {
        va_list arguments;
        error->code = code;
        (void)snprintf(error->field, sizeof error->field, "%s", field);
        va_start(arguments, format);
        (void)vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return code;
}

#ifdef __cplusplus
}
#endif
#endif
