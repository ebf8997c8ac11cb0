/* The node's own identities. Touches the files <state>/identity/<kind>.key and .pem, mode 0600. */
#include "host/tls/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "host/core/file_guard.h"
#include "host/tls/certificate.h"

#define FILE_MAX 65536

const char *const sj_identity_kinds[] = {"tomcat", "CallManager", "CAPF",
                                         "TVS",    "ITLRecovery", NULL};

static bool is_rsa(int kind) {
    return kind != SJ_IDENTITY_TOMCAT && kind != SJ_IDENTITY_TVS;
}

static int path_of(const struct sj_node *facts, const char *name, const char *suffix, char *path,
                   size_t room, sj_error *error) {
    int length = snprintf(path, room, "%s/identity%s%s%s", facts->state_directory,
                          name[0] != '\0' ? "/" : "", name, suffix);
    if (length < 0 || (size_t)length >= room) {
        return sj_error_set(error, SJ_E_INVALID, "the state directory's path is too long: %s",
                            facts->state_directory);
    }
    return SJ_OK;
}

/* The whole file with a NUL after it; *data stays NULL when there is no such file. */
static int read_file(const char *path, char **data, size_t *length, sj_error *error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count;
    *data = NULL;
    if (fd < 0) {
        return errno == ENOENT
                   ? SJ_OK
                   : sj_error_set(error, SJ_E_IO, "cannot read %s: %s", path, strerror(errno));
    }
    *data = malloc(FILE_MAX + 1);
    if (*data == NULL) {
        (void)close(fd);
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory to read %s", path);
    }
    count = read(fd, *data, FILE_MAX);
    (void)close(fd);
    if (count < 0) {
        free(*data);
        *data = NULL;
        return sj_error_set(error, SJ_E_IO, "cannot read %s: %s", path, strerror(errno));
    }
    (*data)[count] = '\0';
    *length = (size_t)count;
    return SJ_OK;
}

static bool write_all(int fd, const char *text) {
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t count = write(fd, text, length);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        if (count > 0) {
            text += count;
            length -= (size_t)count;
        }
    }
    return fsync(fd) == 0;
}

/* Either the old file or the whole new one is there, also after a power failure. */
static int write_file(const char *directory, const char *path, const char *text, sj_error *error) {
    char temporary[4200];
    int fd, code;
    (void)snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return sj_error_set(error, SJ_E_IO, "cannot write %s: %s", temporary, strerror(errno));
    }
    if (!write_all(fd, text) || rename(temporary, path) != 0) {
        code = errno;
        (void)close(fd);
        (void)unlink(temporary);
        return sj_error_set(error, SJ_E_IO, "cannot write %s: %s", path, strerror(code));
    }
    (void)close(fd);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    return SJ_OK;
}

/* Fills in what is missing of key and certificate, and writes it. */
static int make_missing(const struct sj_node *facts, int kind, struct identity *identity,
                        const char *directory, const char *key_path, const char *pem_path,
                        sj_error *error) {
    struct certificate_names names = {facts->name, facts->cluster_id, facts->address};
    bool new_key = identity->key == NULL;
    if (new_key) {
        identity->key = sj_key_make(is_rsa(kind), error);
    }
    if (identity->key != NULL) {
        identity->certificate = sj_certificate_make(identity->key, &names, error);
    }
    if (identity->certificate == NULL) {
        return SJ_E_INTERNAL;
    }
    identity->key_pem = sj_key_pem(identity->key);
    identity->certificate_pem = sj_certificate_pem(identity->certificate);
    if (identity->key_pem == NULL || identity->certificate_pem == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the identity %s",
                            sj_identity_kinds[kind]);
    }
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return sj_error_set(error, SJ_E_IO, "cannot make the directory %s: %s", directory,
                            strerror(errno));
    }
    /* The key first: a crash in between leaves a key without certificate, which the next use
     * completes. */
    if (new_key && write_file(directory, key_path, identity->key_pem, error) != SJ_OK) {
        return SJ_E_IO;
    }
    return write_file(directory, pem_path, identity->certificate_pem, error);
}

