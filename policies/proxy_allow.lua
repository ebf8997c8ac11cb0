-- Whether a request that came through a web proxy, or on behalf of another user, is served.
--
-- A proxy betrays itself by the HTTP header Via, and then the address that asks is not the phone's. That matters only where
-- addresses are checked: with Validate IP Address on, Allow Proxy (EMCC Allow Proxy across clusters) decides.

return {
  about = "The built-in rule: Allow Proxy decides when addresses are validated.",

  hooks = {
    ["proxy.allow"] = function(input)
      local parameter = input.emcc and "EMCC Allow Proxy" or "Allow Proxy"
      if not input.via_header then
        return { allowed = true, reason = "no proxy in between" }
      elseif not input.validate_ip_address then
        return { allowed = true, reason = "addresses are not validated" }
      elseif input.allow_proxy then
        return { allowed = true, reason = parameter .. " is True" }
      end
      return { allowed = false, reason = parameter .. " is False" }
    end,
  },

  tests = {
    {
      name = "a phone that asks by itself",
      hook = "proxy.allow",
      input = { device_name = "SEP001122334455", via_header = false, validate_ip_address = true, allow_proxy = false },
      expect = { allowed = true },
    },
    {
      name = "a proxy, where addresses are not validated",
      hook = "proxy.allow",
      input = { device_name = "SEP001122334455", via_header = true, validate_ip_address = false, allow_proxy = false },
      expect = { allowed = true },
    },
    {
      name = "a proxy that is allowed",
      hook = "proxy.allow",
      input = { via_header = true, validate_ip_address = true, allow_proxy = true, emcc = true },
      expect = { allowed = true, reason = "EMCC Allow Proxy is True" },
    },
    {
      name = "a proxy that is not",
      hook = "proxy.allow",
      input = { via_header = true, validate_ip_address = true, allow_proxy = false },
      expect = { allowed = false, reason = "Allow Proxy is False" },
    },
  },
}
