/* Reads all that a phone's record refers to, and builds the document's input from it. */
#include "phone_configuration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locale_number.h"
#include "parameters/call_manager.h"
#include "parameters/enterprise.h"
#include "phone_document.h"
#include "phone_settings.h"
#include "phone_time_zone.h"
#include "resources/call_manager_group.h"
#include "resources/common_device_configuration.h"
#include "resources/common_phone_profile.h"
#include "resources/date_time_group.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/node.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"
#include "resources/phone_service.h"
#include "resources/sip_profile.h"
#include "resources/voice_mail.h"
#include "shared_line.h"
#include "softkey_file.h"

#include <sojourn/expansion_module.h>
#include <sojourn/intercom.h>
#include <sojourn/line_contact.h>
#include <sojourn/node_address.h>
#include <sojourn/number_mask.h>
#include <sojourn/phone_locale.h>

enum {
    MOST_NODES = 16,
    MOST_LINES = 200,
    MOST_SERVICES = 100,
    MOST_MODULES = 3,
    NUMBER_ROOM = 64,
    DEVICE_FILE_ROOM = 136 /* a device's name, with a few letters before and behind it */
};

/* Records that the document borrows from while it is written. */
struct borrowed {
    sj_scope *scope;
    struct phone_time_zones *zones;
    void *records[MOST_SERVICES + 16];
    size_t records_count;
    sj_list nodes, services, voice_mail_profiles;
    struct document_node document_nodes[MOST_NODES];
    struct document_line lines[MOST_LINES];
    char numbers[MOST_LINES][NUMBER_ROOM], messages_numbers[MOST_LINES][NUMBER_ROOM],
        contacts[MOST_LINES][SJ_LINE_CONTACT_ROOM];
    struct document_speed_dial speed_dials[MOST_LINES];
    struct document_service document_services[MOST_SERVICES];
    const sj_phone_service *added[MOST_SERVICES];
    struct document_module modules[MOST_MODULES];
    struct document_setting settings[PHONE_SETTINGS];
    char softkey_file[SOFTKEY_FILE_ROOM], dial_template_file[DEVICE_FILE_ROOM],
        authentication_url[128], external_number_mask[NUMBER_ROOM];
    const sj_phone_model *model; /* NULL: not one of this cluster */
    int family;                  /* in which the phone is told of the nodes, where they have both */
};

static void keep(struct borrowed *all, void *record) {
    all->records[all->records_count++] = record;
}

static void give_back(struct borrowed *all) {
    for (size_t i = 0; i < all->records_count; i++) {
        sj_record_free(all->scope, all->records[i]);
    }
    sj_list_free(all->scope, &all->nodes);
    sj_list_free(all->scope, &all->services);
    sj_list_free(all->scope, &all->voice_mail_profiles);
    free(all);
}

/* The number in a directory number's key: "4001@Phones" -> 4001, with \+ as a plus sign. */
static void number_of(const char *key, char *number) {
    size_t at = 0;
    for (const char *p = key; *p != '\0' && *p != '@' && at + 1 < NUMBER_ROOM; p++) {
        if (!(p[0] == '\\' && p[1] == '+')) {
            number[at++] = *p;
        }
    }
    number[at] = '\0';
}

static bool is_of(int family, const char *address) {
    return (strchr(address, ':') != NULL) == (family == AF_INET6);
}

/* Of its addresses the first that the phone shall use, else its first. */
static const char *address_of(const struct borrowed *all, const sj_cluster_node *node) {
    if (is_of(all->family, node->address)) {
        return node->address;
    }
    for (size_t i = 0; i < node->further_addresses_count; i++) {
        if (is_of(all->family, node->further_addresses[i])) {
            return node->further_addresses[i];
        }
    }
    return node->address;
}

static const char *own_address(const struct borrowed *all) {
    const sj_node *self = all->scope->host->node;
    const char *address = sj_node_address_of(self, all->family);
    return address != NULL ? address : self->address;
}

static void add_node(struct borrowed *all, struct phone_document *document,
                     const sj_cluster_node *node) {
    if (document->nodes_count < MOST_NODES) {
        all->document_nodes[document->nodes_count++] =
            (struct document_node){.address = address_of(all, node),
                                   .sip_port = (int)node->sip_port,
                                   .sips_port = (int)node->sips_port};
    }
}

