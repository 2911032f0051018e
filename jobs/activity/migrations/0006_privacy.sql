-- Members of whom nothing before `at` (ms) is kept: they had opted out and are back, or had what was kept of them erased.
-- Not known is not the same as nothing. Guild 0 stands for every guild, here and in activity_opt_out.
ALTER TABLE activity_opted_in RENAME TO activity_known_since;

-- What is left of counts that were kept long enough: sums by month (UTC, like 202610) and channel, without members.
-- Joins and leaves, which are of no channel, stand at channel 0.
CREATE TABLE activity_month (
  guild INTEGER NOT NULL,
  month INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  messages INTEGER NOT NULL CHECK (messages >= 0),
  voice_ms INTEGER NOT NULL CHECK (voice_ms >= 0),
  replies INTEGER NOT NULL CHECK (replies >= 0),
  threads INTEGER NOT NULL CHECK (threads >= 0),
  reactions INTEGER NOT NULL CHECK (reactions >= 0),
  joins INTEGER NOT NULL CHECK (joins >= 0),
  leaves INTEGER NOT NULL CHECK (leaves >= 0),
  PRIMARY KEY (guild, month, channel)
) WITHOUT ROWID;

-- Up to which quarter the counts by member are gone, so that history is never read and summed again behind it.
CREATE TABLE activity_swept (
  guild INTEGER PRIMARY KEY,
  before INTEGER NOT NULL
) WITHOUT ROWID;
