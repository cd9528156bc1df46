"""The benchmark `adaptation`: the right path for every request, whatever the link does."""
