return {
  { enum = "discard_digits", of = { "none", "pre_dot", "pre_dot_trailing_pound", "trailing_pound", "no_digits" },
    doc = "Which digits of the number dialled are taken away." },
  { enum = "forward_reason", of = { "all", "busy", "no_answer", "unregistered", "do_not_disturb", "deflection" },
    doc = "Why a call goes elsewhere: all calls do, the phone is busy, it did not answer, it is not registered, Do Not Disturb is on, the phone redirected it." },
}
