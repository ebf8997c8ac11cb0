return {
  { enum = "discard_digits", of = { "none", "pre_dot", "pre_dot_trailing_pound", "trailing_pound", "no_digits" },
    doc = "Which digits of the number dialled are taken away." },
  { enum = "hunt_option", of = { "next_member_then_next_group", "next_member_only", "next_group", "stop" },
    doc = "What a hunt tries next. Try next member; then, try next group in Hunt List. Try next member, but do not go to next group. Skip remaining members, and go directly to next group. Stop hunting." },
  { enum = "weekday", of = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" }, doc = "A day of the week." },
  { enum = "call_record_state", of = { "offered", "answered", "ended", "split" }, doc = "What has become of a call that is on record; split: its parties are no longer connected with each other, as one of them has been transferred." },
  { enum = "forward_reason", of = { "all", "busy", "no_answer", "unregistered", "do_not_disturb", "deflection" },
    doc = "Why a call goes elsewhere: all calls do, the phone is busy, it did not answer, it is not registered, Do Not Disturb is on, the phone redirected it." },
  { enum = "routing_step_kind",
    of = { "caller", "policy", "lookup", "partition", "match", "beaten", "longer", "translation", "called_number", "calling_number", "route_list", "route_group",
           "local_route_group", "device", "phone", "forwarding", "outcome", "note", "admission", "cluster", "hunt_list", "line_group" },
    doc = "What a step of a routing decision is: who calls; what a policy decided; digits that are looked up, a partition that is searched, the match and what it beat, what more digits could match; a translation; a change of the called or the calling number; a route list, route group, what the Standard Local Route Group stands for, a gateway or trunk that is tried; a phone; a number that forwards; what comes of it; a remark; bandwidth on the way; what another cluster does then; a hunt list and its line groups." },
}
