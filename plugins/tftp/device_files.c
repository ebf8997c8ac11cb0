/* Which record speaks for a phone, and the file that comes of it. */
#include "device_files.h"

#include <stdio.h>
#include <string.h>

#include "parameters/emcc.h"
#include "phone_configuration.h"
#include "phone_document.h"
#include "resources/session.h"

/* Phone and live device have these fields alike. */
#define VIEW_SETTINGS(from)                                                                        \
    .softkey_template = (from)->softkey_template, .mlpp_domain = (from)->mlpp_domain,              \
    .always_use_prime_line = (from)->always_use_prime_line,                                        \
    .always_use_prime_line_for_voice_message = (from)->always_use_prime_line_for_voice_message,    \
    .join_across_lines = (from)->join_across_lines,                                                \
    .single_button_barge = (from)->single_button_barge,                                            \
    .dnd_call_alert = (from)->do_not_disturb_incoming_call_alert,                                  \
    .mlpp_indication = (from)->mlpp_indication, .mlpp_preemption = (from)->mlpp_preemption

static int build_live(sj_scope *scope, const sj_live_device *live, const sj_phone *phone,
                      struct phone_time_zones *zones, struct device_file *file, sj_error *error) {
    struct device_view view = {
        .name = live->name,
        .model = live->model,
        .device_pool = live->device_pool,
        .sip_profile = live->sip_profile,
        .common_phone_profile = live->common_phone_profile,
        .common_device_configuration = live->common_device_configuration,
        .phone_security_profile = live->phone_security_profile,
        .user_locale = live->user_locale,
        .load_information = live->load_information,
        .visitor = live->emcc,
        .phone = phone,
        .user_id = live->user_id,
        .owner_id = live->user_id,
        .lines = live->lines,
        .lines_count = live->lines_count,
        .speed_dials = live->speed_dials,
        .speed_dials_count = live->speed_dials_count,
        .expansion_modules = live->expansion_modules,
        .expansion_modules_count = live->expansion_modules_count,
        .services = live->services,
        .services_count = live->services_count,
        VIEW_SETTINGS(live),
    };
    file->what = live->log_out_profile ? "configuration of the log-out profile"
                                       : "configuration of the user logged in";
    return phone_configuration_write(scope, &view, zones, &file->text, &file->shares_lines, error);
}

static int build_phone(sj_scope *scope, const sj_phone *phone, struct phone_time_zones *zones,
                       struct device_file *file, sj_error *error) {
    struct device_view view = {
        .name = phone->name,
        .model = phone->model,
        .device_pool = phone->device_pool,
        .sip_profile = phone->sip_profile,
        .common_phone_profile = phone->common_phone_profile,
        .common_device_configuration = phone->common_device_configuration,
        .phone_security_profile = phone->phone_security_profile,
        .user_locale = phone->user_locale,
        .load_information = phone->load_information,
        .user_id = phone->owner_user_id,
        .owner_id = phone->owner_user_id,
        .phone = phone,
        .lines = phone->lines,
        .lines_count = phone->lines_count,
        .speed_dials = phone->speed_dials,
        .speed_dials_count = phone->speed_dials_count,
        .expansion_modules = phone->expansion_modules,
        .expansion_modules_count = phone->expansion_modules_count,
        .services = phone->services,
        .services_count = phone->services_count,
        VIEW_SETTINGS(phone),
    };
    file->what = "configuration";
    return phone_configuration_write(scope, &view, zones, &file->text, &file->shares_lines, error);
}

static int build_redirect(sj_scope *scope, const sj_session *session, struct device_file *file,
                          sj_error *error) {
    const sj_node *self = scope->host->node;
    char logout_url[512], path[480];
    struct redirect_document document = {
        .mode_element = sj_param_emcc_redirect_mode_element(scope),
        .address_element = sj_param_emcc_redirect_tftp_address_element(scope),
        .logout_element = sj_param_emcc_redirect_logout_element(scope),
        .addresses = session->home_tftp,
        .addresses_count = session->home_tftp_count,
        .logout_url = logout_url,
    };
    if (!document_element_name(document.mode_element) ||
        !document_element_name(document.address_element) ||
        !document_element_name(document.logout_element)) {
        return sj_error_set(error, SJ_E_INVALID,
                            "the feature parameters that name the elements of the redirect file "
                            "must be XML names, not \"%s\", "
                            "\"%s\" and \"%s\"",
                            document.mode_element, document.address_element,
                            document.logout_element);
    }
    (void)snprintf(path, sizeof path,
                   "emapp/EMAppServlet?device=%s&doLogout=true&homeLost=true%s%s",
                   session->device_name, session->log_out_proof[0] != '\0' ? "&proof=" : "",
                   session->log_out_proof);
    sj_http_url(logout_url, sizeof logout_url, "http", self->address, self->http_port, path);
    redirect_document_write(&file->text, &document);
    file->what = "redirect to the home cluster";
    return SJ_OK;
}

int device_records(sj_scope *scope, const char *device_name, sj_live_device **live,
                   sj_phone **phone, sj_error *error) {
    int status = sj_live_device_get(scope, device_name, live, error);
    /* A phone of this cluster must still be configured. */
    if (status == SJ_E_NOT_FOUND || (status == SJ_OK && !(*live)->emcc)) {
        status = sj_phone_get(scope, device_name, phone, error);
    }
    return status;
}

int device_file_build(sj_scope *scope, const char *device_name, struct phone_time_zones *zones,
                      struct device_file *file, sj_error *error) {
    sj_session *session = NULL;
    sj_live_device *live = NULL;
    sj_phone *phone = NULL;
    memset(file, 0, sizeof *file);
    int status = sj_session_get(scope, device_name, &session, error);
    if (status == SJ_OK) {
        (void)snprintf(file->trace_id, sizeof file->trace_id, "%s", session->trace_id);
    }
    if (status == SJ_OK && session->kind == SJ_SESSION_KIND_VISITING &&
        session->state == SJ_SESSION_STATE_ACTIVE) {
        status = build_redirect(scope, session, file, error);
    } else if (status == SJ_OK || status == SJ_E_NOT_FOUND) {
        status = device_records(scope, device_name, &live, &phone, error);
        if (status == SJ_OK) {
            status = live != NULL ? build_live(scope, live, phone, zones, file, error)
                                  : build_phone(scope, phone, zones, file, error);
        }
    }
    if (status == SJ_OK && file->text.failed) {
        status = sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot build the file of %s",
                              device_name);
    }
    sj_record_free(scope, phone);
    sj_record_free(scope, live);
    sj_record_free(scope, session);
    return status;
}

int default_file_build(sj_scope *scope, struct device_file *file, sj_error *error) {
    memset(file, 0, sizeof *file);
    file->what = "default configuration";
    return default_configuration_write(scope, &file->text, error);
}
