"""Speed as ratios measured side by side in one run: this engine, huey on SQLite, and raw SQLite."""
