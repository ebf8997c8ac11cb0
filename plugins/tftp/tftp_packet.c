/* Reads requests and acknowledgements, writes data, errors and option acknowledgements, within a
 * packet's size. */
#include "tftp_packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/big_endian.h>

int tftp_opcode_of(const char *packet, size_t length) {
    return length < 2 ? 0 : (int)sj_big_endian_read(packet, 2);
}

/* The NUL-terminated string at *at; moves *at behind it. NULL when there is none. */
static const char *next_string(const char *packet, size_t length, size_t *at) {
    const char *end = *at < length ? memchr(packet + *at, '\0', length - *at) : NULL;
    if (end == NULL) {
        return NULL;
    }
    const char *text = packet + *at;
    *at = (size_t)(end - packet) + 1;
    return text;
}

static long number_between(const char *text, long least, long most) {
    char *end;
    if (text[0] < '0' || text[0] > '9' || strlen(text) > 9) {
        return 0;
    }
    long value = strtol(text, &end, 10);
    return *end == '\0' && value >= least && value <= most ? value : 0;
}

bool tftp_read_request(const char *packet, size_t length, struct tftp_request *request) {
    memset(request, 0, sizeof *request);
    int opcode = tftp_opcode_of(packet, length);
    if (opcode != TFTP_RRQ && opcode != TFTP_WRQ) {
        return false;
    }
    request->opcode = (enum tftp_opcode)opcode;
    size_t at = 2;
    request->name = next_string(packet, length, &at);
    const char *mode = request->name == NULL ? NULL : next_string(packet, length, &at);
    if (mode == NULL) {
        return false;
    }
    request->name_length = strlen(request->name);
    request->octet = strcasecmp(mode, "octet") == 0;
    if (!request->octet && strcasecmp(mode, "netascii") != 0 && strcasecmp(mode, "mail") != 0) {
        return false;
    }
    for (;;) {
        const char *option = next_string(packet, length, &at);
        const char *value = option == NULL ? NULL : next_string(packet, length, &at);
        if (value == NULL) {
            return true;
        }
        if (strcasecmp(option, "blksize") == 0) {
            request->block_size = number_between(value, 8, 65464);
        } else if (strcasecmp(option, "timeout") == 0) {
            request->timeout_s = number_between(value, 1, 255);
        } else if (strcasecmp(option, "tsize") == 0) {
            request->transfer_size = value[0] >= '0' && value[0] <= '9';
        }
    }
}

long tftp_read_ack(const char *packet, size_t length) {
    if (length < 4 || tftp_opcode_of(packet, length) != TFTP_ACK) {
        return -1;
    }
    return (long)sj_big_endian_read(packet + 2, 2);
}

size_t tftp_write_data_head(char *packet, uint16_t block) {
    sj_big_endian_write(packet, 2, TFTP_DATA);
    sj_big_endian_write(packet + 2, 2, block);
    return 4;
}

size_t tftp_write_error(char *packet, size_t room, enum tftp_error_code code, const char *text) {
    sj_big_endian_write(packet, 2, TFTP_ERROR);
    sj_big_endian_write(packet + 2, 2, code);
    int length = snprintf(packet + 4, room - 4, "%s", text);
    size_t written = length < 0 ? 0 : (size_t)length < room - 5 ? (size_t)length : room - 5;
    packet[4 + written] = '\0';
    return 4 + written + 1;
}

static size_t add_option(char *packet, size_t room, size_t at, const char *name, size_t value) {
    int length = snprintf(packet + at, room - at, "%s%c%zu", name, '\0', value);
    return at + (size_t)length + 1;
}

size_t tftp_write_oack(char *packet, size_t room, const struct tftp_request *request,
                       long block_size, size_t transfer_size) {
    size_t at = 2;
    sj_big_endian_write(packet, 2, TFTP_OACK);
    if (request->block_size > 0) {
        at = add_option(packet, room, at, "blksize", (size_t)block_size);
    }
    if (request->timeout_s > 0) {
        at = add_option(packet, room, at, "timeout", (size_t)request->timeout_s);
    }
    if (request->transfer_size) {
        at = add_option(packet, room, at, "tsize", transfer_size);
    }
    return at == 2 ? 0 : at;
}
