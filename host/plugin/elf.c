/* The reader of ELF64 shared objects. Every offset of the file is checked before it is followed. */
#include "host/plugin/elf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

struct image {
    const unsigned char *bytes;
    size_t size;
    Elf64_Ehdr header;
};

struct section {
    Elf64_Shdr header;
    const unsigned char *data; /* NULL for those without bytes in the file */
};

static const void *bytes_at(const struct image *image, uint64_t offset, uint64_t length) {
    if (offset > image->size || length > image->size - offset) {
        return NULL;
    }
    return image->bytes + offset;
}

static bool read_section(const struct image *image, size_t index, struct section *section) {
    const void *at;
    if (index >= image->header.e_shnum) {
        return false;
    }
    at = bytes_at(image, image->header.e_shoff + index * sizeof section->header,
                  sizeof section->header);
    if (at == NULL) {
        return false;
    }
    memcpy(&section->header, at, sizeof section->header);
    section->data = NULL;
    if (section->header.sh_type != SHT_NOBITS && section->header.sh_size > 0) {
        section->data = bytes_at(image, section->header.sh_offset, section->header.sh_size);
        return section->data != NULL;
    }
    return true;
}

/* The NUL-terminated text at `offset` of a string table, or NULL. */
static const char *text_at(const struct section *strings, uint64_t offset) {
    if (strings->data == NULL || offset >= strings->header.sh_size ||
        memchr(strings->data + offset, '\0', strings->header.sh_size - offset) == NULL) {
        return NULL;
    }
    return (const char *)strings->data + offset;
}

static int damaged(sj_error *error, const char *what) {
    return sj_error_set(error, SJ_E_INVALID, "damaged ELF file: expected %s inside the file", what);
}

static int read_header(struct image *image, sj_error *error) {
    static const unsigned char machine_class[] = {
        ELFCLASS64, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB};
    uint64_t table;
#if defined(__x86_64__)
    const unsigned machine = EM_X86_64;
#elif defined(__aarch64__)
    const unsigned machine = EM_AARCH64;
#else
    const unsigned machine = EM_NONE;
#endif
    if (image->size < sizeof image->header || memcmp(image->bytes, ELFMAG, SELFMAG) != 0) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected a shared object (ELF), got something else");
    }
    memcpy(&image->header, image->bytes, sizeof image->header);
    if (memcmp(image->header.e_ident + EI_CLASS, machine_class, sizeof machine_class) != 0 ||
        image->header.e_type != ET_DYN ||
        (machine != EM_NONE && image->header.e_machine != machine)) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected a 64-bit shared object for this machine, got ELF class %d, "
                            "type %d, machine %d",
                            image->header.e_ident[EI_CLASS], image->header.e_type,
                            image->header.e_machine);
    }
    if (image->header.e_shentsize != sizeof(Elf64_Shdr) || image->header.e_shnum == 0) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected section headers, got none (stripped of them?)");
    }
    table = (uint64_t)image->header.e_shnum * sizeof(Elf64_Shdr);
    if (bytes_at(image, image->header.e_shoff, table) == NULL) {
        return damaged(error, "the section headers");
    }
    return SJ_OK;
}

static void note_symbol(struct elf_facts *facts, const Elf64_Sym *symbol, const char *name) {
    unsigned char binding = ELF64_ST_BIND(symbol->st_info),
                  visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (name[0] == '\0' || binding == STB_LOCAL) {
        return;
    }
    if (symbol->st_shndx == SHN_UNDEF) {
        if (strncmp(name, "__cxa_thread_atexit", 19) == 0) {
            facts->thread_destructors = true;
        } else if (strncmp(name, "sj_", 3) == 0) {
            (void)snprintf(facts->host_symbol, sizeof facts->host_symbol, "%.63s", name);
        }
    } else if (visibility == STV_DEFAULT || visibility == STV_PROTECTED) {
        if (strcmp(name, "sj_plugin_descriptor") == 0) {
            facts->has_descriptor = true;
        } else {
            facts->exports++;
            (void)snprintf(facts->stray_export, sizeof facts->stray_export, "%.63s", name);
        }
    }
}

static int read_symbols(const struct image *image, const struct section *table,
                        struct elf_facts *facts, sj_error *error) {
    struct section strings;
    if (!read_section(image, table->header.sh_link, &strings)) {
        return damaged(error, "the names of symbols");
    }
    for (uint64_t at = 0; table->data != NULL && table->header.sh_size - at >= sizeof(Elf64_Sym);
         at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        const char *name;
        memcpy(&symbol, table->data + at, sizeof symbol);
        name = text_at(&strings, symbol.st_name);
        if (name == NULL) {
            return damaged(error, "a symbol's name");
        }
        note_symbol(facts, &symbol, name);
    }
    return SJ_OK;
}

static void read_dynamic(const struct section *dynamic, struct elf_facts *facts) {
    for (uint64_t at = 0;
         dynamic->data != NULL && dynamic->header.sh_size - at >= sizeof(Elf64_Dyn);
         at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        memcpy(&entry, dynamic->data + at, sizeof entry);
        if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_NODELETE) != 0) {
            facts->never_unmapped = true;
        }
    }
}

static int read_one(const struct image *image, const struct section *section, const char *name,
                    struct elf_facts *facts, sj_error *error) {
    if (strcmp(name, ".sj_plugin") == 0 && section->data != NULL) {
        facts->text = (const char *)section->data;
        facts->text_length = section->header.sh_size;
    } else if (section->header.sh_type == SHT_INIT_ARRAY) {
        /* The compiler's start files bring one entry of their own (frame_dummy). */
        size_t entries = section->header.sh_size / sizeof(uint64_t);
        facts->constructors += entries > 1 ? entries - 1 : 0;
    } else if (section->header.sh_type == SHT_DYNSYM) {
        return read_symbols(image, section, facts, error);
    } else if (section->header.sh_type == SHT_DYNAMIC) {
        read_dynamic(section, facts);
    }
    if ((section->header.sh_flags & SHF_TLS) != 0) {
        facts->thread_destructors = true;
    }
    return SJ_OK;
}

int sj_elf_read(const void *bytes, size_t size, struct elf_facts *facts, sj_error *error) {
    struct image image = {.bytes = bytes, .size = size};
    struct section names;
    int status = read_header(&image, error);
    memset(facts, 0, sizeof *facts);
    if (status != SJ_OK) {
        return status;
    }
    if (!read_section(&image, image.header.e_shstrndx, &names)) {
        return damaged(error, "the names of sections");
    }
    for (size_t i = 0; i < image.header.e_shnum && status == SJ_OK; i++) {
        struct section section;
        const char *name;
        if (!read_section(&image, i, &section)) {
            return damaged(error, "a section");
        }
        name = text_at(&names, section.header.sh_name);
        if (name == NULL) {
            return damaged(error, "a section's name");
        }
        status = read_one(&image, &section, name, facts, error);
    }
    if (status == SJ_OK && facts->text == NULL) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected a section .sj_plugin, there is none: not a plugin");
    }
    return status;
}
