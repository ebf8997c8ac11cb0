/* What the records say of this cluster's part in the network. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hex.h>

#include "joining.h"
#include "messages/ils.h"
#include "own_reading.h"
#include "parameters/enterprise.h"
#include "parameters/ils.h"
#include "resources/ils.h"
#include "resources/node.h"

enum { NODES_MOST = 64, MINUTE_MS = 60000 };

/* This cluster's nodes, the publisher first, as JSON (sj_text_free). */
static char *own_detail(struct ils_service *service) {
    const sj_node *node = service->scope->host->node;
    char password[2 * JOIN_SALT + 1] = "";
    if (service->joining->password) {
        sj_hex_write(service->joining->salt, JOIN_SALT, password);
    }
    const char *addresses[NODES_MOST] = {node->address};
    sj_list nodes = {0};
    sj_ils_detail detail = {.version = node->version,
                            .fully_qualified_name = node->address,
                            .https_port = node->https_port,
                            .addresses = addresses,
                            .addresses_count = 1,
                            .salt = password};
    (void)sj_cluster_node_list(service->scope, NULL, &nodes, NULL);
    for (size_t i = 0; i < nodes.count && detail.addresses_count < NODES_MOST; i++) {
        const sj_cluster_node *other = sj_cluster_node_at(&nodes, i);
        if (other->address[0] != '\0' && strcmp(other->address, node->address) != 0) {
            addresses[detail.addresses_count++] = other->address;
        }
    }
    char *json = sj_ils_detail_to_json(service->scope, &detail);
    sj_list_free(service->scope, &nodes);
    return json;
}

static const char *kept(struct ils_service *service, const char *text) {
    const char *copy = sj_scope_strdup(service->records, text);
    return sj_or_empty(copy);
}

/* A rule's pattern in the form in which what was learned is kept: "+49xxx" is +49XXX. */
static const char *canonical(struct ils_service *service, const char *pattern) {
    const enum ils_kind kind = strchr(pattern, '@') != NULL ? ILS_DIRECTORY_URI
                               : pattern[0] == '+'          ? ILS_E164_PATTERN
                                                            : ILS_ENTERPRISE_PATTERN;
    char key[ILS_KEY_MAX + 1];
    return kept(service, ils_canonical(kind, pattern, key, NULL) == SJ_OK ? key : pattern);
}

/* How it begins, in that form: "anna@EX" is anna@ex. */
static const char *canonical_prefix(struct ils_service *service, const char *prefix) {
    char key[ILS_KEY_MAX + 1];
    (void)snprintf(key, sizeof key, "%s", prefix);
    char *host = strchr(key, '@');
    for (; host != NULL && *host != '\0'; host++) {
        *host = (char)(*host >= 'A' && *host <= 'Z' ? *host - 'A' + 'a' : *host);
    }
    return kept(service, key);
}

static void read_blocks(struct ils_service *service) {
    sj_list rules = {0};
    (void)sj_learned_block_rule_list(service->scope, NULL, &rules, NULL);
    service->blocks_count = 0;
    service->blocks = sj_scope_alloc(service->records, (rules.count + 1) * sizeof *service->blocks);
    service->block_names =
        sj_scope_alloc(service->records, (rules.count + 1) * sizeof *service->block_names);
    for (size_t i = 0; service->blocks != NULL && service->block_names != NULL && i < rules.count;
         i++) {
        const sj_learned_block_rule *rule = sj_learned_block_rule_at(&rules, i);
        service->block_names[i] = kept(service, rule->name);
        service->blocks[service->blocks_count++] =
            (struct ils_block){.pattern = canonical(service, rule->pattern),
                               .prefix = canonical_prefix(service, rule->prefix),
                               .cluster_id = kept(service, rule->cluster_id),
                               .enterprise = rule->kind == SJ_ILS_NUMBER_KIND_ENTERPRISE,
                               .e164 = rule->kind == SJ_ILS_NUMBER_KIND_E164};
    }
    sj_list_free(service->scope, &rules);
}

