/* Presence, feature and message documents, softkeys, keys and Diversion headers, as phones and
 * trunks send them. */
#include "plugins/callmanager/calls/call_diversion.h"
#include "plugins/callmanager/calls/kpml_report.h"
#include "plugins/callmanager/phones/feature_document.h"
#include "plugins/callmanager/phones/message_summary.h"
#include "plugins/callmanager/phones/presence_document.h"
#include "plugins/callmanager/phones/softkey_event.h"

#include <stdlib.h>

static void diversions(const char *data, size_t length) {
    static struct sip_message message;
    struct forward_history history = {NULL, 0, 0};
    memset(&message, 0, sizeof message);
    message.headers[0].name = SIP_DIVERSION;
    message.headers[0].value.at = data;
    message.headers[0].value.length = length;
    message.count = 1;
    call_diversion_read(&message, "192.0.2.1", true, &history);
    if (history.count > 0) {
        static char text[65536];
        struct sip_writer writer;
        sip_writer_init(&writer, text, sizeof text);
        call_diversion_write(&writer, &history, "192.0.2.1", true, NULL, NULL);
        for (size_t i = 0; i + 1 < writer.used; i++) { /* nothing foreign begins a line */
            if (text[i] == '\n' && text[i + 1] != 'D') {
                abort();
            }
        }
    }
    forward_history_clear(&history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 1);
    bool do_not_disturb = false;
    struct message_summary summary;
    if (copy == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    const struct sip_text text = {copy, size};
    (void)presence_document_read(text, &do_not_disturb);
    (void)feature_document_read(text);
    struct softkey_event event;
    (void)message_summary_read(text, &summary);
    (void)softkey_event_read(sip_text_of("application/x-cisco-remotecc-request+xml"), text, &event);
    (void)softkey_event_read(sip_text_of("multipart/mixed; boundary=b"), text, &event);
    struct kpml_report report;
    if (kpml_report_read(text, &report) &&
        strspn(report.digits, "0123456789*#ABCD") != strlen(report.digits)) {
        abort();
    }
    diversions(copy, size);
    free(copy);
    return 0;
}
