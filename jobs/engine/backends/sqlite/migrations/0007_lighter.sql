-- The way of most jobs, waiting to active to completed, touches no index that is kept only to count: what waits is
-- counted by lane, what runs and what has ended by the indexes that serve them anyway.
DROP INDEX job_lane;
CREATE INDEX job_aside ON job (lane, type, state) WHERE state IN ('delayed', 'blocked', 'paused');
DROP INDEX job_finished;
CREATE INDEX job_finished ON job (state, completed_at, type) WHERE completed_at IS NOT NULL;
