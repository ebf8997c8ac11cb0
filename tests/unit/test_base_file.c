/* Whole files (base/file.h): limits, permissions, what is left when the disk fails at each step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sojourn/base/file.h>

/* The call that fails, counted over fsync, write and rename; 0: none. */
static int failing, calls;

static int fails(int why) {
    if (failing > 0 && ++calls == failing) {
        errno = why;
        return 1;
    }
    return 0;
}

int __real_fsync(int file);
ssize_t __real_write(int file, const void *data, size_t length);
int __real_rename(const char *from, const char *to);
int __wrap_fsync(int file);
ssize_t __wrap_write(int file, const void *data, size_t length);
int __wrap_rename(const char *from, const char *to);

int __wrap_fsync(int file) {
    return fails(EIO) ? -1 : __real_fsync(file);
}

/* A thousand bytes at a time, so that it takes several calls. */
ssize_t __wrap_write(int file, const void *data, size_t length) {
    return fails(ENOSPC) ? -1
                         : __real_write(file, data, failing > 0 && length > 1000 ? 1000 : length);
}

int __wrap_rename(const char *from, const char *to) {
    assert_string_equal(from + strlen(from) - strlen(".part"), ".part"); /* as listings know it */
    return fails(EXDEV) ? -1 : __real_rename(from, to);
}

static char directory[64], path[128];

static int make_directory(void **state) {
    (void)state;
    failing = 0;
    (void)snprintf(directory, sizeof directory, "/tmp/test_base_file.XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/file", directory);
    return 0;
}

static int remove_directory(void **state) {
    (void)state;
    failing = 0;
    (void)unlink(path);
    return rmdir(directory); /* fails when something else was left */
}

static void write_and_read(void **state) {
    static const size_t sizes[] = {0, 1, 255, 256, 16383, 16384, 16385, 100000};
    char *data = malloc(100000);
    sj_error error;
    (void)state;
    assert_non_null(data);
    memset(data, 'x', 100000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        sj_text text = {0};
        struct stat facts;
        const mode_t mode = i % 2 == 0 ? 0600 : 0646;
        assert_int_equal(sj_file_write(path, data, sizes[i], mode, &error), SJ_OK);
        assert_int_equal(stat(path, &facts), 0);
        assert_int_equal(facts.st_mode & 07777, mode);
        assert_int_equal(facts.st_size, sizes[i]);
        sj_text_puts(&text, "before ");
        assert_int_equal(sj_file_read(path, sizes[i], &text, &error), SJ_OK);
        assert_int_equal(text.length, 7 + sizes[i]);
        assert_memory_equal(text.data + 7, data, sizes[i]);
        assert_int_equal(text.data[text.length], '\0');
        sj_text_clear(&text);
        if (sizes[i] > 0) {
            assert_int_equal(sj_file_read(path, sizes[i] - 1, &text, &error), SJ_E_LIMIT);
            assert_non_null(strstr(error.text, path));
            sj_text_clear(&text);
        }
        text.limit = 10;
        assert_int_equal(sj_file_read(path, 100000, &text, &error),
                         sizes[i] <= 10 ? SJ_OK : SJ_E_LIMIT);
        sj_text_clear(&text);
    }
    free(data);
}

static void refuses(void **state) {
    sj_text text = {0};
    sj_error error;
    char elsewhere[160];
    (void)state;
    assert_int_equal(sj_file_read(path, 10, &text, &error), SJ_E_NOT_FOUND);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(sj_file_read(path, 10, &text, NULL), SJ_E_NOT_FOUND);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/none/file", "/dev/null");
    assert_int_equal(sj_file_read(elsewhere, 10, &text, &error), SJ_E_NOT_FOUND);
    assert_int_equal(sj_file_read(directory, 10, &text, &error), SJ_E_IO);
    assert_non_null(strstr(error.text, directory));
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/none/file", directory);
    assert_int_equal(sj_file_write(elsewhere, "a", 1, 0600, &error), SJ_E_IO);
    assert_non_null(strstr(error.text, "its directory does not exist"));
    sj_text_clear(&text);
}

