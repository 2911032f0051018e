"""The engine's tables, one numbered SQL file a step."""
