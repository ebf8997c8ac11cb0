return {
  resource = "call_manager_group", title = "Cisco Unified Communications Manager Group", menu = "System > Cisco Unified CM Group", key = "name",
  doc = "The nodes that phones register with, in order of preference.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "nodes", "list", of = "text", max = 16, title = "Selected Cisco Unified Communications Managers",
      doc = "Names of nodes, in order; empty: all nodes of the cluster on which the call manager is active." },
  },
  factory = { { name = "Default" } },
}
