-- Of the messages, those that answer another; threads opened; reactions given.
ALTER TABLE activity ADD COLUMN replies INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN threads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN reactions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity_crawled ADD COLUMN replies INTEGER NOT NULL DEFAULT 0;

CREATE TABLE activity_membership (
  guild INTEGER NOT NULL,
  quarter INTEGER NOT NULL,
  member INTEGER NOT NULL,
  joins INTEGER NOT NULL CHECK (joins >= 0),
  leaves INTEGER NOT NULL CHECK (leaves >= 0),
  PRIMARY KEY (guild, quarter, member)
) WITHOUT ROWID;
CREATE INDEX activity_membership_member ON activity_membership (guild, member);

-- What was listened to meanwhile, as bits (jobs.activity.store.Source); until now messages and voice.
ALTER TABLE activity_online ADD COLUMN sources INTEGER NOT NULL DEFAULT 3;
