return {
  resource = "presence_group", title = "BLF Presence Group", menu = "System > BLF Presence Group", key = "name",
  doc = "Phones, users and directory numbers that may watch each other. Within a group everybody may; between groups as their relationships say. BLF speed dials are not asked for it.",
  fields = {
    { "name", "text", required = true, max = 50, format = "name", doc = "Its name." },
    { "description", "text", max = 128, doc = "Free text." },
    { "relationships", "list", part = "presence_group_relationship", max = 200, title = "BLF Presence Group Relationship",
      doc = "What its members may watch of other groups, each direction by itself." },
  },
  factory = { { name = "Standard Presence group", description = "Standard Presence group" } },
}
