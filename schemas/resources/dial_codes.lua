-- What a caller keys in beside the number, where a route pattern asks for it.
return {
  { resource = "forced_authorization_code", title = "Forced Authorization Code", menu = "Call Routing > Forced Authorization Codes", key = "name",
    doc = "Who knows the code may make calls up to its level.",
    fields = {
      { "name", "text", required = true, max = 50, format = "name", title = "Authorization Code Name", doc = "Its name, which call records say." },
      { "code", "text", required = true, min = 1, max = 16, format = "digits", unique = true, sensitive = true, title = "Authorization Code", doc = "What callers key in: digits." },
      { "level", "integer", min = 0, max = 255, title = "Authorization Level", doc = "It opens route patterns of this level and of lower ones." },
    } },
  { resource = "client_matter_code", title = "Client Matter Code", menu = "Call Routing > Client Matter Codes", key = "code",
    doc = "For whom a call is made: call records say it.",
    fields = {
      { "code", "text", required = true, min = 1, max = 16, format = "digits", title = "Client Matter Code", doc = "What callers key in: digits." },
      { "description", "text", max = 128, title = "Description", doc = "Free text." },
    } },
}
