return {
    { part = "place", doc = "A place.", fields = {
        { "floor", "integer", doc = "Which floor." },
        -- end of place
    } },
    { event = "lamp.switched", doc = "A lamp was switched.", fields = {
        -- start of event
        { "lamp", "text", doc = "Which lamp." },
        { "cause", "enum", of = { "switch", "timer" }, doc = "Why." },
        { "places", "list", part = "place", doc = "Where." },
        -- end of event
    } },
    { resource = "room", key = "name", doc = "A room.", fields = { { "name", "text", doc = "Its name." } } },
    { resource = "lamp", key = "name", plural = "lamps", doc = "A lamp.", fields = {
        -- start of resource
        { "name", "text", doc = "Its name." },
        { "power", "text", doc = "How strong." },
        { "socket", "enum", of = { "E27", "E14" }, doc = "What it is screwed into." },
        { "room", "reference", to = "room", doc = "Where it hangs." },
    } },
    { request = "lamp.switch", doc = "Switch a lamp.", command = "lamp switch", positional = { "lamp", "on" },
      fields = { { "lamp", "reference", to = "lamp", doc = "Which." }, { "on", "boolean", doc = "Whether it shall burn." } },
      reply = {
        { "was_on", "boolean", doc = "Before." },
        -- end of reply
    } },
    { parameters = "House", prefix = "house", doc = "A house.", fields = { { "limit", "integer", doc = "How many." } } },
    { policy = "lamp.brightness", doc = "How bright?", input = { { "name", "text", doc = "Which." } },
      output = { { "brightness", "integer", doc = "How bright." } } },
    { message = "greeting", doc = "Hello.", fields = { { "house", "text", doc = "Who speaks." } } },
}