/* The nodes of a call manager group in its order, or all nodes when it names none. */
static int read_nodes(struct borrowed *all, const char *group_name, struct phone_document *document,
                      sj_error *error) {
    int status = sj_cluster_node_list(all->scope, NULL, &all->nodes, error);
    if (status != SJ_OK) {
        return status;
    }
    sj_call_manager_group *group = NULL;
    if (group_name[0] != '\0' &&
        sj_call_manager_group_get(all->scope, group_name, &group, NULL) == SJ_OK) {
        keep(all, group);
    }
    document->nodes = all->document_nodes;
    for (size_t i = 0; group != NULL && i < group->nodes_count; i++) {
        for (size_t k = 0; k < all->nodes.count; k++) {
            const sj_cluster_node *node = sj_cluster_node_at(&all->nodes, k);
            if (strcmp(node->name, group->nodes[i]) == 0) {
                add_node(all, document, node);
            }
        }
    }
    for (size_t k = 0; document->nodes_count == 0 && k < all->nodes.count; k++) {
        add_node(all, document, sj_cluster_node_at(&all->nodes, k));
    }
    if (document->nodes_count == 0) {
        const sj_node *self = all->scope->host->node;
        all->document_nodes[document->nodes_count++] = (struct document_node){
            .address = own_address(all), .sip_port = self->sip_port, .sips_port = self->sips_port};
    }
    return SJ_OK;
}

static bool zone_clock(void *user, const char *zone, int64_t utc_s, int32_t *offset_s) {
    return sj_time_zone_offset(user, zone, utc_s, offset_s) == SJ_OK;
}

static void read_time_zone(struct borrowed *all, const sj_date_time_group *group,
                           struct phone_document *document) {
    bool exact = false;
    document->time_zone =
        phone_time_zones_find(all->zones, group->time_zone, zone_clock, all->scope, &exact);
    if (!exact) {
        sj_log_limited(all->scope, SJ_LOG_WARNING, "a time zone that phones do not know",
                       "date/time group %s: no time zone of phones has the clock of %s; phones "
                       "whose firmware does not know the zones of the zone database show that of "
                       "%s",
                       group->name, group->time_zone, document->time_zone);
    }
}

static int read_pool(struct borrowed *all, const struct device_view *view,
                     struct phone_document *document, sj_error *error) {
    sj_device_pool *pool = NULL;
    int status = sj_device_pool_get(all->scope, view->device_pool, &pool, error);
    if (status != SJ_OK) {
        return status;
    }
    keep(all, pool);
    sj_date_time_group *zone = NULL;
    status = sj_date_time_group_get(all->scope, pool->date_time_group, &zone, error);
    if (status != SJ_OK) {
        return status;
    }
    keep(all, zone);
    document->date_template = zone->date_template;
    document->olson_time_zone = zone->time_zone;
    document->ntp_servers = zone->phone_ntp_references;
    document->ntp_servers_count = zone->phone_ntp_references_count;
    document->network_locale =
        pool->network_locale[0] != '\0' ? pool->network_locale : "United_States";
    document->network_locale_number = locale_number(
        all->scope, document->network_locale, sj_network_locale_number(document->network_locale));
    read_time_zone(all, zone, document);
    return read_nodes(all, pool->call_manager_group, document, error);
}

/* An empty one would let phones take pages from anybody. */
static void read_authentication_url(struct borrowed *all, struct phone_document *document) {
    const sj_node *self = all->scope->host->node;
    document->url_authentication = sj_param_enterprise_url_authentication(all->scope);
    if (document->url_authentication[0] == '\0') {
        sj_http_url(all->authentication_url, sizeof all->authentication_url, "http",
                    own_address(all), self->http_port, "ccmcip/authenticate.jsp");
        document->url_authentication = all->authentication_url;
    }
}

