-- How long a login may last, or why it is refused.
--
-- The user's own maximum counts before the service parameter's, and that one only where it is enforced. An application may
-- ask for less, never for more. 0 minutes is a login without an end.

return {
  about = "The built-in limit: the user's own maximum, else the service parameter.",

  hooks = {
    ["login.limit"] = function(input)
      local minutes, reason = 0, "no maximum login time"
      if input.user_maximum_minutes > 0 then
        minutes, reason = input.user_maximum_minutes, "the user's own maximum login time"
      elseif input.enforced and input.parameter_minutes > 0 then
        minutes, reason = input.parameter_minutes, "the service parameter's maximum login time"
      end
      if input.requested_minutes > 0 and (minutes == 0 or input.requested_minutes < minutes) then
        minutes, reason = input.requested_minutes, "the application asked for it"
      end
      return { allowed = true, minutes = minutes, reason = reason }
    end,
  },

  tests = {
    {
      name = "across clusters the parameter is always enforced",
      hook = "login.limit",
      input = { user_id = "alice", inter_cluster = true, remote_cluster_id = "BR", parameter_minutes = 600, enforced = true },
      expect = { allowed = true, minutes = 600, reason = "the service parameter's maximum login time" },
    },
    {
      name = "within the cluster it may be off",
      hook = "login.limit",
      input = { user_id = "alice", parameter_minutes = 480, enforced = false },
      expect = { allowed = true, minutes = 0 },
    },
    {
      name = "the user's own maximum comes first",
      hook = "login.limit",
      input = { user_id = "alice", user_maximum_minutes = 90, parameter_minutes = 480, enforced = true },
      expect = { minutes = 90 },
    },
    {
      name = "an application may ask for less",
      hook = "login.limit",
      input = { parameter_minutes = 480, enforced = true, requested_minutes = 30 },
      expect = { minutes = 30, reason = "the application asked for it" },
    },
    {
      name = "but not for more",
      hook = "login.limit",
      input = { parameter_minutes = 480, enforced = true, requested_minutes = 1000 },
      expect = { minutes = 480 },
    },
  },
}
