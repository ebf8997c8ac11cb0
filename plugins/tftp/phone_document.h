/* The configuration file of a SIP phone, as XML (SEP<mac>.cnf.xml). Pure: everything it holds is
 * handed in.
 *
 * The element names, their order and the forms of their values are those that tests/oracle has from
 * files of the vendor's own call manager; schemas/xsd/phone_configuration.xsd describes the same
 * document. */
#ifndef SJ_TFTP_PHONE_DOCUMENT_H
#define SJ_TFTP_PHONE_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <sojourn/xml_text.h>

struct document_node {
    const char *address;
    int sip_port, sips_port;
};

struct document_line {
    const char *number, *label, *display, *contact;
    const char *messages_number; /* that the Messages key calls; "" for none */
    const char *auto_answer;     /* "Auto Answer with Headset"; "" for off */
    const char *speed_dial;      /* of an intercom line: that its key calls; "" for none */
    int64_t maximum_calls, busy_trigger;
    bool intercom;
    bool shared; /* another device has the number as well */
};

/* A setting of the vendor's, as an element with a number. */
struct document_setting {
    const char *name;
    int value;
};

struct document_module {
    const char *device_type; /* "BEKEM" */
    const char *load_information;
    int lines;
};

struct document_speed_dial {
    const char *number, *label;
    bool busy_lamp_field; /* the key shows the state of the number, */
    bool call_pickup;     /* and picks up what rings there */
};

struct document_service {
    const char *name, *url, *secure_url, *vendor, *version;
    int type;     /* 0 standard, 1 directories, 2 messages */
    int category; /* 0 XML service, 1 Java MIDlet */
};

/* Texts may be "" but never NULL. */
struct phone_document {
    const char *device_name, *user_id, *owner_id;
    const char *date_template, *time_zone; /* the vendor's name of the zone */
    const char *olson_time_zone;           /* the zone database's */
    const char *const *ntp_servers;
    size_t ntp_servers_count;
    int ip_address_mode; /* 0 IPv4, 1 IPv6, 2 both */
    bool digit_by_digit; /* it dials without a template, and is asked for digits (KPML) */
    const struct document_node *nodes;
    size_t nodes_count;
    const struct document_line *lines;
    size_t lines_count;
    const struct document_speed_dial *speed_dials;
    size_t speed_dials_count;
    const struct document_service *services;
    size_t services_count;
    const struct document_module *expansion_modules;
    size_t expansion_modules_count;
    const char *load_information, *user_locale, *network_locale;
    int user_locale_number, network_locale_number; /* 0: not known */
    const char *external_number_mask; /* the first line's number as the public network knows it */
    int transport;                    /* 1 TCP, 2 UDP, 3 TLS */
    int security_mode;                /* 1 none, 2 authenticated, 3 encrypted */
    int64_t invite_expires_s, register_expires_s, register_delta_s, keep_alive_expires_s, t1_ms,
        t2_ms, invite_retries, non_invite_retries, start_media_port, stop_media_port,
        dtmf_payload_type;
    const struct document_setting *settings;
    size_t settings_count;
    bool transfer_on_hook, auto_call_pickup;
    int64_t t302_ms;
    const char *dial_template_file; /* "": every number waits for the interdigit timer */
    const char *softkey_file;       /* "": the phone's own softkeys */
    bool always_use_prime_line, always_use_prime_line_for_voice_message, join_across_lines;
    int single_button_barge; /* 0 off, 1 barge, 2 cbarge */
    int dnd_call_alert;      /* 0 none, 1 beep, 5 flash */
    const char *mlpp_domain; /* hexadecimal, or "" */
    const char *mlpp_indication, *mlpp_preemption;
    const char *url_authentication, *url_services, *url_directories;
};

/* Writes the document. Its version stamp is made from its content: it changes exactly when the
 * content does. */
void phone_document_write(sj_xml_text *out, const struct phone_document *document);

/* What the visiting cluster gives a phone whose user's home is elsewhere: where to fetch its
 * configuration instead, and where to log out. Element names come from parameters, because no
 * public source states them. */
struct redirect_document {
    const char *mode_element, *address_element, *logout_element;
    const char *const *addresses; /* at most four are used */
    size_t addresses_count;
    const char *logout_url;
};

void redirect_document_write(sj_xml_text *out, const struct redirect_document *document);

/* Whether a text can be the name of an XML element: the parameters above are checked with it. */
bool document_element_name(const char *name);

/* The firmware of a model. */
struct document_load {
    const char *model, *load_information;
    int64_t number; /* of the model */
};

/* What a phone asks for when it has no file of its own: the nodes to register with, and the
 * firmware of each model. */
void default_document_write(sj_xml_text *out, const struct document_node *nodes, size_t nodes_count,
                            const struct document_load *loads, size_t loads_count);

#endif