/* In the numbers that phones use. */
static int call_alert(const struct device_view *view, const sj_common_phone_profile *common) {
    enum { NONE = 0, BEEP = 1, FLASH = 5 };
    switch (view->dnd_call_alert) {
    case SJ_DO_NOT_DISTURB_ALERT_DISABLE: return NONE;
    case SJ_DO_NOT_DISTURB_ALERT_BEEP_ONLY: return BEEP;
    case SJ_DO_NOT_DISTURB_ALERT_FLASH_ONLY: return FLASH;
    default: break;
    }
    switch (common->do_not_disturb_incoming_call_alert) {
    case SJ_COMMON_PHONE_PROFILE_DO_NOT_DISTURB_INCOMING_CALL_ALERT_DISABLE: return NONE;
    case SJ_COMMON_PHONE_PROFILE_DO_NOT_DISTURB_INCOMING_CALL_ALERT_FLASH_ONLY: return FLASH;
    default: return BEEP;
    }
}

static void read_settings(struct borrowed *all, const sj_common_phone_profile *profile,
                          const sj_phone *phone, struct phone_document *document) {
    struct phone_setting settings[PHONE_SETTINGS];
    phone_settings_read(all->scope, profile, phone, settings);
    document->settings = all->settings;
    for (size_t i = 0; i < PHONE_SETTINGS; i++) {
        if (settings[i].set) {
            all->settings[document->settings_count++] = settings[i].element;
        }
    }
}

static int read_profiles(struct borrowed *all, const struct device_view *view,
                         struct phone_document *document, sj_error *error) {
    sj_sip_profile *sip = NULL;
    int status = sj_sip_profile_get(all->scope, view->sip_profile, &sip, error);
    if (status != SJ_OK) {
        return status;
    }
    keep(all, sip);
    document->invite_expires_s = sip->timer_invite_expires_s;
    document->register_expires_s = sip->timer_register_expires_s;
    document->register_delta_s = sip->timer_register_delta_s;
    document->keep_alive_expires_s = sip->timer_keep_alive_expires_s;
    document->t1_ms = sip->timer_t1_ms;
    document->t2_ms = sip->timer_t2_ms;
    document->invite_retries = sip->invite_retries;
    document->non_invite_retries = sip->non_invite_retries;
    document->start_media_port = sip->start_media_port;
    document->stop_media_port = sip->stop_media_port;
    document->dtmf_payload_type = sip->dtmf_payload_type;
    document->digit_by_digit = sip->digit_by_digit;

    sj_common_phone_profile *common = NULL;
    status = sj_common_phone_profile_get(all->scope, view->common_phone_profile, &common, error);
    if (status != SJ_OK) {
        return status;
    }
    keep(all, common);
    read_settings(all, common, view->phone, document);
    document->dnd_call_alert = call_alert(view, common);

    sj_phone_security_profile *security = NULL;
    status =
        sj_phone_security_profile_get(all->scope, view->phone_security_profile, &security, error);
    if (status != SJ_OK) {
        return status;
    }
    keep(all, security);
    document->security_mode = (int)security->device_security_mode + 1;
    document->transport = security->transport == SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TLS   ? 3
                          : security->transport == SJ_PHONE_SECURITY_PROFILE_TRANSPORT_UDP ? 2
                                                                                           : 1;
    return SJ_OK;
}

static bool has_service(const struct borrowed *all, const struct phone_document *document,
                        const sj_phone_service *service) {
    for (size_t i = 0; i < document->services_count; i++) {
        if (all->added[i] == service) {
            return true;
        }
    }
    return false;
}

static void add_service(struct borrowed *all, struct phone_document *document,
                        const sj_phone_service *service) {
    const bool unicode = all->model == NULL || all->model->shows_unicode;
    const bool ascii = !unicode && service->ascii_name[0] != '\0';
    if (!service->enabled || has_service(all, document, service) ||
        document->services_count == MOST_SERVICES) {
        return;
    }
    all->added[document->services_count] = service;
    all->document_services[document->services_count++] = (struct document_service){
        .name = ascii ? service->ascii_name : service->name,
        .url = service->url,
        .secure_url = service->secure_url,
        .vendor = service->vendor,
        .version = service->version,
        .type = (int)service->type,
        .category = service->category == SJ_PHONE_SERVICE_CATEGORY_JAVA_MIDLET ? 1 : 0};
}

