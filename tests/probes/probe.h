/* What the probes share: an init and a start that do nothing, and a short form of SJ_PLUGIN. */
#ifndef SOJOURN_PROBE_H
#define SOJOURN_PROBE_H

#include <sojourn/sojourn.h>

struct probe {
    sj_scope *scope;
};

static inline int probe_init(sj_scope *scope, void *state, sj_error *error) {
    (void)error;
    ((struct probe *)state)->scope = scope;
    return SJ_OK;
}

static inline int probe_start(sj_scope *scope, void *state, sj_error *error) {
    (void)scope;
    (void)state;
    (void)error;
    return SJ_OK;
}

#define PROBE(name_, needs_, provides_, state_, init_, start_, stop_, fini_)                       \
    SJ_PLUGIN(name_, "Probe " name_, "1.0.0", "A probe.", needs_, provides_, 0, state_, NULL,      \
              init_, start_, stop_, fini_)

#endif
