-- Columns stand in the order of the fields of `jobs.engine.model.Job`; what only the store knows comes last.
-- Conditions that every write of a row passes are spelt out, the usual first: IN with more than two values makes SQLite
-- build and search a table.
CREATE TABLE job (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'active' OR state = 'completed'
    OR state IN ('delayed', 'blocked', 'paused', 'failed', 'cancelled')),
  payload TEXT NOT NULL,
  policy TEXT NOT NULL, -- what differs from the usual one
  created_at INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 127),
  lane TEXT NOT NULL,
  owner TEXT,
  labels TEXT, -- NULL for none, like `context`, `metadata` and `depends_on`
  key TEXT,
  context TEXT,
  metadata TEXT,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  crashes INTEGER NOT NULL DEFAULT 0,
  claim_no INTEGER NOT NULL DEFAULT 0,
  cancelling TEXT,
  stuck INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  progress TEXT,
  result TEXT,
  error TEXT,
  first_started_at INTEGER,
  started_at INTEGER,
  completed_at INTEGER,
  expires_at INTEGER,
  depends_on TEXT,
  payload_sum INTEGER, -- CRC-32 of the text, which SQLite itself does not check; NULL for rows without
  result_sum INTEGER,
  boot TEXT,
  held_until INTEGER,
  holding TEXT, -- a pause asked of a running job, with the claim it was asked of: a crash does not forget it
  crashes_in_place INTEGER NOT NULL DEFAULT 0, -- since a checkpoint moved
  CHECK ((state = 'completed' OR state = 'failed' OR state = 'cancelled') = (completed_at IS NOT NULL)),
  CHECK ((state = 'active') = (boot IS NOT NULL)),
  CHECK (state = 'active' OR (cancelling IS NULL AND stuck = 0))
);

-- The way of most jobs, waiting to active to completed, touches no index that is kept only to count: what waits is
-- counted by lane, what runs and what has ended by the indexes that serve them anyway.
CREATE UNIQUE INDEX job_key ON job (key)
  WHERE key IS NOT NULL AND state NOT IN ('completed', 'failed', 'cancelled');
CREATE INDEX job_claim ON job (type, lane, priority, seq) WHERE state = 'waiting';
-- A stuck job has lost its place to the next one: whatever counts places does not see it.
CREATE INDEX job_active ON job (type, lane) WHERE state = 'active' AND stuck = 0;
CREATE INDEX job_stuck ON job (type) WHERE stuck = 1;
CREATE INDEX job_due ON job (run_at) WHERE state = 'delayed';
CREATE INDEX job_held ON job (held_until) WHERE state = 'paused' AND held_until IS NOT NULL;
-- What has started once was in time, whatever brings it back.
CREATE INDEX job_expiry ON job (expires_at)
  WHERE expires_at IS NOT NULL AND first_started_at IS NULL AND state IN ('waiting', 'delayed', 'blocked');
CREATE INDEX job_finished ON job (state, completed_at, type, started_at) WHERE completed_at IS NOT NULL;
CREATE INDEX job_aside ON job (lane, type, state)
  WHERE state = 'delayed' OR state = 'blocked' OR state = 'paused';
CREATE INDEX job_newest ON job (lane, seq);

-- A lane is the unit of fairness: jobs of one lane run in order, lanes of a type and priority take turns.
CREATE TABLE lane (
  type TEXT NOT NULL,
  lane TEXT NOT NULL,
  priority INTEGER NOT NULL,
  waiting INTEGER NOT NULL CHECK (waiting >= 0),
  turn INTEGER NOT NULL DEFAULT 0,
  open INTEGER NOT NULL DEFAULT 0, -- whether a job waits: apart from their number, so that counting moves no index
  PRIMARY KEY (type, lane, priority)
);
CREATE INDEX lane_order ON lane (type, priority DESC, turn, lane) WHERE open = 1;

