"""What members did, as counts per quarter of an hour: recorded, read from history, erased. No content, ever."""
