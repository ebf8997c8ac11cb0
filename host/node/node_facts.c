/* From the node file to the node's facts. */
#include "host/node/node_facts.h"

#include <string.h>

#include "host/telemetry/log.h"

void sj_node_settings_read(struct node_settings *settings, const struct config *config) {
    settings->log_level = SJ_LOG_INFO;
    (void)sj_log_level_parse(config->log_level, &settings->log_level);
    settings->log_json = strcmp(config->log_format, "json") == 0;
    settings->dns_servers = config->dns_servers;
}

void sj_node_set_facts(struct node *node, const struct config *config) {
    struct sj_node *facts = &node->facts;
    facts->cluster_id = config->cluster;
    facts->name = config->node;
    facts->role = config->role;
    facts->version = SOJOURN_VERSION;
    facts->address = config->address;
    facts->further_addresses = (const char *const *)config->further_addresses;
    facts->further_addresses_count = config->further_addresses_count;
    facts->sip_port = config->sip;
    facts->sips_port = config->sips;
    facts->tftp_port = config->tftp;
    facts->tftp_http_port = config->tftp_http;
    facts->http_port = config->http;
    facts->https_port = config->https;
    facts->state_directory = config->state;
    facts->plugin_directory = config->plugins;
    sj_node_settings_read(&node->settings, config);
}
