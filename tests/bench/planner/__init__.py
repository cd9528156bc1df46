"""The benchmark `planner`: how exact the planner is, and how fast."""
