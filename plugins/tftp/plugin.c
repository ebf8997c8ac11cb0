/* Cisco Tftp: gives phones their files, over TFTP and HTTP. Wiring only. */
#include <sojourn/sojourn.h>

#include "file_source.h"
#include "http_files.h"
#include "phone_settings.h"
#include "tftp_server.h"

struct tftp_state {
    struct file_source *files;
    struct tftp_server *server;
};

static int tftp_init(sj_scope *scope, void *state, sj_error *error) {
    struct tftp_state *tftp = state;
    tftp->files = file_source_open(scope, error);
    return tftp->files == NULL || !phone_settings_open(scope, error) ? error->code : SJ_OK;
}

static int tftp_start(sj_scope *scope, void *state, sj_error *error) {
    struct tftp_state *tftp = state;
    int status = http_files_open(scope, tftp->files, error);
    if (status != SJ_OK) {
        return status;
    }
    tftp->server = tftp_server_open(scope, tftp->files, error);
    return tftp->server == NULL ? error->code : SJ_OK;
}

static void tftp_fini(void *state) {
    struct tftp_state *tftp = state;
    tftp_server_close(tftp->server);
    file_source_close(tftp->files);
}

SJ_PLUGIN("tftp", "Cisco Tftp", SOJOURN_VERSION,
          "Builds the configuration files of phones and serves them over TFTP and HTTP.", "",
          "request:phone.settings request:phone.file_stamps event:file.served", 0,
          struct tftp_state, NULL, tftp_init, tftp_start, NULL, tftp_fini);
