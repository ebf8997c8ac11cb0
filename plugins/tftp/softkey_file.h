/* The softkeys of a template, as a file for phones: SK<template>.xml, blanks as underscores. */
#ifndef SJ_TFTP_SOFTKEY_FILE_H
#define SJ_TFTP_SOFTKEY_FILE_H

#include "device_files.h"

enum { SOFTKEY_FILE_ROOM = 64 };

/* The name of a template's file. */
void softkey_file_name(const char *template_name, char name[SOFTKEY_FILE_ROOM]);

/* The template of phones for which nobody has chosen one; "": their own softkeys. */
const char *softkey_default_template(sj_scope *scope);

/* SJ_E_NOT_FOUND when no template has a file of that name. The caller frees file->text.data in any
 * case. */
int softkey_file_build(sj_scope *scope, const char *name, struct device_file *file,
                       sj_error *error);

#endif
