-- What a phone, a device profile and what is composed of both say alike.
return {
  { enum = "device_protocol", of = { "SIP", "SCCP" }, doc = "What a phone speaks with its call manager." },
  { enum = "single_button_barge", of = { "off", "barge", "cbarge" }, doc = "Whether the line key of a call on a shared line joins it." },
  { enum = "do_not_disturb_option", of = { "common_phone_profile", "ringer_off", "call_reject" },
    doc = "What Do Not Disturb does: as the common phone profile says, or this." },
  { enum = "do_not_disturb_alert", of = { "common_phone_profile", "disable", "beep_only", "flash_only" },
    doc = "How a call is shown during Do Not Disturb: as the common phone profile says, or this." },
  { enum = "mlpp_indication", of = { "default", "off", "on" }, doc = "Whether a phone plays precedence tones." },
  { enum = "phone_setting", of = { "not_set", "disabled", "enabled" }, doc = "A setting of a phone, which may be left to what stands above it." },
  { enum = "softkey_key", of = { "undefined", "redial", "new_call", "hold", "transfer", "forward_all", "backspace", "end_call", "resume", "answer", "conference", "park", "join", "meet_me", "pickup", "group_pickup", "remove_last_party", "call_back", "do_not_disturb", "quality_report", "malicious_call_id", "select", "conference_list", "immediate_divert", "other_pickup", "hunt_group_log_out", "abbreviated_dial", "record" },
    doc = "What a softkey does." },
  { enum = "mlpp_preemption", of = { "default", "disabled", "forceful" }, doc = "Whether a call of higher precedence may use the phone." },
}
