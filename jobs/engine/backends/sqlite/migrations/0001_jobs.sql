CREATE TABLE job (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('waiting', 'delayed', 'blocked', 'active', 'paused', 'completed', 'failed', 'cancelled')),
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 127),
  lane TEXT NOT NULL,
  owner TEXT,
  labels TEXT NOT NULL,
  key TEXT,
  payload TEXT NOT NULL,
  context TEXT NOT NULL,
  metadata TEXT NOT NULL,
  policy TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  crashes INTEGER NOT NULL DEFAULT 0,
  crashes_in_place INTEGER NOT NULL DEFAULT 0, -- since a checkpoint moved
  claim_no INTEGER NOT NULL DEFAULT 0,
  boot TEXT,
  cancelling TEXT,
  stuck INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  progress TEXT,
  result TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  first_started_at INTEGER,
  started_at INTEGER,
  updated_at INTEGER NOT NULL,
  completed_at INTEGER,
  expires_at INTEGER,
  held_until INTEGER,
  CHECK ((state IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
  CHECK ((state = 'active') = (boot IS NOT NULL)),
  CHECK (state = 'active' OR (cancelling IS NULL AND stuck = 0))
);

CREATE UNIQUE INDEX job_key ON job (key)
  WHERE key IS NOT NULL AND state NOT IN ('completed', 'failed', 'cancelled');
CREATE INDEX job_claim ON job (type, lane, priority, seq) WHERE state = 'waiting';
CREATE INDEX job_active ON job (type, lane) WHERE state = 'active';
CREATE INDEX job_due ON job (run_at) WHERE state = 'delayed';
CREATE INDEX job_held ON job (held_until) WHERE state = 'paused' AND held_until IS NOT NULL;
CREATE INDEX job_expiry ON job (expires_at)
  WHERE expires_at IS NOT NULL AND state IN ('waiting', 'delayed', 'blocked');
CREATE INDEX job_finished ON job (state, completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX job_count ON job (type, state);
CREATE INDEX job_lane ON job (lane, type, state);
CREATE INDEX job_newest ON job (lane, seq);

-- A lane is the unit of fairness: jobs of one lane run in order, lanes of a type and priority take turns.
CREATE TABLE lane (
  type TEXT NOT NULL,
  lane TEXT NOT NULL,
  priority INTEGER NOT NULL,
  waiting INTEGER NOT NULL CHECK (waiting >= 0),
  turn INTEGER NOT NULL,
  PRIMARY KEY (type, lane, priority)
);
CREATE INDEX lane_order ON lane (type, priority DESC, turn, lane) WHERE waiting > 0;

-- The last turn served: a lane that becomes non-empty starts there, neither behind nor ahead of the others.
CREATE TABLE fair (priority INTEGER PRIMARY KEY, turn INTEGER NOT NULL);

CREATE TRIGGER job_put AFTER INSERT ON job WHEN NEW.state = 'waiting' BEGIN
  INSERT INTO lane VALUES (NEW.type, NEW.lane, NEW.priority, 1,
      coalesce((SELECT turn FROM fair WHERE priority = NEW.priority), 0))
    ON CONFLICT DO UPDATE SET
      turn = CASE waiting WHEN 0 THEN max(turn, excluded.turn) ELSE turn END,
      waiting = waiting + 1;
END;

CREATE TRIGGER job_enters AFTER UPDATE OF state ON job
WHEN NEW.state = 'waiting' AND OLD.state <> 'waiting' BEGIN
  INSERT INTO lane VALUES (NEW.type, NEW.lane, NEW.priority, 1,
      coalesce((SELECT turn FROM fair WHERE priority = NEW.priority), 0))
    ON CONFLICT DO UPDATE SET
      turn = CASE waiting WHEN 0 THEN max(turn, excluded.turn) ELSE turn END,
      waiting = waiting + 1;
END;

CREATE TRIGGER job_leaves AFTER UPDATE OF state ON job
WHEN OLD.state = 'waiting' AND NEW.state <> 'waiting' BEGIN
  INSERT INTO fair SELECT OLD.priority, turn FROM lane
    WHERE NEW.state = 'active' AND type = OLD.type AND lane = OLD.lane AND priority = OLD.priority
    ON CONFLICT DO UPDATE SET turn = max(turn, excluded.turn);
  UPDATE lane SET waiting = waiting - 1, turn = turn + (NEW.state = 'active')
    WHERE type = OLD.type AND lane = OLD.lane AND priority = OLD.priority;
END;

CREATE TRIGGER job_gone AFTER DELETE ON job WHEN OLD.state = 'waiting' BEGIN
  UPDATE lane SET waiting = waiting - 1
    WHERE type = OLD.type AND lane = OLD.lane AND priority = OLD.priority;
END;

CREATE TABLE attempt (
  job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  claim_no INTEGER NOT NULL,
  number INTEGER NOT NULL,
  type TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_as TEXT,
  error TEXT,
  PRIMARY KEY (job, claim_no)
) WITHOUT ROWID;
CREATE INDEX attempt_ended ON attempt (ended_at, type, ended_as, started_at) WHERE ended_at IS NOT NULL;

CREATE TABLE checkpoint (
  job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (job, name)
) WITHOUT ROWID;

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
  data TEXT NOT NULL
);
CREATE INDEX event_at ON event (at);

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
