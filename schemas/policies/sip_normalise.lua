return {
  policy = "sip.normalise",
  doc = "What is changed in a SIP message of a trunk or phone, as it comes in or goes out. Asked only for trunks with a Normalization Script, their own or their SIP profile's, and for phones whose SIP profile has one, but for REGISTER. By default nothing is changed.",
  input = {
    { "script", "text", doc = "The Normalization Script: whose habits count." },
    { "trunk", "text", doc = "The SIP trunk; empty: it is a phone." },
    { "direction", "enum", of = { "inbound", "outbound" }, doc = "Whether the message has come in, or is about to go out." },
    { "method", "text", doc = "INVITE, BYE ...; of a response that of its request." },
    { "status", "integer", doc = "Of a response; 0: it is a request." },
    { "request_uri", "text", doc = "Of a request." },
    { "headers", "list", item = "header", doc = "In the order of the message, but for credentials and challenges.", fields = {
      { "name", "text", doc = "In its long form." },
      { "value", "text", doc = "Folded lines joined." },
    } },
    { "sdp", "text", sensitive = true, doc = "The session description, when that is all of the body." },
    { "phone", "text", doc = "The phone; empty: it is a trunk." },
  },
  output = {
    { "request_uri", "text", max = 500, doc = "The request goes to this URI instead." },
    { "remove", "list", of = "text", max = 30, doc = "Names of headers that are taken out." },
    { "set", "list", item = "changed", max = 30, doc = "Headers that take the place of all with their name.", fields = {
      { "name", "text", max = 60, doc = "Its name." },
      { "value", "text", max = 1000, doc = "Its value; of From and To with the same tag." },
    } },
    { "add", "list", item = "added", max = 30, doc = "Headers that are put behind the others.", fields = {
      { "name", "text", max = 60, doc = "Its name." },
      { "value", "text", max = 1000, doc = "Its value." },
    } },
    { "sdp", "text", max = 49152, sensitive = true, doc = "The session description instead of that of the message." },
    { "reason", "text", max = 200, doc = "Why; shown by `policy explain`." },
  },
}
