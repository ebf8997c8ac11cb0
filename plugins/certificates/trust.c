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

static void finish(struct trust_change *change, const sj_error *error) {
    if (error != NULL) {
        sj_fail_error(change->plugin, change->question, error);
    }
    bundle_free(&change->parsed);
    sj_scope_close(change->scope);
}

static void on_durable(void *user, int status, const sj_error *error) {
    struct trust_change *change = user;
    if (status != SJ_OK) {
        finish(change, error);
        return;
    }
    sj_log_info(change->plugin, "%s", change->message);
    if (change->removing) {
        const sj_certificates_distrust_reply reply = {.message = change->message};
        sj_reply_certificates_distrust(change->plugin, change->question, &reply);
    } else {
        const sj_certificates_trust_reply reply = {.subject = change->record.subject,
                                                   .fingerprint = change->record.fingerprint,
                                                   .key_type = change->record.key_type,
                                                   .authority = change->record.authority,
                                                   .not_after = change->record.not_after,
                                                   .message = change->message};
        sj_reply_certificates_trust(change->plugin, change->question, &reply);
    }
    finish(change, NULL);
}

static struct trust_change *begin(sj_scope *plugin, sj_question *question) {
    sj_scope *scope = sj_scope_open(plugin, "trust", NULL, NULL);
    struct trust_change *change = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *change);
    if (change == NULL) {
        sj_fail(plugin, question, SJ_E_NO_MEMORY, "out of memory: cannot change what is trusted");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return NULL;
    }
    change->plugin = plugin;
    change->scope = scope;
    change->question = question;
    return change;
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

static bool look_at(struct trust_change *change, const sj_certificates_trust *request,
                    sj_error *error) {
    sj_certificate_authority *record = &change->record;
    X509 *certificate = only_certificate(request->pem, error);
    char also[200];
    bool good;
    if (certificate == NULL) {
        return false;
    }
    record->authority = X509_check_ca(certificate) > 0;
    good = look_at_key(certificate, change->key, sizeof change->key, error) &&
           bundle_add_pem(&change->parsed, "-", "-", "CAPF", request->pem, error) == SJ_OK;
    X509_free(certificate);
    if (!good) {
        return false;
    }
    record->name = sj_scope_strdup(change->scope, request->name);
    record->purpose = request->purpose;
    record->subject = change->parsed.entries[0].subject;
    record->fingerprint = change->parsed.entries[0].fingerprint;
    record->key_type = change->key;
    record->not_before = change->parsed.entries[0].not_before;
    record->not_after = change->parsed.entries[0].not_after;
    record->pem = change->parsed.entries[0].pem;
    record->imported_at = sj_wall_ms(change->plugin);
    if (record->name == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory: cannot keep the certificate");
        return false;
    }
    also_trusted(change->plugin, record, also, sizeof also);
    (void)snprintf(change->message, sizeof change->message,
                   "%s whose certificates %.160s (%s) %s are trusted%s",
                   record->purpose == SJ_TRUST_PURPOSE_PHONES ? "phones" : "SIP trunks' peers",
                   record->subject, change->key, record->authority ? "has issued" : "is", also);
    return look_at_times(record, record->imported_at, error);
}

/* A name is given once: another certificate of the same purpose takes its place, one of the other
 * purpose would end the trust in phones or peers that nobody meant to end. */
static bool is_free_name(sj_scope *plugin, const sj_certificate_authority *record,
                         sj_error *error) {
    sj_certificate_authority *other = NULL;
    const bool taken = sj_certificate_authority_get(plugin, record->name, &other, NULL) == SJ_OK &&
                       other->purpose != record->purpose;
    if (taken) {
        (void)sj_error_field(error, SJ_E_EXISTS, "name",
                             "name: expected another name than %.64s, under which a certificate is "
                             "trusted for %s: give this one a name of its own",
                             record->name, sj_trust_purpose_text(other->purpose));
    }
    sj_record_free(plugin, other);
    return !taken;
}

/* ---- the two requests ---- */

static int write_change(struct trust_change *change, sj_error *error) {
    int status = sj_store_begin(change->plugin, error);
    if (status != SJ_OK) {
        return status;
    }
    status = change->removing
                 ? sj_certificate_authority_delete(change->plugin, change->record.name, error)
                 : sj_certificate_authority_put(change->plugin, &change->record, SJ_PUT_ANY, error);
    if (status != SJ_OK) {
        sj_store_rollback(change->plugin);
        return status;
    }
    return sj_store_commit(change->scope, on_durable, change, error);
}

void trust_begin(sj_scope *plugin, sj_question *question, const sj_certificates_trust *request) {
    struct trust_change *change = begin(plugin, question);
    sj_error error;
    if (change != NULL &&
        (!look_at(change, request, &error) || !is_free_name(plugin, &change->record, &error) ||
         write_change(change, &error) != SJ_OK)) {
        finish(change, &error);
    }
}

void distrust_begin(sj_scope *plugin, sj_question *question, const char *name) {
    struct trust_change *change = begin(plugin, question);
    sj_error error;
    if (change == NULL) {
        return;
    }
    change->removing = true;
    change->record.name = sj_scope_strdup(change->scope, name);
    (void)snprintf(change->message, sizeof change->message, "%.64s is no longer trusted", name);
    if (change->record.name == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory: cannot change what is trusted");
        finish(change, &error);
        return;
    }
    const int status = write_change(change, &error);
    if (status == SJ_E_NOT_FOUND) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "name",
                             "nothing is trusted under the name %.64s (certificate-authority list)",
                             name);
    }
    if (status != SJ_OK) {
        finish(change, &error);
    }
}
