-- What a phone, a device profile and what is composed of both say alike.
return {
  { enum = "device_protocol", of = { "SIP", "SCCP" }, doc = "What a phone speaks with its call manager." },
  { enum = "single_button_barge", of = { "off", "barge", "cbarge" }, doc = "Whether the line key of a call on a shared line joins it." },
  { enum = "do_not_disturb_option", of = { "common_phone_profile", "ringer_off", "call_reject" },
    doc = "What Do Not Disturb does: as the common phone profile says, or this." },
  { enum = "do_not_disturb_alert", of = { "common_phone_profile", "disable", "beep_only", "flash_only" },
    doc = "How a call is shown during Do Not Disturb: as the common phone profile says, or this." },
  { enum = "mlpp_indication", of = { "default", "off", "on" }, doc = "Whether a phone plays precedence tones." },
  { enum = "mlpp_preemption", of = { "default", "disabled", "forceful" }, doc = "Whether a call of higher precedence may use the phone." },
}
