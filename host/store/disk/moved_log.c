/* The logs of SQLite as their format is published (sqlite.org/fileformat2.html, section 4), and the
 * file "<store>-moved". */
#include "host/store/disk/moved_log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sojourn/base/big_endian.h>
#include <sojourn/base/hash.h>

/* ---- the log ---- */

static uint32_t number_at(const unsigned char *bytes) {
    return (uint32_t)sj_big_endian_read(bytes, 4);
}

static uint32_t turned_number_at(const unsigned char *bytes) {
    return __builtin_bswap32(number_at(bytes));
}

struct checksum {
    uint32_t first, second;
};

static struct checksum add_bytes(struct checksum sum, bool big_endian, const unsigned char *bytes,
                                 size_t length) {
    uint32_t (*const at)(const unsigned char *bytes) = big_endian ? number_at : turned_number_at;
    for (size_t i = 0; i + 8 <= length; i += 8) {
        sum.first += at(bytes + i) + sum.second;
        sum.second += at(bytes + i + 4) + sum.first;
    }
    return sum;
}

static bool is_at(struct checksum sum, const unsigned char *bytes) {
    return sum.first == number_at(bytes) && sum.second == number_at(bytes + 4);
}

bool store_same_log(struct store_salts a, struct store_salts b) {
    return a.first == b.first && a.second == b.second;
}

bool store_log_salts(const unsigned char header[STORE_LOG_HEADER], struct store_salts *salts) {
    const uint32_t magic = number_at(header);
    *salts = (struct store_salts){number_at(header + 16), number_at(header + 20)};
    return (magic & ~UINT32_C(1)) == UINT32_C(0x377f0682) &&
           is_at(add_bytes((struct checksum){0, 0}, (magic & 1) != 0, header, 24), header + 24);
}

bool store_log_file_salts(int file, struct store_salts *salts) {
    unsigned char header[STORE_LOG_HEADER];
    return pread(file, header, sizeof header, 0) == (ssize_t)sizeof header &&
           store_log_salts(header, salts);
}

static uint32_t count_frames(int file, const unsigned char header[STORE_LOG_HEADER],
                             unsigned char *frame, size_t page) {
    const bool big_endian = (number_at(header) & 1) != 0;
    const ssize_t size = (ssize_t)(page + STORE_FRAME_HEADER);
    struct checksum sum = {number_at(header + 24), number_at(header + 28)};
    uint32_t count = 0, committed = 0;
    off_t at = STORE_LOG_HEADER;
    while (pread(file, frame, (size_t)size, at) == size && memcmp(frame + 8, header + 16, 8) == 0) {
        sum = add_bytes(add_bytes(sum, big_endian, frame, 8), big_endian,
                        frame + STORE_FRAME_HEADER, page);
        if (!is_at(sum, frame + 16)) {
            break;
        }
        count++;
        committed = number_at(frame + 4) != 0
                        ? count
                        : committed; /* the size of the database: a commit ends here */
        at += size;
    }
    return committed;
}

/* Frames of the log up to the last commit that SQLite would find; 0 when there is none. */
static uint32_t store_log_frames(int file) {
    unsigned char header[STORE_LOG_HEADER], *frame;
    struct store_salts salts;
    uint32_t page, frames = 0;
    if (pread(file, header, sizeof header, 0) != (ssize_t)sizeof header ||
        !store_log_salts(header, &salts)) {
        return 0;
    }
    page = number_at(header + 8);
    frame = page >= 512 && page <= 65536 ? malloc(page + STORE_FRAME_HEADER) : NULL;
    if (frame != NULL) {
        frames = count_frames(file, header, frame, page);
        free(frame);
    }
    return frames;
}

/* ---- the file ---- */

enum {
    LAYOUT = 2,
    WORDS = 6,        /* a mark, the layout's number, the salts, the frames, a sum over them */
    SYNCED_AT = 4096, /* the same of what is on the disk, in a block of its own */
};
static const uint32_t mark = UINT32_C(0x536a4d76);

static uint32_t sum_of(const uint32_t words[WORDS]) {
    return (uint32_t)sj_hash_bytes(words, (WORDS - 1) * sizeof *words);
}

static bool name_of(const char *path, const char *end, char out[4096]) {
    return snprintf(out, 4096, "%s%s", path, end) < 4096;
}

static int put_words(int file, off_t at, const struct store_moved *moved) {
    uint32_t words[WORDS] = {mark,          LAYOUT, moved->salts.first, moved->salts.second,
                             moved->frames, 0};
    words[WORDS - 1] = sum_of(words);
    errno = 0;
    return pwrite(file, words, sizeof words, at) == (ssize_t)sizeof words ? 0
           : errno != 0                                                   ? errno
                                                                          : EIO;
}

static int write_words(int file, off_t at, const struct store_moved *moved) {
    const int result = put_words(file, at, moved);
    return result != 0 ? result : fdatasync(file) == 0 ? 0 : errno;
}

static int sync_directory_of(const char *path) {
    char name[4096];
    int directory, result;
    if (!name_of(path, "", name)) {
        return ENAMETOOLONG;
    }
    directory = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return errno;
    }
    result = fsync(directory) == 0 ? 0 : errno;
    (void)close(directory);
    return result;
}

