/* What phones do when a softkey is pressed, and what this node answers: what phone_request.c and
 * forward_all_softkey.c refuse, and softkeys.c does not take, is refused here. */
#include "phones/softkey_answers.h"

static const char by_itself[] = "the phone does it by itself", refer[] = "603 to the phone's REFER",
                  pickup[] = "call pickup: INVITE of the feature",
                  conference[] = "a conference where a media service answers, else 603: REFER",
                  in_conference[] = "who is in the conference, 603 where there is none: REFER",
                  service[] = "503 to the phone's INVITE of the feature";

struct softkey_answer softkey_answer(sj_softkey_key key) {
    static const struct softkey_answer answers[] = {
        [SJ_SOFTKEY_KEY_UNDEFINED] = {false, "nothing: its place stays free"},
        [SJ_SOFTKEY_KEY_REDIAL] = {false, "a call: INVITE"},
        [SJ_SOFTKEY_KEY_NEW_CALL] = {false, by_itself},
        [SJ_SOFTKEY_KEY_HOLD] = {false, "hold: re-INVITE"},
        [SJ_SOFTKEY_KEY_TRANSFER] = {false, "transfer: REFER"},
        [SJ_SOFTKEY_KEY_FORWARD_ALL] = {false, "forward all: INVITE of the feature"},
        [SJ_SOFTKEY_KEY_BACKSPACE] = {false, by_itself},
        [SJ_SOFTKEY_KEY_END_CALL] = {false, "the end of the call: BYE or CANCEL"},
        [SJ_SOFTKEY_KEY_RESUME] = {false, "resume: re-INVITE"},
        [SJ_SOFTKEY_KEY_ANSWER] = {false, "the call is answered: 200"},
        [SJ_SOFTKEY_KEY_CONFERENCE] = {false, conference},
        [SJ_SOFTKEY_KEY_PARK] = {false, "call park: REFER"},
        [SJ_SOFTKEY_KEY_JOIN] = {false, conference},
        [SJ_SOFTKEY_KEY_MEET_ME] = {true, service},
        [SJ_SOFTKEY_KEY_PICKUP] = {false, pickup},
        [SJ_SOFTKEY_KEY_GROUP_PICKUP] = {false, pickup},
        [SJ_SOFTKEY_KEY_REMOVE_LAST_PARTY] = {false, in_conference},
        [SJ_SOFTKEY_KEY_CALL_BACK] = {false, "call back: REFER"},
        [SJ_SOFTKEY_KEY_DO_NOT_DISTURB] = {false, "Do Not Disturb: PUBLISH"},
        [SJ_SOFTKEY_KEY_QUALITY_REPORT] = {true, refer},
        [SJ_SOFTKEY_KEY_MALICIOUS_CALL_ID] = {false, "malicious call identification: REFER"},
        [SJ_SOFTKEY_KEY_SELECT] = {false, "the choice of calls for the key Join: REFER"},
        [SJ_SOFTKEY_KEY_CONFERENCE_LIST] = {false, in_conference},
        [SJ_SOFTKEY_KEY_IMMEDIATE_DIVERT] = {false, "immediate divert: REFER"},
        [SJ_SOFTKEY_KEY_OTHER_PICKUP] = {false, pickup},
        [SJ_SOFTKEY_KEY_HUNT_GROUP_LOG_OUT] = {false, "into or out of its hunt groups: REFER"},
        [SJ_SOFTKEY_KEY_ABBREVIATED_DIAL] = {false,
                                             "a call of a speed dial: INVITE of the feature"},
        [SJ_SOFTKEY_KEY_RECORD] = {true, refer},
    };
    return answers[key];
}