static void read_accepted_hubs(struct ils_service *service,
                               const sj_ils_configuration *configuration) {
    const size_t count = configuration->accepted_hubs_count;
    service->accepted_hubs_count = 0;
    service->accepted_hubs = sj_scope_alloc(service->records, (count + 1) * sizeof(char *));
    for (size_t i = 0; service->accepted_hubs != NULL && i < count; i++) {
        service->accepted_hubs[service->accepted_hubs_count++] =
            kept(service, configuration->accepted_hubs[i]);
    }
}

static enum ils_role role_of(sj_ils_role role) {
    return role == SJ_ILS_ROLE_HUB     ? ILS_HUB
           : role == SJ_ILS_ROLE_SPOKE ? ILS_SPOKE
                                       : ILS_STANDALONE;
}

void ils_settings_read(struct ils_service *service) {
    sj_scope *scope = service->scope, *before = service->records;
    sj_ils_configuration *configuration = NULL;
    sj_error error = {0};
    char *detail = own_detail(service);
    sj_scope *records = sj_scope_open(scope, "records", NULL, NULL);
    if (detail == NULL || records == NULL ||
        sj_ils_configuration_get(scope, "default", &configuration, &error) != SJ_OK) {
        sj_log_error(scope, "the ILS configuration cannot be read: %s",
                     error.text[0] != '\0' ? error.text : "no memory");
        service->configuration_changed = true; /* with the next tick */
        sj_text_free(scope, detail);
        if (records != NULL) {
            sj_scope_close(records);
        }
        return;
    }
    service->records = records;
    const bool registrar_changed =
        service->registration_server != NULL &&
        strcmp(service->registration_server, configuration->registration_server) != 0;
    service->registration_server = kept(service, configuration->registration_server);
    service->join_by_themselves = configuration->join_by_themselves;
    service->require_current_password = configuration->require_current_password;
    read_blocks(service);
    read_accepted_hubs(service, configuration);
    const bool advertised =
        configuration->exchange_dial_plan && configuration->advertised_route_string[0] != '\0';
    const struct ils_settings settings = {
        .role = role_of(configuration->role),
        .registrar = configuration->registration_server[0] != '\0',
        .registrar_changed = registrar_changed,
        .interval_ms = (uint32_t)(configuration->synchronize_clusters_every * MINUTE_MS),
        .most_learned = (size_t)sj_param_ils_max_learned_objects(scope),
        .cluster_id = scope->host->node->cluster_id,
        .route = advertised ? configuration->advertised_route_string : "",
        .detail = detail,
        .hubs = service->accepted_hubs,
        .hubs_count = service->accepted_hubs_count};
    ils_own_configure(service, advertised,
                      configuration->exchange_dial_plan && configuration->role == SJ_ILS_ROLE_HUB);
    ils_configure(service->core, &settings, (int64_t)sj_monotonic_ms(scope));
    sj_record_free(scope, configuration);
    sj_text_free(scope, detail);
    if (before != NULL) {
        sj_scope_close(before);
    }
}

void ils_settings_record_changed(struct ils_service *service, const sj_config_changed *event) {
    static const char *const ours[] = {"ils_configuration", "learned_block_rule", "node"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        service->configuration_changed =
            service->configuration_changed || strcmp(event->resource, ours[i]) == 0;
    }
    ils_own_changed(service, event);
}

void ils_settings_parameter_changed(struct ils_service *service,
                                    const sj_parameter_changed *event) {
    static const sj_param_meta *const ours[] = {&sj_param_ils_max_learned_objects_meta,
                                                &sj_param_enterprise_cluster_id_meta};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        service->configuration_changed =
            service->configuration_changed || (strcmp(event->service, ours[i]->service) == 0 &&
                                               strcmp(event->symbol, ours[i]->symbol) == 0);
    }
}

void ils_settings_follow(struct ils_service *service) {
    if (service->configuration_changed) {
        service->configuration_changed = false;
        ils_settings_read(service);
    }
    ils_own_step(service);
}
