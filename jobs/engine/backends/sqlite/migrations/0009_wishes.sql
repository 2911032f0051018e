-- A pause asked of a running job, with the claim it was asked of: a crash in between does not forget it.
ALTER TABLE job ADD COLUMN holding TEXT;

-- A stuck job has lost its place to the next one: whatever counts places does not see it.
DROP INDEX job_active;
CREATE INDEX job_active ON job (type, lane) WHERE state = 'active' AND stuck = 0;
CREATE INDEX job_stuck ON job (type) WHERE stuck = 1;

-- What has started once was in time, whatever brings it back.
DROP INDEX job_expiry;
CREATE INDEX job_expiry ON job (expires_at)
  WHERE expires_at IS NOT NULL AND first_started_at IS NULL AND state IN ('waiting', 'delayed', 'blocked');
