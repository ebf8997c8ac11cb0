/* The configuration of a phone, from what speaks for it and all that this refers to. Reads the
 * store, nothing else. */
#ifndef SJ_TFTP_PHONE_CONFIGURATION_H
#define SJ_TFTP_PHONE_CONFIGURATION_H

#include <sojourn/sojourn.h>

#include "phone_time_zone.h"
#include "resources/phone.h"

/* What is common to a phone and a live device, as far as its file is concerned. */
struct device_view {
    const char *name, *model, *device_pool, *sip_profile, *common_phone_profile,
        *common_device_configuration, *phone_security_profile;
    const char *user_locale, *load_information, *user_id, *owner_id, *softkey_template,
        *mlpp_domain;
    bool always_use_prime_line, always_use_prime_line_for_voice_message, join_across_lines;
    const sj_phone *phone; /* its record here; NULL for a phone of another cluster */
    bool visitor;          /* a phone of another cluster, which keeps its firmware */
    sj_single_button_barge single_button_barge;
    sj_do_not_disturb_alert dnd_call_alert;
    sj_mlpp_indication mlpp_indication;
    sj_mlpp_preemption mlpp_preemption;
    const sj_device_line *lines;
    size_t lines_count;
    const sj_speed_dial *speed_dials;
    size_t speed_dials_count;
    const char *const *expansion_modules;
    size_t expansion_modules_count;
    const char *const *services;
    size_t services_count;
};

/* SJ_E_NOT_FOUND, SJ_E_NO_MEMORY and what the store says; whether `text` has failed is for the
 * caller to look. `shares_lines`: whether a line is one of another device as well. */
int phone_configuration_write(sj_scope *scope, const struct device_view *view,
                              struct phone_time_zones *zones, sj_xml_text *text, bool *shares_lines,
                              sj_error *error);

/* The same of XMLDefault.cnf.xml. */
int default_configuration_write(sj_scope *scope, sj_xml_text *text, sj_error *error);

#endif
