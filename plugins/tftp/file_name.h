/* Names that phones ask for. Pure: a name from the network never becomes a path before it has
 * passed here. */
#ifndef SJ_TFTP_FILE_NAME_H
#define SJ_TFTP_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum { FILE_NAME_ROOM = 256 };

enum file_kind {
    FILE_REFUSED,       /* not a name that can be served */
    FILE_DEVICE,        /* SEP<mac>.cnf.xml or <device>.cnf.xml: the phone's own configuration */
    FILE_DIAL_TEMPLATE, /* DR<device>.xml: what the phone's lines may dial */
    FILE_SOFTKEYS,      /* SK<template>.xml: one that is placed, else made from the template */
    FILE_DEFAULT,       /* XMLDefault.cnf.xml */
    FILE_STATIC,        /* anything else: looked for in the file directory */
};

/* Tells what is asked for. `clean` (FILE_NAME_ROOM bytes) gets the name without a leading slash;
 * `device` (FILE_NAME_ROOM bytes) the device's name for FILE_DEVICE and FILE_DIAL_TEMPLATE, the
 * phone's for FILE_STATIC when the name has one, else "". SEP and a MAC address of the first two
 * are in capitals in both, whatever was asked for. */
enum file_kind file_name_read(const char *name, size_t length, char *clean, char *device);

#endif
