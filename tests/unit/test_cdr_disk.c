/* Files of call detail records on a real disk: appended, finished, sent, removed; a disk that is
 * full leaves no part of a row. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sojourn/base/file.h>

#include "disk.h"

static struct disk disk;
static sj_error error;

static int setup(void **state) {
    (void)state;
    (void)snprintf(disk.directory, sizeof disk.directory, "/tmp/sojourn-cdr-XXXXXX");
    assert_non_null(mkdtemp(disk.directory));
    assert_int_equal(disk_make(&disk, &error), SJ_OK);
    return 0;
}

static int teardown(void **state) {
    char command[DISK_PATH + 16];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", disk.directory);
    return system(command);
}

static void append(const char *line, int64_t *size, int wanted) {
    sj_text rows = {0};
    sj_text_puts(&rows, line);
    assert_int_equal(disk_append(&disk, "cdr", &cdr_columns, &rows, size, &error), wanted);
    sj_text_clear(&rows);
}

static void expect_lines(const char *name, int lines) {
    char path[DISK_PATH + DISK_NAME];
    sj_text text = {0};
    int count = 0;
    (void)snprintf(path, sizeof path, "%s/%s", disk.directory, name);
    assert_int_equal(sj_file_read(path, SIZE_MAX / 2, &text, &error), SJ_OK);
    for (size_t i = 0; i < text.length; i++) {
        count += text.data[i] == '\n';
    }
    assert_int_equal(count, lines);
    assert_int_equal(text.data[text.length - 1], '\n');
    sj_text_clear(&text);
}

static void a_file_is_written_finished_and_sent(void **state) {
    int64_t size = 0;
    char name[DISK_NAME];
    struct disk_unsent unsent = {0};
    sj_text content = {0};
    (void)state;
    append("1\n2\n", &size, SJ_OK);
    append("3\n", &size, SJ_OK);
    expect_lines("cdr.open", 5);
    assert_int_equal(disk_finish(&disk, "cdr", "cdr_HQ_01_202611300312_1", true, &error), SJ_OK);
    expect_lines("files/cdr_HQ_01_202611300312_1", 5);
    size = 0;
    append("4\n", &size, SJ_OK);
    assert_int_equal(disk_finish(&disk, "cdr", "cdr_HQ_01_202611300312_1", true, &error),
                     SJ_E_EXISTS);
    assert_int_equal(disk_finish(&disk, "cdr", "cdr_HQ_01_202611300312_2", false, &error), SJ_OK);
    assert_int_equal(disk_next_unsent(&disk, &unsent, name, &content, &error), SJ_OK);
    assert_string_equal(name, "cdr_HQ_01_202611300312_1");
    assert_non_null(strstr(content.data, "\n1\n2\n3\n"));
    assert_int_equal(disk_sent(&disk, name, &error), SJ_OK);
    assert_int_equal(disk_next_unsent(&disk, &unsent, name, &content, &error), SJ_E_NOT_FOUND);
    disk_unsent_clear(&unsent);
    sj_text_clear(&content);
}

/* Finished but for its last step when the disk failed: the next attempt is no second file. */
static void an_unfinished_finish_goes_on(void **state) {
    char from[DISK_PATH + 32], to[DISK_PATH + 64];
    int64_t size = 0;
    (void)state;
    append("1\n", &size, SJ_OK);
    (void)snprintf(from, sizeof from, "%s/cdr.open", disk.directory);
    (void)snprintf(to, sizeof to, "%s/files/cdr_HQ_01_202611300313_3", disk.directory);
    assert_int_equal(link(from, to), 0);
    assert_int_equal(disk_finish(&disk, "cdr", "cdr_HQ_01_202611300313_3", false, &error), SJ_OK);
    assert_int_not_equal(access(from, F_OK), 0);
}

