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
    WORDS = 6
}; /* a mark, the layout's number, the salts, the frames, a sum over them */
static const uint32_t mark = UINT32_C(0x536a4d76);

static uint32_t sum_of(const uint32_t words[WORDS]) {
    return (uint32_t)sj_hash_bytes(words, (WORDS - 1) * sizeof *words);
}

static bool name_of(const char *path, const char *end, char out[4096]) {
    return snprintf(out, 4096, "%s%s", path, end) < 4096;
}

static int write_words(int file, const struct store_moved *moved) {
    uint32_t words[WORDS] = {mark,          LAYOUT, moved->salts.first, moved->salts.second,
                             moved->frames, 0};
    words[WORDS - 1] = sum_of(words);
    if (pwrite(file, words, sizeof words, 0) != (ssize_t)sizeof words) {
        return errno != 0 ? errno : EIO;
    }
    return fdatasync(file) == 0 ? 0 : errno;
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
            result = write_words(file, &nothing);
            (void)close(file);
            result = result == 0 ? sync_directory_of(path) : result;
        }
    }
    return result == 0 ? SJ_OK
                       : sj_error_set(error, SJ_E_IO, "the file %s-moved cannot be made: %s", path,
                                      strerror(result));
}

struct store_moved store_moved_read(const char *path) {
    struct store_moved moved = {{0, 0}, 0};
    uint32_t words[WORDS];
    char name[4096];
    int file = name_of(path, "-moved", name) ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, words, sizeof words) == (ssize_t)sizeof words && words[0] == mark &&
            words[1] == LAYOUT && words[WORDS - 1] == sum_of(words)) {
            moved = (struct store_moved){{words[2], words[3]}, words[4]};
        }
        (void)close(file);
    }
    return moved;
}

int store_moved_write(const char *path, const struct store_moved *moved) {
    char name[4096];
    int file = name_of(path, "-moved", name) ? open(name, O_RDWR | O_CLOEXEC) : -1;
    int result = file >= 0 ? write_words(file, moved) : errno;
    if (file >= 0) {
        (void)close(file);
    }
    return result;
}

bool store_log_is_lost(const char *path, char *why, size_t room) {
    char name[4096], index[4096];
    unsigned char header[STORE_LOG_HEADER];
    struct store_salts salts;
    struct stat status;
    int file;
    bool is_log = true;
    if (!name_of(path, "-wal", name) || !name_of(path, "-shm", index)) {
        return false;
    }
    file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        const bool lost = errno == ENOENT && stat(index, &status) == 0;
        (void)snprintf(why, room,
                       "the store's log %s was there when the node was killed, and is gone: what "
                       "it held and was not in the database yet is lost",
                       name);
        return lost;
    }
    if (pread(file, header, sizeof header, 0) == (ssize_t)sizeof header) {
        is_log = store_log_salts(header, &salts);
        (void)snprintf(why, room,
                       "the store's log %s is not what the node wrote: what it held and was not in "
                       "the database yet is lost",
                       name);
    }
    (void)close(file);
    return !is_log;
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
