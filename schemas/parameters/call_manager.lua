return {
  parameters = "Cisco CallManager", prefix = "ccm", title = "Service Parameters: Cisco CallManager",
  doc = "Parameters of call processing.",
  fields = {
    { "sip_station_keep_alive_interval", "integer", min = 30, max = 3600, default = 120, unit = "s", title = "SIP Station KeepAlive Interval", doc = "The registration interval granted to phones." },
    { "auto_registration", "boolean", title = "Auto-registration", doc = "Create phones that are not known. Keep it off with EMCC." },
    { "maximum_calls", "integer", min = 1, max = 100000, default = 20000, title = "Maximum Calls", doc = "Calls held at once; more are refused with 503." },
    { "digit_analysis_complexity", "enum", of = { "standard", "traced" }, title = "Digit Analysis Complexity", doc = "Traced: write alternatives considered into the trace of each call." },
  },
}
