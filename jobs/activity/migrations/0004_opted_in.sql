-- Members who had opted out and are back. What they did before is not known, which is not the same as nothing.
CREATE TABLE activity_opted_in (
  guild INTEGER NOT NULL,
  member INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (guild, member)
) WITHOUT ROWID;
