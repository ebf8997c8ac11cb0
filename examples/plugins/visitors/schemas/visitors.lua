-- Visitors: how many users of which cluster are logged in on phones of ours.
return {
    {
        request = "visitors.report",
        command = "visitors report",
        doc = "Users of other clusters on phones of this one.",
        fields = {},
        reply = {
            { "now", "integer", doc = "Visitors logged in." },
            { "clusters", "list", item = "cluster", doc = "In the order in which they first came.", fields = {
                { "remote_cluster_id", "text", doc = "Whose users." },
                { "now", "integer", doc = "Logged in." },
                { "most", "integer", doc = "The most there have been at once since the plugin started." },
                { "logins", "integer", doc = "Logins since the plugin started." },
            } },
        },
    },
    {
        parameters = "Visitors",
        prefix = "visitors",
        doc = "What the plugin tells by itself.",
        fields = {
            { "summary_interval", "minutes", title = "Summary Interval", min = 1, max = 1440, default = 60,
              doc = "Every so often a line in the log says how many visitors there are. A change counts from the next line on." },
        },
    },
}
