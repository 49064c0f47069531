"""Who is scored how."""
