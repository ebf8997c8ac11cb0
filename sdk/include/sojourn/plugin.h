/* The plugin contract, on one page.
 *
 * A plugin is one shared object that exports exactly one symbol, the constant
 * `sj_plugin_descriptor`, and holds the same facts as text in its ELF section ".sj_plugin", so that
 * they can be read without running it. It links no host symbol: the host hands it a scope, through
 * which all calls are made (host.h). It keeps its state in the struct that the host allocates and
 * zeroes (`state_size`), and has no mutable statics: it may be started again after a stop, without
 * having been unmapped.
 *
 *   init   reserve and register; nothing is visible outside yet (routes, answers and subscriptions
 * are held back) start  become visible; last chance to fail stop   asked to leave. What the scope
 * owns is hidden, cancelled and drained by the host afterwards. A plugin that must finish something
 * first takes a hold (scope.h) here and releases it when done fini   the scope is empty but for
 * memory; last call
 *
 * Each may be NULL. init and start return SJ_OK, or a negative code with a sentence in `error`; a
 * failure takes the same path as a stop (stop is then not called, fini is). All four run on the
 * node's loop. */
#ifndef SOJOURN_PLUGIN_H
#define SOJOURN_PLUGIN_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SJ_PLUGIN_MAGIC 0x534f4a31u /* "SOJ1" */

typedef struct sj_plugin {
    /* Frozen head: checked before anything else is read. */
    uint32_t magic;
    uint32_t size; /* of this struct, as the plugin was compiled */
    uint16_t abi_major, abi_minor;

    const char *name;  /* short name for the shell: "tftp" */
    const char *title; /* the service's name in the field: "Cisco Tftp" */
    const char *version;
    const char *summary; /* one sentence */
    const char *needs; /* requests this plugin cannot do without, "request:device.reset ..."; words
                          separated by spaces */
    const char *provides; /* requests it answers and events it publishes: "request:x.y event:a.b" */
    uint32_t flags;
    size_t state_size;
    const sj_schema *schema; /* declarations this plugin brings along, or NULL */

    int (*init)(sj_scope *scope, void *state, sj_error *error);
    int (*start)(sj_scope *scope, void *state, sj_error *error);
    void (*stop)(sj_scope *scope, void *state);
    void (*fini)(void *state);
} sj_plugin;

enum {
    SJ_PLUGIN_PUBLISHER_ONLY = 1u << 0, /* may be activated only on the cluster's publisher */
};

/* Defines the descriptor and its text form. The first seven arguments are string literals. */
#define SJ_PLUGIN(name_, title_, version_, summary_, needs_, provides_, flags_, state_type_,       \
                  schema_, init_, start_, stop_, fini_)                                            \
    __attribute__((section(".sj_plugin"), used)) static const char sj_plugin_text[] =              \
        "{\"magic\":\"sojourn-plugin\",\"abi\":\"" SJ_STRINGIFY(SJ_ABI_MAJOR) "." SJ_STRINGIFY(    \
            SJ_ABI_MINOR) "\",\"name\":\"" name_ "\",\"title\":\"" title_                          \
                          "\",\"version\":\"" version_ "\",\"summary\":\"" summary_                \
                          "\",\"needs\":\"" needs_ "\",\"provides\":\"" provides_ "\"}";           \
    __attribute__((visibility("default"))) extern const sj_plugin sj_plugin_descriptor;            \
    const sj_plugin sj_plugin_descriptor = {                                                       \
        SJ_PLUGIN_MAGIC, (uint32_t)sizeof(sj_plugin),                                              \
        SJ_ABI_MAJOR,    SJ_ABI_MINOR,                                                             \
        name_,           title_,                                                                   \
        version_,        summary_,                                                                 \
        needs_,          provides_,                                                                \
        flags_,          sizeof(state_type_),                                                      \
        schema_,         init_,                                                                    \
        start_,          stop_,                                                                    \
        fini_,                                                                                     \
    }

#ifdef __cplusplus
}
#endif
#endif
