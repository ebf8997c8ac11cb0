/* A probe: its text says one ABI, its descriptor another. */
#include "probe.h"

__attribute__((section(".sj_plugin"), used)) static const char sj_plugin_text[] =
    "{\"magic\":\"sojourn-plugin\",\"abi\":\"1.0\",\"name\":\"liar\",\"title\":\"Probe "
    "liar\",\"version\":\"1.0.0\",\"summary\":\"A probe.\","
    "\"needs\":\"\",\"provides\":\"\"}";

__attribute__((visibility("default"))) extern const sj_plugin sj_plugin_descriptor;
const sj_plugin sj_plugin_descriptor = {
    SJ_PLUGIN_MAGIC,
    (uint32_t)sizeof(sj_plugin),
    SJ_ABI_MAJOR,
    99,
    "liar",
    "Probe liar",
    "1.0.0",
    "A probe.",
    "",
    "",
    0,
    sizeof(struct probe),
    NULL,
    probe_init,
    probe_start,
    NULL,
    NULL,
};
