"""The benchmark `http`: what asking over HTTP costs, and what it does to inference."""
