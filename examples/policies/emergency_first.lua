-- Emergency numbers of the visited country first, whatever was forgotten in the device pools.
--
-- The adjunct CSS of a roaming device pool is easily left empty, and nobody notices until somebody dials 112. This policy knows
-- one emergency CSS per country and puts it in front whenever the pool has none. Countries that are not in the table are
-- left to the built-in order.

local emergency = {
  GB = "CSS_emergency_gb", -- 999 and 112
  DE = "CSS_emergency_de", -- 112 and 110
  US = "CSS_emergency_us", -- 911
}

return {
  about = "An emergency CSS per country where the roaming device pool has no adjunct CSS.",

  hooks = {
    ["css.select"] = function(input)
      local first = emergency[input.geolocation.country:upper()]
      if input.adjunct_calling_search_space ~= "" or not first then
        return nil -- the built-in order decides
      end
      local spaces = { first }
      for _, name in ipairs({ input.line_calling_search_space, input.emcc_calling_search_space }) do
        if name ~= "" then
          table.insert(spaces, name)
        end
      end
      return {
        calling_search_spaces = spaces,
        reason = ("%s has no adjunct CSS, the phone stands in %s"):format(input.roaming_device_pool, input.geolocation.country),
      }
    end,
  },

  tests = {
    {
      name = "a pool without adjunct CSS gets the country's",
      hook = "css.select",
      input = {
        roaming_device_pool = "DP_uk", geolocation = { country = "gb" },
        line_calling_search_space = "CSS_alice", emcc_calling_search_space = "CSS_emcc",
      },
      expect = {
        calling_search_spaces = { "CSS_emergency_gb", "CSS_alice", "CSS_emcc" },
        reason = "DP_uk has no adjunct CSS, the phone stands in gb",
      },
    },
    {
      name = "a pool that has one keeps it",
      hook = "css.select",
      input = { geolocation = { country = "GB" }, adjunct_calling_search_space = "CSS_uk_emergency" },
      declines = true,
    },
    {
      name = "a country we know nothing of",
      hook = "css.select",
      input = { geolocation = { country = "NZ" }, line_calling_search_space = "CSS_alice" },
      declines = true,
    },
    {
      name = "a phone without a place",
      hook = "css.select",
      input = { line_calling_search_space = "CSS_alice" },
      declines = true,
    },
  },
}
