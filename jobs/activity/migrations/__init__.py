"""The activity room's tables, one numbered SQL file a step."""
