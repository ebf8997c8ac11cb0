-- What this plugin brings: a request it answers, the event that tells of it, and a parameter that administrators set.
return {
    {
        request = "greeter.greet",
        command = "greeter greet",
        positional = { "name" },
        doc = "Greet somebody.",
        fields = { { "name", "text", required = true, max = 64, doc = "Whom." } },
        reply = { { "greeting", "text", doc = "What was said." } },
    },
    {
        event = "greeter.greeted",
        doc = "Somebody was greeted.",
        fields = { { "name", "text", doc = "Who." } },
    },
    {
        parameters = "Greeter",
        prefix = "greeter",
        doc = "How greetings sound.",
        fields = {
            { "salutation", "text", default = "Good day", max = 32, doc = "The word before the name." },
        },
    },
}
