/* A probe: built with an older SDK, whose declarations of the house's things lack the last fields.
 * It uses one of each kind: a resource, a parameter, an event, a request, a message and a policy
 * hook. All metadata lies in this file, or in the texts linked with it, and so leaves memory with
 * it. */
#include "events/device.h"
#include "messages/intercluster.h"
#include "parameters/enterprise.h"
#include "policies/css_select.h"
#include "probe.h"
#include "resources/partition.h"

enum { RECORDS = 7 };

/* The older declarations: made at the start, since a constant cannot take over another's members.
 */
static sj_record_meta records[RECORDS];
static sj_resource_meta partition;
static sj_param_meta cluster_id;
static sj_request_meta reset;
static sj_policy_meta css;

static const sj_record_meta *older(size_t place, const sj_record_meta *meta) {
    records[place] = *meta;
    records[place].fields_count--;
    return &records[place];
}

static void make_declarations(void) {
    partition = sj_partition_meta;
    partition.record = older(0, sj_partition_meta.record);
    cluster_id = sj_param_enterprise_cluster_id_meta;
    cluster_id.field.fallback = "an older default";
    (void)older(1, &sj_device_unregistered_meta);
    reset = sj_device_reset_meta;
    reset.request = older(2, sj_device_reset_meta.request);
    reset.reply = older(3, sj_device_reset_meta.reply);
    css = sj_css_select_meta;
    css.input = older(4, sj_css_select_meta.input);
    css.output = older(5, sj_css_select_meta.output);
    (void)older(6, &sj_intercluster_user_query_meta);
}

static void on_event(void *user, const void *event) {
    (void)user;
    (void)event;
}

static void on_reply(void *user, int status, const sj_error *error, const void *reply) {
    (void)user;
    (void)status;
    (void)error;
    (void)reply;
}

static int use_store(sj_scope *scope, sj_error *error) {
    const sj_partition record = {.name = "of an older SDK", .description = "not known to it"};
    void *found = NULL;
    int status = scope->host->store_put(scope, &partition, &record, SJ_PUT_ANY, error);
    if (status >= 0) {
        status = scope->host->store_get(scope, &partition, record.name, &found, error);
    }
    sj_record_free(scope, found);
    return status;
}

static int use_bus(sj_scope *scope, sj_error *error) {
    const sj_device_unregistered event = {.device_name = "SEP000000000001", .reason = "expired"};
    const sj_device_reset question = {.device_name = "SEP000000000001"};
    sj_topic *topic = scope->host->event_topic(scope, &records[1], error);
    if (topic == NULL ||
        scope->host->event_subscribe(scope, SJ_HERE, &records[1], on_event, NULL, error) == NULL) {
        return error->code;
    }
    scope->host->event_publish(topic, &event);
    return scope->host->request_ask(scope, SJ_HERE, &reset, &question, 0, on_reply, NULL, error);
}

static int use_message(sj_scope *scope, sj_error *error) {
    void *message = NULL;
    char *json;
    int status = scope->host->record_from_json(&records[6], "{}", 2, &message, error);
    json = status == SJ_OK ? scope->host->record_to_json(&records[6], message) : NULL;
    scope->host->text_free(json);
    sj_record_free(scope, message);
    return status;
}

static int start(sj_scope *scope, void *state, sj_error *error) {
    const sj_css_select_input input = {.user_id = "alice"};
    sj_css_select_output output = {.reason = ""};
    int status;
    (void)state;
    make_declarations();
    status = use_store(scope, error);
    if (status >= 0) {
        status = use_bus(scope, error);
    }
    if (status >= 0) {
        status = use_message(scope, error);
    }
    if (status >= 0 && strcmp(sj_param_text(scope, &cluster_id), "probes") != 0) {
        status = sj_error_set(error, SJ_E_INTERNAL, "Cluster ID is %s",
                              sj_param_text(scope, &cluster_id));
    }
    if (status >= 0) {
        status = sj_policy_decide(scope, &css, "", &input, &output);
    }
    return status < 0 ? status : SJ_OK;
}

PROBE("old-sdk", "", "", struct probe, probe_init, start, NULL, NULL);