-- The last turn served: a lane that becomes non-empty starts there, neither behind nor ahead of the others.
CREATE TABLE fair (priority INTEGER PRIMARY KEY, turn INTEGER NOT NULL);

CREATE TRIGGER job_put AFTER INSERT ON job WHEN NEW.state = 'waiting' BEGIN
  INSERT INTO lane (type, lane, priority, waiting) VALUES (NEW.type, NEW.lane, NEW.priority, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
END;

CREATE TRIGGER job_enters AFTER UPDATE OF state ON job
WHEN NEW.state = 'waiting' AND OLD.state <> 'waiting' BEGIN
  INSERT INTO lane (type, lane, priority, waiting) VALUES (NEW.type, NEW.lane, NEW.priority, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
END;

CREATE TRIGGER job_leaves AFTER UPDATE OF state ON job
WHEN OLD.state = 'waiting' AND NEW.state <> 'waiting' BEGIN
  UPDATE lane SET waiting = waiting - 1
    WHERE type = OLD.type AND lane = OLD.lane AND priority = OLD.priority;
END;

CREATE TRIGGER job_gone AFTER DELETE ON job WHEN OLD.state = 'waiting' BEGIN
  UPDATE lane SET waiting = waiting - 1
    WHERE type = OLD.type AND lane = OLD.lane AND priority = OLD.priority;
END;

CREATE TRIGGER lane_made AFTER INSERT ON lane BEGIN
  UPDATE lane SET open = 1, turn = coalesce((SELECT turn FROM fair WHERE priority = NEW.priority), 0)
    WHERE rowid = NEW.rowid;
END;

CREATE TRIGGER lane_opens AFTER UPDATE OF waiting ON lane WHEN OLD.waiting = 0 BEGIN
  UPDATE lane SET open = 1, turn = max(turn, coalesce((SELECT turn FROM fair WHERE priority = NEW.priority), 0))
    WHERE rowid = NEW.rowid;
END;

CREATE TRIGGER lane_closes AFTER UPDATE OF waiting ON lane WHEN NEW.waiting = 0 BEGIN
  UPDATE lane SET open = 0 WHERE rowid = NEW.rowid;
END;

-- A job that waits for others; kept until the child goes, so that a retried child still finds its parents' results.
CREATE TABLE dependency (
  child TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  parent TEXT NOT NULL,
  anyway INTEGER NOT NULL, -- the child runs even when this parent failed or was cancelled
  PRIMARY KEY (child, parent)
) WITHOUT ROWID;
CREATE INDEX dependency_parent ON dependency (parent, child);

-- Attempts that did not complete their job. The one that runs and the one that completed are in the job's own row.
CREATE TABLE broken_attempt (
  seq INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
  claim_no INTEGER NOT NULL,
  number INTEGER NOT NULL,
  type TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  ended_as TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (seq, claim_no)
) WITHOUT ROWID;
CREATE INDEX broken_attempt_ended ON broken_attempt (ended_at, type, ended_as, started_at);

CREATE TABLE checkpoint (
  job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (job, name)
) WITHOUT ROWID;

-- Effects written ahead: what was intended before the request, what came of it after. Open while settled_at is NULL.
CREATE TABLE journal (
  job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  intent TEXT NOT NULL,
  result TEXT,
  intended_at INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (job, key)
) WITHOUT ROWID;
CREATE INDEX journal_open ON journal (job, key) WHERE settled_at IS NULL;

CREATE TABLE log_line (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX log_line_job ON log_line (job, number);

CREATE TABLE event (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  job TEXT,
  data TEXT -- NULL for none
);

-- When jobs of a type with a rate limit started; what is older than the type's window is deleted at the next claim.
CREATE TABLE rate_start (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX rate_start_type ON rate_start (type, at);

CREATE TABLE record (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  lane TEXT NOT NULL,
  value TEXT NOT NULL,
  version INTEGER NOT NULL,
  expires_at INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX record_expiry ON record (expires_at) WHERE expires_at IS NOT NULL;
