return {
  parameters = "Cisco CallManager", prefix = "ccm", title = "Service Parameters: Cisco CallManager",
  doc = "Parameters of call processing.",
  fields = {
    { "sip_station_keep_alive_interval", "integer", min = 30, max = 3600, default = 120, unit = "s", title = "SIP Station KeepAlive Interval", doc = "The registration interval granted to phones." },
    { "auto_registration", "boolean", title = "Auto-registration", doc = "Create phones that are not known. Keep it off with EMCC." },
    { "maximum_calls", "integer", min = 1, max = 100000, default = 20000, title = "Maximum Calls", doc = "Calls held at once; more are refused with 503." },
    { "digit_analysis_complexity", "enum", of = { "standard", "traced" }, title = "Digit Analysis Complexity", doc = "Traced: write alternatives considered into the trace of each call." },
    { "forward_no_answer_timer", "integer", min = 1, max = 300, default = 12, unit = "s", title = "Forward No Answer Timer", doc = "How long a number rings before a call is forwarded for want of an answer, where the number itself does not say." },
    { "t301_timer", "integer", min = 10, max = 3600, default = 180, unit = "s", title = "T301 Timer", doc = "How long a call that is not answered and that is not forwarded rings before it is given up." },
    { "forward_maximum_hop_count", "integer", min = 1, max = 60, default = 12, title = "Forward Maximum Hop Count", doc = "How often one call may be forwarded, in this cluster and before it came; then it is ended." },
    { "cfa_css_activation_policy", "enum", of = { "with_configured_css", "with_activating_device_line_css" }, title = "CFA CSS Activation Policy", doc = "Which calling search spaces count when a user sets forward all on a phone: those configured for the number, or those of the phone and its line at that moment. For a visitor these are the line CSS and the EMCC CSS, never the adjunct CSS." },
    { "cfa_destination_override", "boolean", title = "CFA Destination Override", doc = "Let the number to which all calls are forwarded still ring the number that forwards them." },
  },
}