/* Subscribed services first, in their order, then those that the enterprise subscribes. */
static int read_services(struct borrowed *all, const struct device_view *view,
                         struct phone_document *document, sj_error *error) {
    int status = sj_phone_service_list(all->scope, NULL, &all->services, error);
    if (status != SJ_OK) {
        return status;
    }
    document->services = all->document_services;
    for (size_t i = 0; i < view->services_count; i++) {
        for (size_t k = 0; k < all->services.count; k++) {
            const sj_phone_service *service = sj_phone_service_at(&all->services, k);
            if (strcmp(service->name, view->services[i]) == 0) {
                add_service(all, document, service);
            }
        }
    }
    for (size_t k = 0; k < all->services.count; k++) {
        const sj_phone_service *service = sj_phone_service_at(&all->services, k);
        if (service->enterprise_subscription) {
            add_service(all, document, service);
        }
    }
    return SJ_OK;
}

static void read_model(struct borrowed *all, const struct device_view *view) {
    sj_phone_model *model = NULL;
    if (sj_phone_model_get(all->scope, view->model, &model, NULL) == SJ_OK) {
        keep(all, model);
        all->model = model;
    }
}

/* A module that is not known, of a visitor's phone or an older record, is left out: phones have no
 * keys of it. */
static void read_modules(struct borrowed *all, const struct device_view *view,
                         struct phone_document *document) {
    document->expansion_modules = all->modules;
    for (size_t i = 0; i < view->expansion_modules_count && i < MOST_MODULES; i++) {
        const struct sj_expansion_module *module =
            sj_expansion_module_find(view->expansion_modules[i]);
        if (module != NULL) {
            all->modules[document->expansion_modules_count++] = (struct document_module){
                .device_type = module->type, .load_information = "", .lines = module->keys};
        }
    }
}

/* How many lines the phone can have: those of its model and of its modules. */
static size_t most_lines(const struct borrowed *all, const struct phone_document *document) {
    size_t most = MOST_LINES;
    if (all->model != NULL) {
        most = (size_t)all->model->maximum_lines;
        for (size_t i = 0; i < document->expansion_modules_count; i++) {
            most += (size_t)document->expansion_modules[i].lines;
        }
    }
    return most < MOST_LINES ? most : MOST_LINES;
}

/* What the Messages key of a line calls: the pilot of its number's voice mail profile, else of the
 * default one. */
