/* A small bounds-checked reader of ELF64 shared objects: what a plugin says of itself, and what it
 * would do when mapped, found without running it. Pure: bytes in, facts out. */
#ifndef SJ_HOST_PLUGIN_ELF_H
#define SJ_HOST_PLUGIN_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sojourn/error.h>

struct elf_facts {
    const char *text; /* the section .sj_plugin, inside the image; not NUL-terminated */
    size_t text_length;
    size_t constructors;     /* functions run by dlopen, beyond the compiler's own one */
    bool never_unmapped;     /* linked with -z nodelete */
    bool thread_destructors; /* registers destructors of thread-local objects, or has thread-local
                                storage */
    bool has_descriptor;     /* exports sj_plugin_descriptor */
    size_t exports;          /* other symbols that it exports */
    char stray_export[64];   /* one of them */
    char host_symbol[64];    /* a symbol sj_... that it expects from elsewhere, or "" */
};

/* SJ_E_INVALID with a sentence when it is no ELF64 shared object for this machine, is damaged, or
 * has no such section. */
int sj_elf_read(const void *image, size_t size, struct elf_facts *facts, sj_error *error);

#endif
