/* Messages of the Intercluster Lookup Service: whatever comes, in whichever role it is read, the
 * node reads within the message, and two copies that it has taken from one are the same. */
#include <stdint.h>
#include <stdlib.h>

#include "core/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ils *cluster(unsigned char number, enum ils_role role) {
    const struct ils_peer_id peer = {{number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    const struct ils_settings settings = {.role = role,
                                          .registrar = role == ILS_SPOKE,
                                          .interval_ms = 60000,
                                          .most_learned = 1000,
                                          .cluster_id = "c",
                                          .route = "c.example",
                                          .detail = "{}"};
    struct ils *ils = ils_new(&peer, "c", 1, 0);
    if (ils != NULL) {
        ils_configure(ils, &settings, 0);
        ils_tick(ils, 0);
    }
    return ils;
}

static void as_request(const char *bytes, size_t size) {
    struct ils *hub = cluster(1, ILS_HUB);
    sj_text first = {0}, second = {0};
    sj_error error = {0};
    if (hub != NULL && ils_answer(hub, 0, bytes, size, NULL, &first, &error) == SJ_OK) {
        const size_t objects = hub->table.objects.count;
        (void)ils_answer(hub, 0, bytes, size, NULL, &second, &error);
        if (hub->counters.mismatches == 0 && hub->table.objects.count < objects) {
            abort(); /* a message that comes twice takes nothing away */
        }
    }
    sj_text_clear(&first);
    sj_text_clear(&second);
    ils_free(hub);
}

static void as_reply(const char *bytes, size_t size) {
    struct ils *spoke = cluster(2, ILS_SPOKE);
    struct ils_neighbor *neighbor = spoke == NULL ? NULL : ils_due(spoke, 0);
    struct ils_exchange exchange;
    sj_error error = {0};
    if (neighbor != NULL) {
        ils_exchange_begin(spoke, &exchange, neighbor, 0);
        (void)ils_exchange_reply(spoke, &exchange, 0, bytes, size, &error);
        ils_exchange_end(spoke, &exchange, NULL, 0);
    }
    ils_free(spoke);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ils *restored = cluster(3, ILS_HUB);
    sj_error error = {0};
    as_request((const char *)data, size);
    as_reply((const char *)data, size);
    if (restored != NULL) {
        (void)ils_restore(restored, (const char *)data, size, 0, &error);
    }
    ils_free(restored);
    return 0;
}
