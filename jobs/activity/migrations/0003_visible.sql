-- When the bot was told what happens in a channel; until is NULL while it still is. Meant together with the online
-- times of the guild: only in both was the channel recorded.
CREATE TABLE activity_visible (
  guild INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (guild, channel, since)
) WITHOUT ROWID;
CREATE UNIQUE INDEX activity_visible_now ON activity_visible (guild, channel) WHERE until IS NULL;
