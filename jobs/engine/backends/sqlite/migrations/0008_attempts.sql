-- Attempts lie in the order of their jobs, not of their jobs' random ids: those that end together share a page.
CREATE TABLE attempt_in_order (
  seq INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
  claim_no INTEGER NOT NULL,
  number INTEGER NOT NULL,
  type TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_as TEXT,
  error TEXT,
  PRIMARY KEY (seq, claim_no)
) WITHOUT ROWID;
INSERT INTO attempt_in_order
  SELECT job.seq, claim.claim_no, number, claim.type, claim.started_at, ended_at, ended_as, claim.error
  FROM attempt claim JOIN job ON job.id = claim.job;
DROP TABLE attempt;
ALTER TABLE attempt_in_order RENAME TO attempt;
CREATE INDEX attempt_ended ON attempt (ended_at, type, ended_as, started_at) WHERE ended_at IS NOT NULL;
