/* The pepper: read, made at the first start, and compared with the store that its hashes are in.
 * Touches the state directory and the store's facts, at the start of the node alone. */
#include "host/secret/pepper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include <sojourn/base/file.h>

#include "host/core/file_guard.h"
#include "host/core/node.h"
#include "host/store/store.h"

static int read_pepper(unsigned char pepper[SJ_PEPPER], const char *path, sj_error *error) {
    ssize_t got;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT
                   ? SJ_E_NOT_FOUND
                   : sj_error_set(error, SJ_E_IO, "%s cannot be read: %s", path, strerror(errno));
    }
    if (sj_guarded(file, SJ_GUARD_SECRET, path, error) != SJ_OK) {
        (void)close(file);
        return SJ_E_IO;
    }
    got = read(file, pepper, SJ_PEPPER);
    (void)close(file);
    if (got == 0) {
        return SJ_E_NOT_FOUND; /* emptied, or never written: as good as none */
    }
    return got == SJ_PEPPER
               ? SJ_OK
               : sj_error_set(error, SJ_E_CORRUPT,
                              "%.400s: expected a key of %d bytes, got %zd; PINs cannot "
                              "be checked without it. Put the file back from where the "
                              "store's backup is",
                              path, SJ_PEPPER, got);
}

/* On the disk, with its name, before a hash that needs it is. */
static int make_pepper(unsigned char pepper[SJ_PEPPER], const char *path, sj_error *error) {
    randombytes_buf(pepper, SJ_PEPPER);
    return sj_file_write(path, pepper, SJ_PEPPER, S_IRUSR | S_IWUSR, error);
}

/* What tells one pepper from another, kept in the store beside the hashes. */
static void mark_of(const unsigned char pepper[SJ_PEPPER],
                    char out[2 * crypto_auth_hmacsha256_BYTES + 1]) {
    static const char text[] = "which key the secrets of this store are hashed with";
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    (void)crypto_auth_hmacsha256(mac, (const unsigned char *)text, sizeof text - 1, pepper);
    (void)sodium_bin2hex(out, 2 * crypto_auth_hmacsha256_BYTES + 1, mac, sizeof mac);
}

static int refuse_pepper(const char *path, const char *what, const char *word, sj_error *error) {
    return sj_error_set(error, SJ_E_NOT_FOUND,
                        "%.200s %s: no PIN and no password could be checked. Put the file back "
                        "from where the store's backup is. "
                        "Or, if it is lost, make the file %.200s and start again: all PINs and "
                        "passwords must then be set again",
                        path, what, word);
}

/* The store's hashes and the pepper belong together: a lost one is not replaced without a word. The
 * file "forget-secrets" is the operator's. */
static int check_pepper(struct node *node, unsigned char pepper[SJ_PEPPER], const char *path,
                        bool found, sj_error *error) {
    struct store *store = node->store;
    char mark[2 * crypto_auth_hmacsha256_BYTES + 1], word[4096];
    char *known = sj_store_fact(store, "secret.key");
    const bool has_hashes = sj_store_has_secrets(store);
    int status = SJ_OK;
    (void)snprintf(word, sizeof word, "%s/forget-secrets", node->facts.state_directory);
    const bool forgotten = access(word, F_OK) == 0;
    if (found) {
        mark_of(pepper, mark);
    }
    if (has_hashes && !found && !forgotten) {
        status = refuse_pepper(
            path, "is missing or empty, with which the PINs and passwords in the store are hashed",
            word, error);
    } else if (has_hashes && found && known != NULL && strcmp(known, mark) != 0 && !forgotten) {
        status = refuse_pepper(
            path, "is not the key with which the PINs and passwords in the store are hashed", word,
            error);
    } else if (!found) {
        status = make_pepper(pepper, path, error);
        mark_of(pepper, mark);
    }
    if (status == SJ_OK && (known == NULL || strcmp(known, mark) != 0)) {
        status = sj_store_put_fact(store, "secret.key", mark, error);
    }
    if (status == SJ_OK && forgotten) {
        (void)unlink(word);
    }
    free(known);
    return status;
}

int sj_pepper_find(struct node *node, unsigned char pepper[SJ_PEPPER], sj_error *error) {
    char path[4096];
    int status;
    if (node->facts.state_directory == NULL) {
        randombytes_buf(pepper, SJ_PEPPER);
        return SJ_OK;
    }
    (void)snprintf(path, sizeof path, "%s/secret.key", node->facts.state_directory);
    status = read_pepper(pepper, path, error);
    if (node->store == NULL) {
        return status == SJ_E_NOT_FOUND ? make_pepper(pepper, path, error) : status;
    }
    return status == SJ_OK || status == SJ_E_NOT_FOUND
               ? check_pepper(node, pepper, path, status == SJ_OK, error)
               : status;
}
