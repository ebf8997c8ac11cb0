/* The dial template of a phone, DR<device>.xml: what its lines may dial, and which numbers need not
 * wait for another digit. */
#ifndef SJ_TFTP_DIAL_TEMPLATE_H
#define SJ_TFTP_DIAL_TEMPLATE_H

#include "device_files.h"
#include "dial_plan.h"

/* SJ_E_NOT_FOUND when the cluster knows no such phone. The caller frees file->text.data in any
 * case. */
int dial_template_build(sj_scope *scope, struct dial_plan *plan, const char *device_name,
                        struct device_file *file, sj_error *error);

#endif
