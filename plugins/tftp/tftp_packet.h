/* TFTP on the wire (RFC 1350, options of RFC 2347, 2348, 2349). Pure. */
#ifndef SJ_TFTP_PACKET_H
#define SJ_TFTP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tftp_opcode {
    TFTP_RRQ = 1,
    TFTP_WRQ = 2,
    TFTP_DATA = 3,
    TFTP_ACK = 4,
    TFTP_ERROR = 5,
    TFTP_OACK = 6
};

enum tftp_error_code {
    TFTP_ERROR_UNDEFINED = 0,
    TFTP_ERROR_NOT_FOUND = 1,
    TFTP_ERROR_ACCESS = 2,
    TFTP_ERROR_DISK_FULL = 3,
    TFTP_ERROR_ILLEGAL = 4,
    TFTP_ERROR_UNKNOWN_TID = 5,
    TFTP_ERROR_OPTIONS = 8,
};

struct tftp_request {
    enum tftp_opcode opcode; /* TFTP_RRQ or TFTP_WRQ */
    const char *name;        /* borrowed from the packet, NUL-terminated there */
    size_t name_length;
    bool octet;         /* mode octet; else netascii or mail */
    long block_size;    /* asked for, 8..65464; 0: not asked */
    long timeout_s;     /* asked for, 1..255; 0: not asked */
    bool transfer_size; /* tsize asked for */
};

/* Reads a request. False when the packet is none, or is broken: unterminated strings, no mode. An
 * option that is not known, or whose value is out of range, is left out, as RFC 2347 wants. */
bool tftp_read_request(const char *packet, size_t length, struct tftp_request *request);

/* Opcode of any packet, 0 when shorter than two bytes. */
int tftp_opcode_of(const char *packet, size_t length);

/* Block number of an ACK; -1 when the packet is none. */
long tftp_read_ack(const char *packet, size_t length);

/* Write packets; return their length. `room` for a DATA packet is 4 + its payload; the others need
 * at most 512 bytes. */
size_t tftp_write_data_head(char *packet, uint16_t block);
size_t tftp_write_error(char *packet, size_t room, enum tftp_error_code code, const char *text);
size_t tftp_write_oack(char *packet, size_t room, const struct tftp_request *request,
                       long block_size, size_t transfer_size);

#endif
