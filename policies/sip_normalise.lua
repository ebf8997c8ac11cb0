-- What is changed in the SIP messages of trunks and phones with a Normalization Script: nothing.
--
-- What the peer of a trunk, or a phone, needs otherwise is written like this; examples/policies/sip_providers.lua has what providers want most often.

return {
  about = "Changes nothing.",

  hooks = {
    ["sip.normalise"] = function(input)
      return { reason = "nothing is changed" }
    end,
  },

  tests = {
    {
      name = "a call goes out as it is",
      hook = "sip.normalise",
      input = { script = "any", trunk = "Provider", direction = "outbound", method = "INVITE", request_uri = "sip:555@provider.example" },
      expect = { remove = {}, set = {}, add = {}, request_uri = "", sdp = "" },
    },
  },
}
