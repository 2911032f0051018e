CREATE TABLE activity (
  guild INTEGER NOT NULL,
  quarter INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  member INTEGER NOT NULL,
  messages INTEGER NOT NULL CHECK (messages >= 0),
  voice_ms INTEGER NOT NULL CHECK (voice_ms >= 0),
  PRIMARY KEY (guild, quarter, channel, member)
) WITHOUT ROWID;
CREATE INDEX activity_member ON activity (guild, member);

CREATE TABLE activity_online (
  guild INTEGER NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL CHECK (until >= since),
  PRIMARY KEY (guild, since)
) WITHOUT ROWID;

CREATE TABLE activity_opt_out (
  guild INTEGER NOT NULL,
  member INTEGER NOT NULL,
  PRIMARY KEY (guild, member)
) WITHOUT ROWID;