static void a_full_disk_leaves_whole_rows(void **state) {
    struct rlimit before, small;
    int64_t size = 0;
    char line[4096];
    (void)state;
    memset(line, 'x', sizeof line);
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    append(line, &size, SJ_OK);
    const int64_t written = size;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = (rlim_t)written + 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    append(line, &size, SJ_E_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(size, written);
    expect_lines("cdr.open", 3);
    append(line, &size, SJ_OK);
    expect_lines("cdr.open", 4);
}

static void what_a_kill_leaves_is_read_in_whole_lines(void **state) {
    struct disk_remains remains;
    int64_t size = 0, calls_size = 0;
    sj_text calls = {0};
    (void)state;
    assert_int_equal(disk_read_remains(&disk, &remains, &error), SJ_OK);
    assert_int_equal(remains.size, 0);
    disk_remains_clear(&remains);
    append("1,1,5\n1,1", &size, SJ_OK);
    sj_text_puts(&calls, "=5 1\n-");
    assert_int_equal(disk_calls_add(&disk, &calls, &calls_size, &error), SJ_OK);
    assert_int_equal(disk_read_remains(&disk, &remains, &error), SJ_OK);
    assert_string_equal(remains.rows.data, "1,1,5\n");
    assert_string_equal(remains.calls.data, "=5 1\n");
    assert_int_equal(remains.size, size - 3);
    assert_true(remains.last_s > 1700000000);
    disk_remains_clear(&remains);
    sj_text_clear(&calls);
}

/* The file of calls says 1: it was written before the file with number 12 was finished. */
static void numbers_of_files_go_on_behind_the_highest(void **state) {
    struct disk_remains remains;
    int64_t size = 0, calls_size = 0;
    sj_text calls = {0};
    (void)state;
    append("1,1,5\n", &size, SJ_OK);
    sj_text_puts(&calls, "=5 1\n");
    assert_int_equal(disk_calls_replace(&disk, &calls, &calls_size, &error), SJ_OK);
    assert_int_equal(disk_finish(&disk, "cdr", "cdr_HQ_01_202611300313_9", false, &error), SJ_OK);
    size = 0;
    append("1,1,6\n", &size, SJ_OK);
    assert_int_equal(disk_finish(&disk, "cdr", "cdr_HQ_01_202611300314_12", false, &error), SJ_OK);
    assert_int_equal(disk_read_remains(&disk, &remains, &error), SJ_OK);
    assert_int_equal(remains.last_sequence, 12);
    disk_remains_clear(&remains);
    sj_text_clear(&calls);
}

static void old_files_go_and_the_oldest_beyond_the_allocation(void **state) {
    struct disk_tidied tidied;
    int64_t one = 0;
    (void)state;
    for (int i = 0; i < 4; i++) {
        char name[DISK_NAME], path[DISK_PATH + DISK_NAME + 16];
        int64_t size = 0;
        append("1\n", &size, SJ_OK);
        one = size;
        (void)snprintf(name, sizeof name, "cdr_HQ_01_20261130031%d_%d", i, i);
        assert_int_equal(disk_finish(&disk, "cdr", name, true, &error), SJ_OK);
        (void)snprintf(path, sizeof path, "%s/files/%s", disk.directory, name);
        const struct timespec times[2] = {{1000 + i, 0}, {1000 + i, 0}};
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    }
    assert_int_equal(disk_sent(&disk, "cdr_HQ_01_202611300310_0", &error), SJ_OK);
    assert_int_equal(disk_tidy(&disk, 1001, 2 * one, &tidied, &error), SJ_OK);
    assert_int_equal(tidied.removed, 2); /* one for its age, one for the room */
    assert_int_equal(tidied.lost, 1);
    assert_int_equal(tidied.files, 2);
    assert_int_equal(tidied.unsent, 2);
    assert_int_equal(tidied.bytes, 2 * one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_written_finished_and_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unfinished_finish_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_whole_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_kill_leaves_is_read_in_whole_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_of_files_go_on_behind_the_highest, setup, teardown),
        cmocka_unit_test_setup_teardown(old_files_go_and_the_oldest_beyond_the_allocation, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
