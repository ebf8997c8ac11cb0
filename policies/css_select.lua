-- Which calling search spaces the phone of a traveller gets, the most important first.
--
-- The adjunct CSS belongs to the place where the phone stands and holds the emergency numbers of that country, so it comes first.
-- Then the line's CSS, as at home, and last the EMCC CSS of the device profile, which takes the place of the device's CSS.

return {
  about = "The built-in order: adjunct CSS, line CSS, EMCC CSS.",

  hooks = {
    ["css.select"] = function(input)
      local order = {
        input.adjunct_calling_search_space,
        input.line_calling_search_space,
        input.emcc_calling_search_space,
      }
      local spaces, seen = {}, {}
      for _, name in ipairs(order) do
        if name ~= "" and not seen[name] then
          seen[name] = true
          table.insert(spaces, name)
        end
      end
      return { calling_search_spaces = spaces, reason = "adjunct CSS, line CSS, EMCC CSS" }
    end,
  },

  tests = {
    {
      name = "all three, in this order",
      hook = "css.select",
      input = {
        user_id = "alice", visiting_cluster_id = "BR", roaming_device_pool = "DP_uk",
        adjunct_calling_search_space = "CSS_uk_emergency",
        line_calling_search_space = "CSS_alice",
        emcc_calling_search_space = "CSS_emcc",
      },
      expect = { calling_search_spaces = { "CSS_uk_emergency", "CSS_alice", "CSS_emcc" } },
    },
    {
      name = "no adjunct CSS: both clusters dial emergency numbers alike",
      hook = "css.select",
      input = { line_calling_search_space = "CSS_alice", emcc_calling_search_space = "CSS_emcc" },
      expect = { calling_search_spaces = { "CSS_alice", "CSS_emcc" } },
    },
    {
      name = "the same CSS twice is searched once",
      hook = "css.select",
      input = { line_calling_search_space = "CSS_all", emcc_calling_search_space = "CSS_all" },
      expect = { calling_search_spaces = { "CSS_all" } },
    },
    {
      name = "nothing configured",
      hook = "css.select",
      input = { user_id = "alice" },
      expect = { calling_search_spaces = {} },
    },
  },
}
