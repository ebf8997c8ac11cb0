return {
  parameters = "Cisco CDR Agent", prefix = "cdr", title = "Service Parameters: Cisco CDR Agent",
  doc = "Parameters of call detail records.",
  fields = {
    { "node_id", "integer", min = 1, max = 99, default = 1, title = "CDR Node ID", doc = "Number of this node in the records and in the names of their files; another one on each node of a cluster." },
    { "file_time_interval_min", "integer", min = 1, max = 1440, default = 1, unit = "minutes", title = "CDR File Time Interval", doc = "How long one file is written before it is finished and sent." },
    { "log_zero_duration", "boolean", title = "CDR Log Calls with Zero Duration Flag", doc = "Records also of calls that were not connected for a second and did not fail, as when the caller hung up first. Failed calls are on record in any case." },
    { "preservation_days", "integer", min = 1, max = 180, default = 30, unit = "days", title = "CDR / CMR Files Preservation Duration", doc = "After which finished files are removed." },
    { "disk_allocation_mb", "integer", min = 10, max = 1000000, default = 3328, unit = "MB", title = "Disk Allocation for CDR Files", doc = "Finished files beyond it are removed, the oldest first; a warning says so, and which had not been sent." },
  },
}
