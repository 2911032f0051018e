ALTER TABLE job ADD COLUMN depends_on TEXT NOT NULL DEFAULT '[]';

-- A job that waits for others; kept until the child goes, so that a retried child still finds its parents' results.
CREATE TABLE dependency (
  child TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  parent TEXT NOT NULL,
  anyway INTEGER NOT NULL, -- the child runs even when this parent failed or was cancelled
  PRIMARY KEY (child, parent)
) WITHOUT ROWID;
CREATE INDEX dependency_parent ON dependency (parent, child);
