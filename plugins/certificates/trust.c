/* Trust in phones and in the peers of SIP trunks: one certificate at a time, looked at before it is
 * believed. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "bundle.h"
#include "events/emcc.h"
#include "operation.h"
#include "resources/certificates.h"

enum { SMALLEST_RSA = 1024, SMALLEST_EC = 224, LARGEST_RSA = 8192 };

struct trust_change {
    sj_scope *plugin, *scope;
    sj_question *question;
    sj_certificate_authority record;
    struct bundle parsed; /* what the record's texts lie in */
    char key[32], message[600];
    bool removing;
};

static void finish(struct trust_change *one, const sj_error *error) {
    if (error != NULL) {
        sj_fail_error(one->plugin, one->question, error);
    }
    bundle_free(&one->parsed);
    sj_scope_close(one->scope);
}

static void on_durable(void *user, int status, const sj_error *error) {
    struct trust_change *one = user;
    if (status != SJ_OK) {
        finish(one, error);
        return;
    }
    sj_log_info(one->plugin, "%s", one->message);
    if (one->removing) {
        const sj_certificates_distrust_reply reply = {.message = one->message};
        sj_reply_certificates_distrust(one->plugin, one->question, &reply);
    } else {
        const sj_certificates_trust_reply reply = {.subject = one->record.subject,
                                                   .fingerprint = one->record.fingerprint,
                                                   .key_type = one->record.key_type,
                                                   .authority = one->record.authority,
                                                   .not_after = one->record.not_after,
                                                   .message = one->message};
        sj_reply_certificates_trust(one->plugin, one->question, &reply);
    }
    finish(one, NULL);
}

static struct trust_change *begin(sj_scope *plugin, sj_question *question) {
    sj_scope *scope = sj_scope_open(plugin, "trust", NULL, NULL);
    struct trust_change *one = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *one);
    if (one == NULL) {
        sj_fail(plugin, question, SJ_E_NO_MEMORY, "out of memory: cannot change what is trusted");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return NULL;
    }
    one->plugin = plugin;
    one->scope = scope;
    one->question = question;
    return one;
}

/* ---- looking at it ---- */

/* The certificate, when the text holds exactly one and no private key. */
static X509 *only_certificate(const char *pem, sj_error *error) {
    BIO *memory = BIO_new_mem_buf(pem, -1);
    X509 *first = memory == NULL ? NULL : PEM_read_bio_X509(memory, NULL, NULL, NULL);
    X509 *second = first == NULL ? NULL : PEM_read_bio_X509(memory, NULL, NULL, NULL);
    BIO_free(memory);
    ERR_clear_error();
    if (strstr(pem, "PRIVATE KEY") != NULL) {
        (void)sj_error_field(
            error, SJ_E_INVALID, "pem",
            "pem: expected a certificate alone, got a private key with it: it is not kept; "
            "keep it off this node");
    } else if (first == NULL) {
        (void)sj_error_field(
            error, SJ_E_INVALID, "pem",
            "pem: expected a certificate as PEM text (-----BEGIN CERTIFICATE-----), got none");
    } else if (second != NULL) {
        (void)sj_error_field(
            error, SJ_E_INVALID, "pem",
            "pem: expected one certificate, got several: give each a name of its own");
    } else {
        return first;
    }
    X509_free(second);
    X509_free(first);
    return NULL;
}

/* Fills in type and size of the key. False when no peer could use it. */
static bool look_at_key(X509 *certificate, char *text, size_t room, sj_error *error) {
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    const int bits = key == NULL ? 0 : EVP_PKEY_get_bits(key);
    const int kind = key == NULL ? 0 : EVP_PKEY_get_base_id(key);
    ERR_clear_error();
    (void)snprintf(text, room, "%s %d",
                   kind == EVP_PKEY_RSA  ? "RSA"
                   : kind == EVP_PKEY_EC ? "EC"
                                         : "other",
                   bits);
    if ((kind == EVP_PKEY_RSA && bits >= SMALLEST_RSA && bits <= LARGEST_RSA) ||
        (kind == EVP_PKEY_EC && bits >= SMALLEST_EC) || kind == EVP_PKEY_ED25519) {
        return true;
    }
    (void)sj_error_field(error, SJ_E_INVALID, "pem",
                         "pem: expected a key of RSA 1024 to 8192 bits, EC or Ed25519, got %s",
                         text);
    return false;
}

