/* Services that the field knows by name and that this product does not offer: what each would do,
 * and what a cluster does without it. A plugin of that name (a third party's) takes its place. */
#ifndef SJ_SERVICES_NOT_OFFERED_H
#define SJ_SERVICES_NOT_OFFERED_H

struct sj_service_not_offered {
    const char *title;      /* the name in the field */
    const char *short_name; /* as people call it */
    const char *does;       /* "would …" */
    const char *without;    /* a sentence's second half: what is so without it */
};

/* `title` NULL at the end. */
extern const struct sj_service_not_offered sj_services_not_offered[];

#endif