static int parse_files(struct identity *identity, const char *key_text, size_t key_length,
                       const char *pem_text, size_t pem_length, const char *key_path,
                       const char *pem_path, sj_error *error) {
    static const char advice[] =
        "put back the file from a copy; or, to make a new identity (other clusters must import it "
        "again), remove both, make the "
        "file new-identity beside the store and start the node again";
    if (key_text == NULL && pem_text != NULL) {
        return sj_error_set(error, SJ_E_CORRUPT, "%s is missing beside %s: %s", key_path, pem_path,
                            advice);
    }
    if (key_text != NULL) {
        identity->key = sj_key_parse(key_text, key_length);
        if (identity->key == NULL) {
            return sj_error_set(error, SJ_E_CORRUPT,
                                "%s: a private key in PEM form was expected: %s", key_path, advice);
        }
    }
    if (pem_text != NULL) {
        identity->certificate = sj_certificate_parse(pem_text, pem_length);
        if (identity->certificate == NULL) {
            return sj_error_set(error, SJ_E_CORRUPT,
                                "%s: a certificate in PEM form was expected: %s", pem_path, advice);
        }
        if (X509_check_private_key(identity->certificate, identity->key) != 1) {
            ERR_clear_error();
            return sj_error_set(error, SJ_E_CORRUPT, "%s and %s do not belong together: %s",
                                key_path, pem_path, advice);
        }
        identity->key_pem = sj_key_pem(identity->key);
        identity->certificate_pem = sj_certificate_pem(identity->certificate);
        if (identity->key_pem == NULL || identity->certificate_pem == NULL) {
            return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the identity in %s",
                                pem_path);
        }
    }
    return SJ_OK;
}

static int load(const struct sj_node *facts, int kind, struct identity *identity, sj_error *error) {
    char directory[2048], key_path[2048], pem_path[2048];
    char *key_text = NULL, *pem_text = NULL;
    size_t key_length = 0, pem_length = 0;
    const char *name = sj_identity_kinds[kind];
    int result;
    memset(identity, 0, sizeof *identity);
    result = path_of(facts, "", "", directory, sizeof directory, error);
    if (result == SJ_OK) {
        result = path_of(facts, name, ".key", key_path, sizeof key_path, error);
    }
    if (result == SJ_OK) {
        result = path_of(facts, name, ".pem", pem_path, sizeof pem_path, error);
    }
    if (result == SJ_OK) {
        result = sj_guarded_path(directory, SJ_GUARD_TRUSTED, error);
    }
    if (result == SJ_OK) {
        result = sj_guarded_path(key_path, SJ_GUARD_SECRET, error);
    }
    if (result == SJ_OK) {
        result = read_file(key_path, &key_text, &key_length, error);
    }
    if (result == SJ_OK) {
        result = read_file(pem_path, &pem_text, &pem_length, error);
    }
    if (result == SJ_OK) {
        result = parse_files(identity, key_text, key_length, pem_text, pem_length, key_path,
                             pem_path, error);
    }
    if (result == SJ_OK && identity->certificate == NULL) {
        result = make_missing(facts, kind, identity, directory, key_path, pem_path, error);
    }
    if (key_text != NULL) {
        OPENSSL_cleanse(key_text, key_length);
    }
    free(key_text);
    free(pem_text);
    if (result != SJ_OK) {
        sj_identity_clear(identity);
    }
    return result;
}

int sj_identity_load(const struct sj_node *facts, int kind, struct identity *identity,
                     sj_error *error) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&one_at_a_time);
    int result = load(facts, kind, identity, error);
    (void)pthread_mutex_unlock(&one_at_a_time);
    return result;
}

void sj_identity_clear(struct identity *identity) {
    EVP_PKEY_free(identity->key);
    X509_free(identity->certificate);
    if (identity->key_pem != NULL) {
        OPENSSL_cleanse(identity->key_pem, strlen(identity->key_pem));
    }
    free(identity->key_pem);
    free(identity->certificate_pem);
    memset(identity, 0, sizeof *identity);
}
