/* What TFTP clients send: requests and the names in them; and the table of transfers under any
 * order of requests, acknowledgements and ends, each step checked against its bounds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/tftp/file_name.h"
#include "plugins/tftp/tftp_packet.h"
#include "plugins/tftp/transfer_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool held) {
    if (!held) {
        abort();
    }
}

static void read_packet(const char *packet, size_t size) {
    char clean[FILE_NAME_ROOM], device[FILE_NAME_ROOM], answer[512];
    struct tftp_request request;
    const long acknowledged = tftp_read_ack(packet, size);
    check(acknowledged >= -1 && acknowledged <= 0xffff);
    if (!tftp_read_request(packet, size, &request)) {
        return;
    }
    check(request.name_length == strlen(request.name));
    check(request.block_size == 0 || (request.block_size >= 8 && request.block_size <= 65464));
    check(request.timeout_s >= 0 && request.timeout_s <= 255);
    if (file_name_read(request.name, request.name_length, clean, device) != FILE_REFUSED) {
        check(clean[0] != '/' && strstr(clean, "/../") == NULL && strncmp(clean, "../", 3) != 0 &&
              strlen(device) <= strlen(clean));
    }
    check(tftp_write_oack(answer, sizeof answer, &request, request.block_size, SIZE_MAX) <=
          sizeof answer);
}

enum { ENTRIES = 64 };

/* Each pair of bytes is a step: what to do, and with which transfer. */
static void drive_table(const uint8_t *data, size_t size) {
    static struct transfer_table table;
    static const int sockets[2];
    struct transfer_entry entries[ENTRIES] = {0};
    int64_t linked = 0;
    uint64_t now = 1;
    transfer_table_start(&table);
    for (size_t i = 0; i + 1 < size; i += 2) {
        struct transfer_entry *one = &entries[data[i + 1] % ENTRIES];
        now += data[i] >> 4;
        switch (data[i] % 4) {
        case 0:
            if (!one->linked) {
                char address[16];
                (void)snprintf(address, sizeof address, "127.0.0.%d", data[i + 1] % 8 + 1);
                check(sj_address_parse(address, data[i + 1], &one->peer) == SJ_OK);
                one->socket = &sockets[data[i] >> 7];
                if (transfer_table_admits(&table, &one->peer, 40)) {
                    check(transfer_table_add(&table, one) == NULL);
                    linked++;
                }
            }
            break;
        case 1:
            if (one->linked && !one->proven) {
                transfer_table_prove(&table, one, now);
                check(transfer_table_knows(&table, &one->peer, now));
            }
            break;
        case 2:
            if (one->linked) {
                transfer_table_dally(&table, one, now);
                check(transfer_table_dallies(&table, one->socket, &one->peer, now));
                linked--;
            }
            transfer_table_remove(&table, one);
            check(!one->linked);
            break;
        default:
            if (one->linked) {
                const struct transfer_entry *found =
                    transfer_table_find(&table, one->socket, &one->peer);
                check(found != NULL && sj_address_equal(&found->peer, &one->peer));
                (void)transfer_table_large_answer(&table, &one->peer, now);
            }
        }
        check(table.proven >= 0 && table.unproven >= 0 && table.proven + table.unproven == linked);
    }
    for (size_t i = 0; i < ENTRIES; i++) {
        transfer_table_remove(&table, &entries[i]);
    }
    check(table.proven == 0 && table.unproven == 0 && table.by_peer.count == 0 &&
          sj_list_empty(&table.line));
    transfer_table_end(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_packet((const char *)data, size);
    drive_table(data, size < 4096 ? size : 4096);
    return 0;
}