static void messages_number(const struct borrowed *all, const char *key, char number[NUMBER_ROOM]) {
    sj_directory_number *record = NULL;
    const sj_voice_mail_profile *profile = NULL;
    number[0] = '\0';
    if (all->voice_mail_profiles.count == 0 ||
        sj_directory_number_get(all->scope, key, &record, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < all->voice_mail_profiles.count && profile == NULL; i++) {
        const sj_voice_mail_profile *one = sj_voice_mail_profile_at(&all->voice_mail_profiles, i);
        if (sj_given(record->voice_mail_profile)
                ? strcmp(one->name, record->voice_mail_profile) == 0
                : one->default_profile) {
            profile = one;
        }
    }
    if (profile != NULL) {
        (void)snprintf(number, NUMBER_ROOM, "%s", sj_or_empty(profile->voice_mail_pilot));
    }
    sj_record_free(all->scope, record);
}

static const char *auto_answer_text(sj_device_line_auto_answer mode) {
    return mode == SJ_DEVICE_LINE_AUTO_ANSWER_HEADSET        ? "Auto Answer with Headset"
           : mode == SJ_DEVICE_LINE_AUTO_ANSWER_SPEAKERPHONE ? "Auto Answer with Speakerphone"
                                                             : "";
}

/* An intercom line has one call, which its phone answers by itself. */
static void make_intercom(const sj_device_line *line, struct document_line *document) {
    document->intercom = true;
    document->maximum_calls = document->busy_trigger = 1;
    document->auto_answer = auto_answer_text(line->auto_answer == SJ_DEVICE_LINE_AUTO_ANSWER_OFF
                                                 ? SJ_DEVICE_LINE_AUTO_ANSWER_SPEAKERPHONE
                                                 : line->auto_answer);
}

static void read_lines(struct borrowed *all, const struct device_view *view,
                       struct phone_document *document) {
    const size_t most = most_lines(all, document);
    document->lines = all->lines;
    for (size_t i = 0; i < view->lines_count && i < most; i++) {
        number_of(view->lines[i].directory_number, all->numbers[i]);
        sj_line_contact(view->name, view->lines[i].directory_number, all->contacts[i]);
        messages_number(all, view->lines[i].directory_number, all->messages_numbers[i]);
        all->lines[document->lines_count++] = (struct document_line){
            .number = all->numbers[i],
            .messages_number = all->messages_numbers[i],
            .label = view->lines[i].label,
            .display = view->lines[i].display,
            .contact = all->contacts[i],
            .auto_answer = auto_answer_text(view->lines[i].auto_answer),
            .maximum_calls = view->lines[i].maximum_calls,
            .busy_trigger = view->lines[i].busy_trigger,
            .speed_dial = view->lines[i].speed_dial,
            .shared = shared_line_is(all->scope, view->name, view->lines[i].directory_number)};
        if (sj_is_intercom_number(all->scope, view->lines[i].directory_number)) {
            make_intercom(&view->lines[i], &all->lines[i]);
        }
    }
    document->external_number_mask = all->external_number_mask;
    if (document->lines_count > 0) {
        sj_number_mask(view->lines[0].external_phone_number_mask, all->numbers[0],
                       all->external_number_mask, sizeof all->external_number_mask);
    }
    document->speed_dials = all->speed_dials;
    for (size_t i = 0; i < view->speed_dials_count && i < MOST_LINES; i++) {
        all->speed_dials[document->speed_dials_count++] =
            (struct document_speed_dial){.number = view->speed_dials[i].number,
                                         .label = view->speed_dials[i].label,
                                         .busy_lamp_field = view->speed_dials[i].busy_lamp_field,
                                         .call_pickup = view->speed_dials[i].call_pickup};
    }
}

/* Language and softkeys that are not the device's own are those of its common device
 * configuration. */
static const sj_common_device_configuration *
read_common(struct borrowed *all, const struct device_view *view, struct phone_document *document) {
    sj_common_device_configuration *common = NULL;
    const char *softkeys = view->softkey_template;
    document->user_locale = view->user_locale;
    if (view->common_device_configuration[0] != '\0' &&
        sj_common_device_configuration_get(all->scope, view->common_device_configuration, &common,
                                           NULL) == SJ_OK) {
        keep(all, common);
        document->user_locale =
            view->user_locale[0] != '\0' ? view->user_locale : common->user_locale;
        softkeys = softkeys[0] != '\0' ? softkeys : common->softkey_template;
    }
    if (document->user_locale[0] == '\0') {
        document->user_locale = "English_United_States";
    }
    document->user_locale_number = locale_number(all->scope, document->user_locale,
                                                 sj_user_locale_number(document->user_locale));
    document->softkey_file = all->softkey_file;
    softkeys = softkeys[0] != '\0' ? softkeys : softkey_default_template(all->scope);
    if (softkeys[0] != '\0') {
        softkey_file_name(softkeys, all->softkey_file);
    }
    return common;
}

/* In the numbers that phones use. A phone reaches nodes in the families in which they have
 * addresses, whatever the configuration says. */
static int ip_address_mode(const sj_common_device_configuration *common,
                           const struct phone_document *document) {
    enum { V4 = 0, V6 = 1, BOTH = 2 };
    bool v4 = false, v6 = false;
    for (size_t i = 0; i < document->nodes_count; i++) {
        const bool is_v6 = strchr(document->nodes[i].address, ':') != NULL;
        v6 = v6 || is_v6;
        v4 = v4 || !is_v6;
    }
    if (common != NULL) {
        v4 = v4 || common->ip_addressing_mode !=
                       SJ_COMMON_DEVICE_CONFIGURATION_IP_ADDRESSING_MODE_IPV6_ONLY;
        v6 = v6 || common->ip_addressing_mode !=
                       SJ_COMMON_DEVICE_CONFIGURATION_IP_ADDRESSING_MODE_IPV4_ONLY;
    }
    return v4 && v6 ? BOTH : v6 ? V6 : V4;
}

int phone_configuration_write(sj_scope *scope, const struct device_view *view,
                              struct phone_time_zones *zones, sj_xml_text *text, bool *shares_lines,
                              sj_error *error) {
    static const char *const indications[] = {"Default", "Off", "On"};
    static const char *const preemptions[] = {"Default", "Disabled", "Forceful"};
    struct borrowed *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot build the file of %s",
                            view->name);
    }
    all->scope = scope;
    all->zones = zones;
    struct phone_document document = {
        .device_name = view->name,
        .user_id = view->user_id,
        .owner_id = view->owner_id,
        .load_information = view->load_information,
        .t302_ms = sj_param_ccm_t302_timer(scope),
        .transfer_on_hook = sj_param_ccm_transfer_on_hook_enabled(scope),
        .auto_call_pickup = sj_param_ccm_auto_call_pickup_enabled(scope),
        .dial_template_file = all->dial_template_file,
        .always_use_prime_line = view->always_use_prime_line,
        .always_use_prime_line_for_voice_message = view->always_use_prime_line_for_voice_message,
        .join_across_lines = view->join_across_lines,
        .single_button_barge = (int)view->single_button_barge,
        .mlpp_domain = view->mlpp_domain,
        .mlpp_indication = indications[view->mlpp_indication % 3],
        .mlpp_preemption = preemptions[view->mlpp_preemption % 3],
        .url_services = sj_param_enterprise_url_services(scope),
        .url_directories = sj_param_enterprise_url_directories(scope),
    };
    (void)snprintf(all->dial_template_file, sizeof all->dial_template_file, "DR%s.xml", view->name);
    read_model(all, view);
    if (document.load_information[0] == '\0' && all->model != NULL && !view->visitor) {
        document.load_information = all->model->load_information;
    }
    read_modules(all, view, &document);
    const sj_common_device_configuration *common = read_common(all, view, &document);
    all->family = common != NULL && common->ip_addressing_mode ==
                                        SJ_COMMON_DEVICE_CONFIGURATION_IP_ADDRESSING_MODE_IPV6_ONLY
                      ? AF_INET6
                      : AF_INET;
    read_authentication_url(all, &document);
    int status = read_pool(all, view, &document, error);
    status = status == SJ_OK ? read_profiles(all, view, &document, error) : status;
    status = status == SJ_OK ? read_services(all, view, &document, error) : status;
    status = status == SJ_OK
                 ? sj_voice_mail_profile_list(all->scope, NULL, &all->voice_mail_profiles, error)
                 : status;
    if (status == SJ_OK) {
        document.ip_address_mode = ip_address_mode(common, &document);
        read_lines(all, view, &document);
        for (size_t i = 0; i < document.lines_count; i++) {
            *shares_lines = *shares_lines || document.lines[i].shared;
        }
        phone_document_write(text, &document);
    }
    give_back(all);
    return status;
}

