/* A probe: brings a declaration of each kind along and uses it. Built twice: NEXT is the plugin's
 * next version, which declares the same names with a field more and other defaults. */
#include <stddef.h>

#include "probe.h"

#ifdef NEXT
#define VERSION "2.0.0"
#define LIMIT "9"
enum { FIELDS = 3 };
#else
#define VERSION "1.0.0"
#define LIMIT "7"
enum { FIELDS = 2 };
#endif

struct thing {
    const char *name;
    int color;
#ifdef NEXT
    int64_t weight;
#endif
};

static const char *const colors[] = {"red", "blue", NULL};
static const sj_field fields[] = {
    {.name = "name",
     .title = "Name",
     .doc = "Its name.",
     .since = "1.0.0",
     .unit = "",
     .type = SJ_TYPE_TEXT,
     .flags = SJ_FIELD_KEY | SJ_FIELD_REQUIRED,
     .offset = offsetof(struct thing, name),
     .max = 50,
     .format = "",
     .hash = "",
     .target = "",
     .fallback = ""},
    {.name = "color",
     .title = "Color",
     .doc = "Its color.",
     .since = "1.0.0",
     .unit = "",
     .type = SJ_TYPE_ENUM,
     .offset = offsetof(struct thing, color),
     .format = "",
     .hash = "",
     .target = "",
     .fallback = "blue",
     .choices = colors},
#ifdef NEXT
    {.name = "weight",
     .title = "Weight",
     .doc = "Its weight.",
     .since = "2.0.0",
     .unit = "",
     .type = SJ_TYPE_INTEGER,
     .offset = offsetof(struct thing, weight),
     .format = "",
     .hash = "",
     .target = "",
     .fallback = "3"},
#endif
};
static const uint64_t prints[] = {11, 12, 13, 14};

#define RECORD(kind_, name_)                                                                       \
    {                                                                                              \
        sizeof(sj_record_meta), kind_, name_, "Thing", "A thing.", "1.0.0", sizeof(struct thing),  \
            fields, FIELDS, prints                                                                 \
    }
static const sj_record_meta thing_record = RECORD(SJ_KIND_RESOURCE, "probe_thing");
static const sj_record_meta happened = RECORD(SJ_KIND_EVENT, "probe.happened");
static const sj_record_meta asked = RECORD(SJ_KIND_REQUEST, "probe.asked");
static const sj_record_meta replied = RECORD(SJ_KIND_REPLY, "probe.asked");
static const sj_record_meta input = RECORD(SJ_KIND_POLICY_INPUT, "probe.decide");
static const sj_record_meta output = RECORD(SJ_KIND_POLICY_OUTPUT, "probe.decide");
static const sj_record_meta message = RECORD(SJ_KIND_MESSAGE, "probe_message");

static const char *const factory[] = {"{\"name\":\"first\"}", NULL};
static const sj_resource_meta thing = {
    sizeof(sj_resource_meta), &thing_record, "probe_things", {"name", NULL}, 0, "Probes", factory};
static const sj_param_meta limit = {sizeof(sj_param_meta),
                                    "Probe",
                                    "probe_limit",
                                    0,
                                    {.name = "limit",
                                     .title = "Limit",
                                     .doc = "A limit.",
                                     .since = "1.0.0",
                                     .unit = "",
                                     .type = SJ_TYPE_INTEGER,
                                     .max = 100,
                                     .format = "",
                                     .hash = "",
                                     .target = "",
                                     .fallback = LIMIT}};
static const sj_request_meta request = {
    sizeof(sj_request_meta), "probe.asked", &asked, &replied, 1000, "probe ask", "name", 0};
static const sj_policy_meta hook = {sizeof(sj_policy_meta), "probe.decide", "Decides.", &input,
                                    &output};

static const sj_resource_meta *const resources[] = {&thing, NULL};
static const sj_param_meta *const params[] = {&limit, NULL};
static const sj_record_meta *const events[] = {&happened, NULL};
static const sj_request_meta *const requests[] = {&request, NULL};
static const sj_policy_meta *const policies[] = {&hook, NULL};
static const sj_record_meta *const messages[] = {&message, NULL};
static const sj_schema schema = {sizeof(sj_schema), "declares", resources, params, events,
                                 requests,          policies,   messages};

static void on_question(void *user, sj_question *question, const void *body) {
    ((sj_scope *)user)->host->question_reply(question, body);
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    const struct thing record = {.name = "of the plugin", .color = 1};
    struct thing decided = {.name = ""};
    sj_topic *topic = scope->host->event_topic(scope, &happened, error);
    void *copy = NULL;
    int status = topic == NULL ? error->code
                               : scope->host->store_put(scope, &thing, &record, SJ_PUT_ANY, error);
    (void)state;
    if (status >= 0 &&
        scope->host->request_answer(scope, SJ_HERE, &request, on_question, scope, error) == NULL) {
        status = error->code;
    }
    if (status >= 0) {
        scope->host->event_publish(topic, &record);
        status = scope->host->record_from_json(&message, "{\"name\":\"a\"}", 12, &copy, error);
        sj_record_free(scope, copy);
    }
    if (status >= 0 && sj_param_integer(scope, &limit) != LIMIT[0] - '0') {
        status = sj_error_set(error, SJ_E_INTERNAL, "the limit is %d",
                              (int)sj_param_integer(scope, &limit));
    }
    if (status >= 0) {
        status = sj_policy_decide(scope, &hook, "", &record, &decided);
    }
    return status < 0 ? status : SJ_OK;
}

SJ_PLUGIN("declares", "Probe declares", VERSION, "A probe.", "", "", 0, struct probe, &schema,
          probe_init, start, NULL, NULL);
