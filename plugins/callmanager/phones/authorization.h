/* Digest challenges to phones, and their answers. */
#ifndef CALLMANAGER_AUTHORIZATION_H
#define CALLMANAGER_AUTHORIZATION_H

#include "core/call_manager.h"
#include "phones/registration_table.h"

/* The same in another realm than that of phones, with SHA-256 alone. */
void authorization_challenge_in(struct call_manager *manager, const struct sip_message *request,
                                const struct sip_flow *flow, const char *realm, bool stale);

/* The credentials of a realm in the request; false when there are none. */
bool authorization_find(const struct sip_message *request, const char *realm,
                        struct digest_credentials *credentials);

/* Whether the credentials are right, made for this request URI, and were never used before. */
enum digest_verdict
authorization_verify_once(struct call_manager *manager, const struct sip_message *request,
                          const struct sip_flow *flow, const struct digest_credentials *credentials,
                          const struct digest_secrets *secrets, uint32_t valid_s);

/* Whether the request proves to come from the device's digest user; otherwise it has been answered:
 * challenged, refused, or turned away because there were too many wrong answers. `registered` may
 * be NULL; the counter of its nonce has then been taken into *proof, for the registration that is
 * made now. */
bool authorization_prove(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, const struct device *device,
                         struct registration *registered, struct nonce_mark *proof);

/* Whether the request bears the very credentials that were accepted last, of the REGISTER that it
 * repeats; it is not answered. */
bool authorization_repeats(struct call_manager *manager, const struct sip_message *request,
                           const struct sip_flow *flow, const struct device *device,
                           const struct registration *registered);

/* As authorization_prove for any user of the store, whatever the phone: the nonce's counter is not
 * taken. */
bool authorization_prove_user(struct call_manager *manager, const struct sip_message *request,
                              const struct sip_flow *flow, char user[130]);

/* A phone is not registered any more: what it answered last counts no second time. */
void authorization_forget(struct call_manager *manager, const struct registration *registration);

#endif
