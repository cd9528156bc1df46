"""The benchmark `codec`: how few bytes a cut tensor takes, what that costs, and beside what."""
