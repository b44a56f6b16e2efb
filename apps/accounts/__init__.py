"""Who may do what: people, their sessions and tokens, their roles per scope."""
