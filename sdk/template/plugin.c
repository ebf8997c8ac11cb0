/* The plugin Greeter: descriptor and wiring. What it decides is in greeting.c. */
#include <sojourn/sojourn.h>

#include "greeter.h"
#include "greeter_schema.h"
#include "greeting.h"

struct greeter_state {
    sj_scope *scope;
    sj_topic *greeted;
};

static void greet(void *user, sj_question *question, const sj_greeter_greet *request) {
    struct greeter_state *greeter = user;
    char text[128];
    if (!greeting_make(sj_param_greeter_salutation(greeter->scope), request->name, text,
                       sizeof text)) {
        sj_fail(greeter->scope, question, SJ_E_INVALID,
                "name is \"%s\"; expected somebody to greet", request->name);
        return;
    }
    const sj_greeter_greet_reply reply = {.greeting = text};
    sj_reply_greeter_greet(greeter->scope, question, &reply);
    const sj_greeter_greeted event = {.name = request->name};
    sj_publish_greeter_greeted(greeter->scope, greeter->greeted, &event);
}

static int greeter_init(sj_scope *scope, void *state, sj_error *error) {
    struct greeter_state *greeter = state;
    greeter->scope = scope;
    greeter->greeted = sj_greeter_greeted_topic(scope, error);
    if (greeter->greeted == NULL || sj_answer_greeter_greet(scope, greet, greeter, error) == NULL) {
        return error->code;
    }
    return SJ_OK;
}

SJ_PLUGIN("greeter", "Greeter", "1.0.0", "Greets whoever is named.", "",
          "request:greeter.greet event:greeter.greeted", 0, struct greeter_state, &greeter_schema,
          greeter_init, NULL, NULL, NULL);
