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

CREATE INDEX lane_waiting ON lane (waiting) WHERE waiting > 0;
