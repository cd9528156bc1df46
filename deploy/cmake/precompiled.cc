// The source that the precompiled headers are made with; empty on purpose.