static bool look_at_times(const sj_certificate_authority *record, int64_t now, sj_error *error) {
    if (record->not_after <= now || record->not_before > now) {
        (void)sj_error_field(error, SJ_E_INVALID, "pem",
                             "pem: expected a certificate that is valid now, got one that %s",
                             record->not_after <= now ? "has expired" : "is not valid yet");
        return false;
    }
    return true;
}

/* What else this certificate is trusted for here, for the message. */
static void also_trusted(sj_scope *plugin, const sj_certificate_authority *record, char *text,
                         size_t room) {
    const sj_query query = {.field = "fingerprint", .value = record->fingerprint};
    sj_list list = {0};
    text[0] = '\0';
    if (sj_certificate_authority_list(plugin, &query, &list, NULL) == SJ_OK) {
        for (size_t i = 0; i < list.count; i++) {
            const sj_certificate_authority *other = sj_certificate_authority_at(&list, i);
            if (strcmp(other->name, record->name) != 0) {
                const size_t used = strlen(text);
                (void)snprintf(text + used, room - used, "; also trusted for %s as %.64s",
                               sj_trust_purpose_text(other->purpose), other->name);
            }
        }
        sj_list_free(plugin, &list);
    }
}

static bool look_at(struct trust_change *one, const sj_certificates_trust *request,
                    sj_error *error) {
    sj_certificate_authority *record = &one->record;
    X509 *certificate = only_certificate(request->pem, error);
    char also[200];
    bool good;
    if (certificate == NULL) {
        return false;
    }
    record->authority = X509_check_ca(certificate) > 0;
    good = look_at_key(certificate, one->key, sizeof one->key, error) &&
           bundle_add_pem(&one->parsed, "-", "-", "CAPF", request->pem, error) == SJ_OK;
    X509_free(certificate);
    if (!good) {
        return false;
    }
    record->name = sj_scope_strdup(one->scope, request->name);
    record->purpose = request->purpose;
    record->subject = one->parsed.entries[0].subject;
    record->fingerprint = one->parsed.entries[0].fingerprint;
    record->key_type = one->key;
    record->not_before = one->parsed.entries[0].not_before;
    record->not_after = one->parsed.entries[0].not_after;
    record->pem = one->parsed.entries[0].pem;
    record->imported_at = sj_wall_ms(one->plugin);
    if (record->name == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot keep the certificate");
        return false;
    }
    also_trusted(one->plugin, record, also, sizeof also);
    (void)snprintf(one->message, sizeof one->message,
                   "%s whose certificates %.160s (%s) %s are trusted%s",
                   record->purpose == SJ_TRUST_PURPOSE_PHONES ? "phones" : "SIP trunks' peers",
                   record->subject, one->key, record->authority ? "has issued" : "is", also);
    return look_at_times(record, record->imported_at, error);
}

/* ---- the two requests ---- */

static int write_change(struct trust_change *one, sj_error *error) {
    int status = sj_store_begin(one->plugin, error);
    if (status != SJ_OK) {
        return status;
    }
    status = one->removing
                 ? sj_certificate_authority_delete(one->plugin, one->record.name, error)
                 : sj_certificate_authority_put(one->plugin, &one->record, SJ_PUT_ANY, error);
    if (status != SJ_OK) {
        sj_store_rollback(one->plugin);
        return status;
    }
    return sj_store_commit(one->scope, on_durable, one, error);
}

void trust_begin(sj_scope *plugin, sj_question *question, const sj_certificates_trust *request) {
    struct trust_change *one = begin(plugin, question);
    sj_error error;
    if (one != NULL && (!look_at(one, request, &error) || write_change(one, &error) != SJ_OK)) {
        finish(one, &error);
    }
}

void distrust_begin(sj_scope *plugin, sj_question *question, const char *name) {
    struct trust_change *one = begin(plugin, question);
    sj_error error;
    if (one == NULL) {
        return;
    }
    one->removing = true;
    one->record.name = sj_scope_strdup(one->scope, name);
    (void)snprintf(one->message, sizeof one->message, "%.64s is no longer trusted", name);
    if (one->record.name == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory: cannot change what is trusted");
        finish(one, &error);
        return;
    }
    const int status = write_change(one, &error);
    if (status == SJ_E_NOT_FOUND) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "name",
                             "nothing is trusted under the name %.64s (certificate-authority list)",
                             name);
    }
    if (status != SJ_OK) {
        finish(one, &error);
    }
}
