/* Query strings and form bodies (application/x-www-form-urlencoded). Pure. */
#ifndef SJ_HOST_HTTP_FORM_H
#define SJ_HOST_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

struct form_param {
    const char *name, *value;
};

enum { SJ_FORM_PARAMS_MAX = 500, SJ_FORM_BODY_MAX = 1 << 20 };

/* Whether the text holds more than SJ_FORM_PARAMS_MAX parameters, empty ones included: who sends so
 * many wants to keep the node busy. Looks no further. */
bool sj_form_has_too_many(const char *text, size_t length);

/* At most how many parameters the text holds, and how much room their decoded form takes. */
size_t sj_form_count(const char *text, size_t length);
size_t sj_form_room(size_t length, size_t count);

/* Decodes into `params` (sj_form_count of them) and `space` (sj_form_room bytes); returns how many
 * there are. Empty pieces are left out; an escape without two hex digits stands for itself; a value
 * that is not UTF-8 is taken as ISO 8859-1, which older phones send. */
size_t sj_form_parse(const char *text, size_t length, struct form_param *params, char *space);

/* True when the text holds an escaped or a plain NUL, which no value may. */
bool sj_form_has_nul(const char *text, size_t length);

/* Is this the content type of a form ("application/x-www-form-urlencoded", with parameters or not)?
 * NULL is none. */
bool sj_form_is_type(const char *content_type);

#endif
