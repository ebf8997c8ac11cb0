/* Which record speaks for a phone: the live device while a user is logged in, the redirect while
 * the user's home is elsewhere, else the phone itself; and the file that comes of it. Reads the
 * store, nothing else. */
#ifndef SJ_TFTP_DEVICE_FILES_H
#define SJ_TFTP_DEVICE_FILES_H

#include <sojourn/sojourn.h>

#include "phone_time_zone.h"
#include "resources/live_device.h"
#include "resources/phone.h"

struct device_file {
    sj_xml_text text;
    char trace_id[33]; /* of the login it belongs to, or "" */
    const char *what;  /* "configuration", "configuration of the user logged in", "redirect to the
                          home cluster" */
    bool shares_lines; /* it says so of a line, which a change of another device may end */
};

/* SJ_E_NOT_FOUND when the cluster knows no such phone. The caller frees file->text.data in any
 * case. */
int device_file_build(sj_scope *scope, const char *device_name, struct phone_time_zones *zones,
                      struct device_file *file, sj_error *error);

/* The record that speaks for a phone: the live device while a user is logged in, else its own.
 * SJ_E_NOT_FOUND when there is none, or a phone of this cluster is no longer configured. The caller
 * frees both with sj_record_free. */
int device_records(sj_scope *scope, const char *device_name, sj_live_device **live,
                   sj_phone **phone, sj_error *error);

/* XMLDefault.cnf.xml. */
int default_file_build(sj_scope *scope, struct device_file *file, sj_error *error);

#endif
