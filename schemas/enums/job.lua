return {
  { enum = "job_run", of = { "immediately", "later" }, doc = "When a job runs." },
}
