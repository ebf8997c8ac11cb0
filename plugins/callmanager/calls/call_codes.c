/* One text holds the codes of a call, each behind a #, as they were dialled. */
#include "calls/call_codes.h"
#include "dial_plan/dial_codes.h"
#include "sip/value_words.h"

#include <sojourn/base/text.h>

#include <stdlib.h>

/* The next code at *at, without its #; moves on. False: there is none. */
static bool next_code(const char **at, struct sip_text *code) {
    *at += strspn(*at, "#");
    *code = (struct sip_text){*at, strcspn(*at, "#")};
    *at += code->length;
    return code->length > 0;
}

static bool is_kept(const struct call *call, struct sip_text wanted) {
    const char *at = sj_or_empty(call->codes);
    struct sip_text code;
    while (next_code(&at, &code)) {
        if (sip_text_equal(code, wanted)) {
            return true;
        }
    }
    return false;
}

static void overwrite(char *codes) {
    if (codes != NULL) {
        explicit_bzero(codes, strlen(codes));
        free(codes);
    }
}

static void add(struct call *call, struct sip_text code) {
    const size_t before = strlen(sj_or_empty(call->codes));
    char *codes = malloc(before + 1 + code.length + 1);
    if (codes == NULL) {
        call->codes_lost = true;
        return;
    }
    memcpy(codes, sj_or_empty(call->codes), before);
    codes[before] = '#';
    (void)sip_text_copy(code, codes + before + 1, code.length + 1);
    overwrite(call->codes);
    call->codes = codes;
}

static void add_all(struct call *call, const char *codes) {
    struct sip_text code;
    while (next_code(&codes, &code)) {
        if (!is_kept(call, code)) {
            add(call, code);
        }
    }
}

void call_codes_keep(struct call *call, const char *dialled) {
    const char *hash = dialled[0] == '\0' ? NULL : strchr(dialled + 1, '#');
    if (hash != NULL && dial_codes_exist(&call->manager->plan)) {
        add_all(call, hash);
    }
}

void call_codes_take(struct call *call, const struct call *other) {
    add_all(call, sj_or_empty(other->codes));
    call->codes_lost = call->codes_lost || other->codes_lost;
}

bool call_codes_hold(const struct call *call, struct sip_text value) {
    const char *at = sj_or_empty(call->codes);
    struct sip_text code;
    while (next_code(&at, &code)) {
        if (sip_value_says(value, code)) {
            return true;
        }
    }
    return call->codes_lost;
}

void call_codes_forget(struct call *call) {
    overwrite(call->codes);
    call->codes = NULL;
    explicit_bzero(call->awaited, sizeof call->awaited);
}