int store_moved_make(const char *path, sj_error *error) {
    const struct store_moved nothing = {{0, 0}, 0};
    char name[4096];
    int file, result = ENAMETOOLONG;
    if (name_of(path, "-moved", name)) {
        file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file < 0) {
            result = errno == EEXIST ? 0 : errno;
        } else {
            result = write_words(file, 0, &nothing);
            (void)close(file);
            result = result == 0 ? sync_directory_of(path) : result;
        }
    }
    return result == 0 ? SJ_OK
                       : sj_error_set(error, SJ_E_IO, "the file %s-moved cannot be made: %s", path,
                                      strerror(result));
}

static struct store_moved read_words(const char *path, off_t at) {
    struct store_moved moved = {{0, 0}, 0};
    uint32_t words[WORDS];
    char name[4096];
    int file = name_of(path, "-moved", name) ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (pread(file, words, sizeof words, at) == (ssize_t)sizeof words && words[0] == mark &&
            words[1] == LAYOUT && words[WORDS - 1] == sum_of(words)) {
            moved = (struct store_moved){{words[2], words[3]}, words[4]};
        }
        (void)close(file);
    }
    return moved;
}

struct store_moved store_moved_read(const char *path) {
    return read_words(path, 0);
}

int store_moved_open(const char *path) {
    char name[4096];
    return name_of(path, "-moved", name) ? open(name, O_RDWR | O_CLOEXEC) : -1;
}

int store_moved_write(const char *path, const struct store_moved *moved) {
    int file = store_moved_open(path);
    int result = file >= 0 ? write_words(file, 0, moved) : errno;
    if (file >= 0) {
        (void)close(file);
    }
    return result;
}

int store_synced_note(int file, const struct store_moved *synced) {
    return put_words(file, SYNCED_AT, synced);
}

int store_synced_forget(const char *path, sj_error *error) {
    const struct store_moved nothing = {{0, 0}, 0};
    int file = store_moved_open(path);
    const int result = file >= 0 ? write_words(file, SYNCED_AT, &nothing) : errno;
    if (file >= 0) {
        (void)close(file);
    }
    return result == 0 ? SJ_OK
                       : sj_error_set(error, SJ_E_IO, "the file %s-moved cannot be written: %s",
                                      path, strerror(result));
}

/* ---- at the start ---- */

/* SQLite counts the first salt up with each log that is begun in the file of the one before. */
static bool is_later_log(struct store_salts salts, struct store_salts than) {
    return salts.first != than.first && salts.first - than.first < UINT32_C(0x80000000);
}

bool store_log_is_lost(const char *path, char *why, size_t room) {
    const struct store_moved synced = read_words(path, SYNCED_AT), moved = store_moved_read(path);
    uint32_t kept = store_same_log(moved.salts, synced.salts) ? moved.frames : 0, found = 0;
    struct store_salts salts;
    char name[4096];
    if (synced.frames == 0 || kept >= synced.frames || !name_of(path, "-wal", name)) {
        return false;
    }
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    const off_t size = file >= 0 ? lseek(file, 0, SEEK_END) : 0;
    const bool is_log = file >= 0 && store_log_file_salts(file, &salts);
    const bool is_later = is_log && is_later_log(salts, synced.salts);
    if (is_log && store_same_log(salts, synced.salts)) {
        found = store_log_frames(file);
        kept = found > kept ? found : kept;
    }
    if (file >= 0) {
        (void)close(file);
    }
    if (is_later || kept >= synced.frames) {
        return false; /* the log that begins anew was moved into the database before */
    }
    if (file < 0) {
        (void)snprintf(why, room,
                       "the store's log %s was there when the node was killed, and is gone: what "
                       "it held and was not in the database yet is lost, unless another program, "
                       "as the sqlite3 shell, has moved it there",
                       name);
    } else if (is_log && store_same_log(salts, synced.salts)) {
        (void)snprintf(why, room,
                       "the store's log %s was cut or damaged while the node was down: of %u "
                       "pages that were written %u are left, and what the others held is lost",
                       name, synced.frames, kept);
    } else {
        (void)snprintf(
            why, room,
            "the store's log %s %s: what it held and was not in the database yet is "
            "lost",
            name, size == 0 ? "was emptied while the node was down" : "is not what the node wrote");
    }
    return true;
}

int store_moved_recover(const char *path, sj_error *error) {
    const struct store_moved moved = store_moved_read(path);
    struct store_salts salts;
    char name[4096];
    int status = SJ_OK, file = moved.frames > 0 && name_of(path, "-wal", name)
                                   ? open(name, O_RDWR | O_CLOEXEC)
                                   : -1;
    if (file < 0) {
        return SJ_OK;
    }
    if (store_log_file_salts(file, &salts) && store_same_log(salts, moved.salts) &&
        store_log_frames(file) < moved.frames && (ftruncate(file, 0) != 0 || fsync(file) != 0)) {
        status = sj_error_set(error, SJ_E_IO,
                              "%s, of which all is in the database, cannot be emptied: %s", name,
                              strerror(errno));
    }
    (void)close(file);
    return status;
}
