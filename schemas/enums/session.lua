return {
  { enum = "session_kind", of = { "local", "home", "visiting" },
    doc = "Which side of a login this cluster is: both, the user's home, or the phone's." },
  { enum = "login_type", of = { "uid", "sp", "dn" }, doc = "What was typed to log in: a user id, a self-service id, a directory number." },
}