/* From where the file stands; the sentence names what the caller calls it. */
static void first_lines(void **state) {
    static const struct {
        const char *content, *line;
        int status;
    } cases[] = {{"secret\r\nmore\n", "secret", SJ_OK},
                 {"no end", "no end", SJ_OK},
                 {"longer than there is room", "longer than", SJ_OK},
                 {"\nsecret\n", "", SJ_E_INVALID},
                 {"", "", SJ_E_INVALID}};
    char line[12];
    sj_error error = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            sj_file_write(path, cases[i].content, strlen(cases[i].content), 0600, &error), SJ_OK);
        assert_int_equal(sj_file_first_line(path, line, sizeof line, &error), cases[i].status);
        assert_string_equal(line, cases[i].line);
    }
    assert_int_equal(sj_file_first_line("/nowhere", line, sizeof line, &error), SJ_E_NOT_FOUND);
}

static void open_file(void **state) {
    sj_text text = {0};
    sj_error error;
    char letter;
    (void)state;
    assert_int_equal(sj_file_write(path, "abc", 3, 0600, &error), SJ_OK);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(file, &letter, 1), 1);
    assert_int_equal(sj_file_read_from(file, "it", 1, &text, &error), SJ_E_LIMIT);
    assert_memory_equal(error.text, "it cannot be read", strlen("it cannot be read"));
    sj_text_clear(&text);
    assert_int_equal(lseek(file, 1, SEEK_SET), 1);
    assert_int_equal(sj_file_read_from(file, "it", 2, &text, &error), SJ_OK);
    assert_string_equal(text.data, "bc");
    (void)close(file);
    sj_text_clear(&text);
    assert_int_equal(sj_file_read_from(-1, "it", 2, &text, &error), SJ_E_IO);
    sj_text_clear(&text);
}

/* Replaced as a whole, too, but without the two waits for the disk. */
static void replaced_without_waiting(void **state) {
    sj_text text = {0};
    sj_error error;
    (void)state;
    calls = 0;
    failing = 1000;
    assert_int_equal(sj_file_write(path, "old", 3, 0600, &error), SJ_OK);
    assert_int_equal(calls, 4); /* written, on the disk, renamed, its name on the disk */
    calls = 0;
    assert_int_equal(sj_file_replace(path, "new", 3, 0600, &error), SJ_OK);
    assert_int_equal(calls, 2);
    calls = 0;
    failing = 2;
    assert_int_equal(sj_file_replace(path, "newest", 6, 0600, &error), SJ_E_IO);
    failing = 0;
    assert_int_equal(sj_file_read(path, 10, &text, &error), SJ_OK);
    assert_string_equal(text.data, "new");
    sj_text_clear(&text);
}

/* Whatever fails: the old content stays (or, after the last step, the new one is there), and
 * nothing lies beside it. */
static void failing_disk(void **state) {
    char data[2500];
    sj_error error;
    int steps = 0;
    (void)state;
    memset(data, 'n', sizeof data);
    for (int status = SJ_E_IO; status != SJ_OK; steps++) {
        sj_text text = {0};
        failing = 0;
        assert_int_equal(sj_file_write(path, "old", 3, 0600, &error), SJ_OK);
        failing = steps + 1;
        calls = 0;
        status = sj_file_write(path, data, sizeof data, 0600, &error);
        failing = 0;
        assert_true(status == SJ_OK || status == SJ_E_IO);
        assert_int_equal(sj_file_read(path, sizeof data, &text, &error), SJ_OK);
        assert_int_equal(text.length, steps < 5 ? 3 : sizeof data);
        sj_text_clear(&text);
        DIR *entries = opendir(directory);
        int files = 0;
        while (readdir(entries) != NULL) {
            files++;
        }
        (void)closedir(entries);
        assert_int_equal(files, 3);
    }
    assert_int_equal(steps,
                     7); /* three writes, the file, the name, the directory; then nothing fails */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(write_and_read, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(refuses, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(first_lines, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(open_file, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(replaced_without_waiting, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(failing_disk, make_directory, remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
