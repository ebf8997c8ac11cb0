return {
  { resource = "lbm_hub_group", title = "LBM Intercluster Replication Group", menu = "System > Location Info > LBM Intercluster Replication Group", key = "name",
    doc = "Hubs: Location Bandwidth Managers that tell those of other clusters of their locations, links and calls. Certificates must have been exchanged, and the row LBM be on in the remote cluster records on both sides.",
    fields = {
      { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
      { "description", "text", max = 128, doc = "Free text." },
      { "members", "list", of = "text", max = 16, title = "Members", doc = "Names of nodes of this cluster that are hubs; a node of no group is a spoke." },
      { "bootstrap_hubs", "list", of = "reference", to = "remote_cluster", max = 3, title = "Bootstrap Servers",
        doc = "Clusters whose hubs are asked first; all further hubs are learned of them. Empty: others ask this one." },
      { "location_and_link_management_cluster", "text", max = 50, format = "cluster_id", title = "Location and Link Management Cluster",
        doc = "Its Cluster Id: what it states of links and bandwidth counts alone, and the locations of the others have neither. Name the same in all clusters. Empty: what all state is laid over each other." },
    } },
}
