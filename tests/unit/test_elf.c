/* The reader of plugin files: a real plugin is understood, and every damage to it is a sentence,
 * never a crash. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/plugin/elf.h"
#include "host/plugin/manifest.h"

struct bytes {
    unsigned char *data;
    size_t size;
};

static int load(void **state) {
    static struct bytes bytes;
    FILE *file = fopen(PLUGIN, "rb");
    *state = &bytes;
    if (file == NULL) {
        return -1;
    }
    (void)fseek(file, 0, SEEK_END);
    bytes.size = (size_t)ftell(file);
    rewind(file);
    bytes.data = malloc(bytes.size);
    if (bytes.data != NULL) {
        bytes.size = fread(bytes.data, 1, bytes.size, file);
    }
    (void)fclose(file);
    return bytes.data == NULL ? -1 : 0;
}

static int unload(void **state) {
    struct bytes *bytes = *state;
    free(bytes->data);
    return 0;
}

static void a_plugin_says_who_it_is(void **state) {
    const struct bytes *bytes = *state;
    struct elf_facts facts;
    struct manifest manifest;
    sj_error error;
    assert_int_equal(sj_elf_read(bytes->data, bytes->size, &facts, &error), SJ_OK);
    assert_int_equal(sj_manifest_read(&manifest, facts.text, facts.text_length, &error), SJ_OK);
    assert_string_equal(manifest.name, "steady");
    assert_string_equal(manifest.title, "Probe steady");
    assert_int_equal(manifest.abi_major, 1);
    assert_true(facts.has_descriptor);
    assert_false(facts.never_unmapped);
    assert_string_equal(facts.host_symbol, "");
}

static void every_cut_is_a_sentence(void **state) {
    const struct bytes *bytes = *state;
    struct elf_facts facts;
    sj_error error;
    for (size_t size = 0; size < bytes->size; size += size < 4096 ? 1 : 509) {
        unsigned char *cut =
            malloc(size == 0 ? 1 : size); /* a block of its own: the sanitizer sees reads past it */
        assert_non_null(cut);
        memcpy(cut, bytes->data, size);
        error.text[0] = '\0';
        assert_int_equal(sj_elf_read(cut, size, &facts, &error), SJ_E_INVALID);
        assert_true(error.text[0] != '\0');
        free(cut);
    }
}

static void every_flipped_byte_of_the_tables_is_survived(void **state) {
    const struct bytes *bytes = *state;
    unsigned char *copy = malloc(bytes->size);
    struct elf_facts facts;
    Elf64_Ehdr header;
    sj_error error;
    assert_non_null(copy);
    memcpy(copy, bytes->data, bytes->size);
    memcpy(&header, copy, sizeof header);
    for (size_t pass = 0; pass < 2; pass++) {
        size_t at = pass == 0 ? 0 : header.e_shoff, end = pass == 0 ? sizeof header : bytes->size;
        for (; at < end; at++) {
            for (int flip = 1; flip < 256; flip += 85) {
                copy[at] ^= (unsigned char)flip;
                (void)sj_elf_read(copy, bytes->size, &facts, &error);
                copy[at] ^= (unsigned char)flip;
            }
        }
    }
    free(copy);
}

static void refuses(const char *text, const char *sentence) {
    struct manifest manifest;
    sj_error error = {.text = ""};
    assert_int_equal(sj_manifest_read(&manifest, text, strlen(text), &error), SJ_E_INVALID);
    if (strstr(error.text, sentence) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", sentence, error.text);
    }
}

#define MANIFEST(magic, abi, name)                                                                 \
    "{\"magic\":\"" magic "\",\"abi\":\"" abi "\",\"name\":\"" name                                \
    "\",\"title\":\"T\",\"version\":\"1\",\"summary\":\"s\",\"needs\":\"\",\"provides\":\"\"}"

static void a_wrong_text_is_refused(void **state) {
    (void)state;
    refuses("", "expected a JSON object");
    refuses("[]", "expected a JSON object");
    refuses("{\"magic\":", "expected a JSON object");
    refuses("{}", "expected text for \"magic\"");
    refuses("{\"magic\":\"sojourn-plugin\",\"name\":7}", "expected text for \"name\"");
    refuses(MANIFEST("other", "1.0", "x"), "expected magic \"sojourn-plugin\", got \"other\"");
    refuses(MANIFEST("sojourn-plugin", "one", "x"), "expected an ABI as \"1.0\", got \"one\"");
    refuses(MANIFEST("sojourn-plugin", "1.0.0", "x"), "expected an ABI as \"1.0\", got \"1.0.0\"");
    refuses(MANIFEST("sojourn-plugin", "1.0", ""), "expected a name of lower-case letters");
    refuses(MANIFEST("sojourn-plugin", "1.0", "../x"),
            "expected a name of lower-case letters, digits and \"-\", got \"../x\"");
    refuses(MANIFEST("sojourn-plugin", "1.0", "host"), "the name \"host\" is the host's own");
    refuses(
        MANIFEST("sojourn-plugin", "1.0",
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        "expected at most 63 bytes for \"name\", got 76");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plugin_says_who_it_is, load, unload),
        cmocka_unit_test_setup_teardown(every_cut_is_a_sentence, load, unload),
        cmocka_unit_test_setup_teardown(every_flipped_byte_of_the_tables_is_survived, load, unload),
        cmocka_unit_test(a_wrong_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