/* ---- XMLDefault.cnf.xml ---- */

static int write_default(sj_scope *scope, const struct phone_document *document, sj_xml_text *text,
                         sj_error *error) {
    sj_list models = {0};
    size_t count = 0;
    int status = sj_phone_model_list(scope, NULL, &models, error);
    struct document_load *loads = calloc(models.count + 1, sizeof *loads);
    if (status == SJ_OK && loads == NULL) {
        status =
            sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot build XMLDefault.cnf.xml");
    }
    for (size_t i = 0; loads != NULL && status == SJ_OK && i < models.count; i++) {
        const sj_phone_model *model = sj_phone_model_at(&models, i);
        if (model->load_information[0] != '\0') {
            loads[count++] =
                (struct document_load){model->name, model->load_information, model->number};
        }
    }
    if (status == SJ_OK) {
        default_document_write(text, document->nodes, document->nodes_count, loads, count);
    }
    free(loads);
    sj_list_free(scope, &models);
    return status;
}

int default_configuration_write(sj_scope *scope, sj_xml_text *text, sj_error *error) {
    struct borrowed *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "out of memory: cannot build XMLDefault.cnf.xml");
    }
    all->scope = scope;
    all->family = AF_INET;
    struct phone_document document = {0};
    int status = read_nodes(all, "Default", &document, error);
    status = status == SJ_OK ? write_default(scope, &document, text, error) : status;
    give_back(all);
    return status;
}
