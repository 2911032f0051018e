CREATE TABLE activity_crawled (
  guild INTEGER NOT NULL,
  quarter INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  member INTEGER NOT NULL,
  messages INTEGER NOT NULL CHECK (messages >= 0),
  PRIMARY KEY (guild, quarter, channel, member)
) WITHOUT ROWID;
CREATE INDEX activity_crawled_member ON activity_crawled (guild, member);

-- All messages of the channel with since <= id < until were read and counted. Ids, not instants: exact to a message.
CREATE TABLE activity_span (
  guild INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL CHECK (until > since),
  PRIMARY KEY (guild, channel, since)
) WITHOUT ROWID;
