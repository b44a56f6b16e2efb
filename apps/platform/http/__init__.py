"""HTTP plumbing that every app's api shares: request ids, JSON, problems, pages, throttles, answers of commands."""
