-- Every statement of the backend, by name. A block begins with "-- name:" and ends at the next one.

-- name: insert_job
INSERT INTO job (id, type, state, payload, policy, created_at, run_at, updated_at, priority, lane, payload_sum,
                 owner, labels, key, context, metadata, result, result_sum, completed_at, expires_at, depends_on)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_bare_job
-- The same without what is NULL in most jobs: each value costs as much as two column checks.
INSERT INTO job (id, type, state, payload, policy, created_at, run_at, updated_at, priority, lane, payload_sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: count_into_lane
INSERT INTO lane (type, lane, priority, waiting) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET waiting = waiting + excluded.waiting;

-- name: find_by_key
SELECT * FROM job WHERE key = :key AND state NOT IN ('completed', 'failed', 'cancelled');

-- name: state_of
SELECT state FROM job WHERE id = :id;

-- name: add_dependency
INSERT INTO dependency VALUES (:child, :parent, :anyway);

-- name: has_children
SELECT 1 FROM dependency WHERE parent = :parent LIMIT 1;

-- name: which_have_children
SELECT DISTINCT parent FROM dependency INDEXED BY dependency_parent WHERE parent IN (SELECT value FROM json_each(?));

-- name: cancel_children
UPDATE job SET state = 'cancelled', reason = :reason, held_until = NULL, completed_at = :now, updated_at = :now
WHERE id IN (SELECT child FROM dependency WHERE parent = :parent AND anyway = 0)
  AND state IN ('blocked', 'paused')
RETURNING *;

-- name: release_children
UPDATE job SET state = CASE WHEN run_at > :now THEN 'delayed' ELSE 'waiting' END, updated_at = :now
WHERE id IN (SELECT child FROM dependency WHERE parent = :parent) AND state = 'blocked'
  AND NOT EXISTS (
    SELECT 1 FROM dependency JOIN job parent ON parent.id = dependency.parent
    WHERE dependency.child = job.id AND parent.state NOT IN ('completed', 'failed', 'cancelled'))
RETURNING *;

-- name: parents
SELECT job.* FROM dependency JOIN job ON job.id = dependency.parent
WHERE dependency.child = :id ORDER BY job.seq;

-- name: count_idle
SELECT coalesce(sum(waiting), 0)
  + (SELECT count(*) FROM job INDEXED BY job_due WHERE state = 'delayed')
  + (SELECT count(*) FROM job INDEXED BY job_aside
     WHERE (state = 'delayed' OR state = 'blocked' OR state = 'paused') AND state = 'blocked') FROM lane;

-- name: any_waiting
SELECT 1 FROM lane INDEXED BY lane_order WHERE open = 1 LIMIT 1;

-- name: count_active
SELECT type, count(*) FROM job INDEXED BY job_active WHERE state = 'active' AND stuck = 0 GROUP BY type;

-- name: claim
-- Open types, of each the first lanes in turn that are under their cap, of each lane its first jobs, ranked by
-- the turn at which they would be served; then cap, room and slots.
UPDATE job SET state = 'active', boot = :boot, claim_no = claim_no + 1, attempts = attempts + 1,
               first_started_at = coalesce(first_started_at, :now), started_at = :now, updated_at = :now,
               reason = NULL
WHERE seq IN (
  WITH open AS (
    SELECT key AS kind, json_extract(value, '$[0]') AS type, json_extract(value, '$[1]') AS room,
           json_extract(value, '$[2]') AS cap
    FROM json_each(:open)
  ), candidate AS (
    SELECT open.kind, open.room, lane.type, lane.lane, lane.priority, lane.turn,
           open.cap - (SELECT count(*) FROM job running INDEXED BY job_active
            WHERE running.state = 'active' AND running.stuck = 0 AND running.type = lane.type
              AND running.lane = lane.lane) AS free
    FROM open CROSS JOIN lane ON lane.rowid IN (
      SELECT next.rowid FROM lane next INDEXED BY lane_order
      WHERE next.type = open.type AND next.open = 1
        AND (SELECT count(*) FROM job running INDEXED BY job_active
             WHERE running.state = 'active' AND running.stuck = 0 AND running.type = next.type
               AND running.lane = next.lane) < open.cap
      ORDER BY next.priority DESC, next.turn, next.lane LIMIT :slots)
  ), line AS (
    SELECT job.seq, kind, room, free, candidate.lane, candidate.priority, turn + row_number() OVER (
             PARTITION BY kind, candidate.lane, candidate.priority ORDER BY job.seq) AS rank
    FROM candidate CROSS JOIN job ON job.seq IN (
      SELECT first.seq FROM job first INDEXED BY job_claim
      WHERE first.state = 'waiting' AND first.type = candidate.type AND first.lane = candidate.lane
        AND first.priority = candidate.priority
      ORDER BY first.seq LIMIT :slots)
  ), capped AS (
    SELECT seq, kind, room, priority, rank, free - row_number() OVER (
             PARTITION BY kind, lane ORDER BY priority DESC, seq) AS free
    FROM line
  ), roomed AS (
    SELECT seq, priority, rank, room - row_number() OVER (PARTITION BY kind ORDER BY priority DESC, rank, seq) AS room
    FROM capped WHERE free >= 0
  )
  SELECT seq FROM roomed WHERE room >= 0 ORDER BY priority DESC, rank, seq LIMIT :slots
)
RETURNING *;

-- name: forget_starts
DELETE FROM rate_start WHERE type = :type AND at <= :since;

-- name: count_starts
SELECT count(*), min(at) FROM rate_start WHERE type = :type AND at > :since AND at <= :now;

-- name: add_start
INSERT INTO rate_start (type, at) VALUES (?, ?);

-- name: move_on
UPDATE lane SET turn = turn + ? WHERE type = ? AND lane = ? AND priority = ? RETURNING turn;

-- name: serve
INSERT INTO fair VALUES (?, ?) ON CONFLICT DO UPDATE SET turn = max(turn, excluded.turn);

-- name: break_attempt
INSERT INTO broken_attempt (seq, claim_no, number, type, started_at, ended_at, ended_as, error)
SELECT seq, :claim_no, :number, :type, :started_at, :now, :ended_as, :error FROM job WHERE id = :id;

-- name: add_event
INSERT INTO event (at, type, job, data) VALUES (?, ?, ?, ?);

-- name: add_events
INSERT INTO event (at, type, job) SELECT ?1, ?2, column1 FROM (VALUES (?));

-- name: read_wishes
SELECT cancelling, holding FROM job WHERE id = :id AND state = 'active' AND boot = :boot AND claim_no = :claim_no;

-- name: complete
UPDATE job SET state = 'completed', boot = NULL, cancelling = NULL, stuck = 0, reason = NULL, error = NULL,
               held_until = NULL, result = done.result, result_sum = done.result_sum,
               progress = coalesce(done.progress, job.progress), completed_at = ?2, updated_at = ?2
FROM (SELECT column1 AS seq, column2 AS claim_no, column3 AS result, column4 AS result_sum, column5 AS progress
      FROM (VALUES (?, ?, ?, ?, ?))) AS done
WHERE job.seq = done.seq AND state = 'active' AND job.boot = ?1 AND job.claim_no = done.claim_no;

-- name: finish
UPDATE job SET state = :state, boot = NULL, cancelling = NULL, stuck = 0, attempts = attempts - :given_back,
               reason = :reason, result = :result, result_sum = :result_sum, error = :error,
               progress = coalesce(:progress, progress),
               run_at = :run_at, held_until = :held_until, completed_at = :completed_at, updated_at = :now
WHERE id = :id AND state = 'active' AND boot = :boot AND claim_no = :claim_no;

-- name: settle_idle
UPDATE job SET state = :state, reason = :reason, result = :result, result_sum = :result_sum, error = :error,
               held_until = NULL,
               completed_at = :now, updated_at = :now
WHERE id = :id AND state IN ('waiting', 'delayed', 'blocked', 'paused')
RETURNING *;

-- name: ask_to_cancel
UPDATE job SET cancelling = :reason, updated_at = :now WHERE id = :id AND state = 'active' RETURNING *;

-- name: retry
UPDATE job SET state = CASE
                 WHEN EXISTS (SELECT 1 FROM dependency JOIN job parent ON parent.id = dependency.parent
                              WHERE dependency.child = job.id
                                AND parent.state NOT IN ('completed', 'failed', 'cancelled')) THEN 'blocked'
                 ELSE 'waiting' END,
               reason = NULL, error = NULL, result = NULL, result_sum = NULL, completed_at = NULL,
               crashes_in_place = 0, expires_at = NULL, run_at = :now, updated_at = :now,
               policy = :policy, priority = :priority,
               payload_sum = CASE WHEN :payload IS NULL THEN payload_sum ELSE :payload_sum END,
               progress = CASE WHEN :payload IS NULL OR :payload = payload THEN progress END,
               payload = coalesce(:payload, payload)
WHERE id = :id AND state IN ('failed', 'cancelled')
RETURNING *;

-- name: hold_idle
UPDATE job SET state = 'paused', reason = :reason, held_until = :until, updated_at = :now
WHERE id = :id AND state IN ('waiting', 'delayed', 'blocked')
RETURNING *;

-- name: ask_to_hold
UPDATE job SET holding = json_object('claim_no', claim_no, 'reason', :reason, 'until', :until), updated_at = :now
WHERE id = :id AND state = 'active'
RETURNING id;

-- name: unhold
UPDATE job SET state = CASE
                 WHEN EXISTS (SELECT 1 FROM dependency JOIN job parent ON parent.id = dependency.parent
                              WHERE dependency.child = job.id
                                AND parent.state NOT IN ('completed', 'failed', 'cancelled')) THEN 'blocked'
                 WHEN run_at > :now THEN 'delayed' ELSE 'waiting' END,
               reason = NULL, held_until = NULL, updated_at = :now
WHERE id = :id AND state = 'paused'
RETURNING *;

-- name: take_hold_back
UPDATE job SET holding = NULL, updated_at = :now
WHERE id = :id AND state = 'active'
  AND CASE WHEN json_valid(holding) THEN json_extract(holding, '$.claim_no') END = claim_no
RETURNING id;

-- name: mark_stuck
UPDATE job SET stuck = 1, updated_at = :now
WHERE id = :id AND state = 'active' AND boot = :boot AND claim_no = :claim_no
RETURNING *;

-- name: keep_progress
UPDATE job SET progress = :progress, updated_at = :now
WHERE id = :id AND state = 'active' AND boot = :boot AND claim_no = :claim_no;

-- name: keep_checkpoint_progress
UPDATE job SET progress = coalesce(:progress, progress), crashes_in_place = 0, updated_at = :now
WHERE id = :id AND state = 'active' AND boot = :boot AND claim_no = :claim_no;

-- name: put_checkpoint
INSERT INTO checkpoint VALUES (:id, :name, :value) ON CONFLICT DO UPDATE SET value = excluded.value;

-- name: forget_checkpoints
DELETE FROM checkpoint WHERE job = ?;

-- name: checkpoints
SELECT name, value FROM checkpoint WHERE job = :id;

-- name: add_intent
INSERT INTO journal (job, key, intent, intended_at) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET intent = excluded.intent, intended_at = excluded.intended_at, result = NULL,
                          settled_at = NULL;

-- name: settle_intent
UPDATE journal SET result = ?, settled_at = ? WHERE job = ? AND key = ?;

-- name: open_intents
SELECT key, intent FROM journal INDEXED BY journal_open WHERE job = :id AND settled_at IS NULL ORDER BY key;

-- name: journal
SELECT key, intent, result, intended_at, settled_at FROM journal WHERE job = :id AND key > :after
ORDER BY key LIMIT :limit;

-- name: add_log_line
INSERT INTO log_line (job, at, attempt, text) VALUES (:id, :at, :attempt, :text);

-- name: trim_log
DELETE FROM log_line WHERE job = :id AND number <= (
  SELECT number FROM log_line WHERE job = :id ORDER BY number DESC LIMIT 1 OFFSET :keep);

-- name: logs
SELECT at, attempt, text FROM log_line WHERE job = :id ORDER BY number;

-- name: attempts
SELECT claim_no, number, started_at, ended_at, ended_as, error FROM broken_attempt
WHERE seq = (SELECT seq FROM job WHERE id = :id)
UNION ALL
SELECT claim_no, attempts, started_at, completed_at, CASE state WHEN 'completed' THEN 'done' END, NULL FROM job
WHERE id = :id AND state IN ('active', 'completed') AND started_at IS NOT NULL
ORDER BY claim_no;

-- name: orphans
SELECT * FROM job WHERE seq IN (
  SELECT seq FROM job INDEXED BY job_active WHERE state = 'active' AND stuck = 0 AND boot <> :boot
  UNION ALL SELECT seq FROM job INDEXED BY job_stuck WHERE stuck = 1 AND boot <> :boot LIMIT 500);

-- name: recover
UPDATE job SET state = :state, boot = NULL, cancelling = NULL, stuck = 0, crashes = crashes + 1,
               crashes_in_place = crashes_in_place + 1, attempts = attempts - 1, reason = :reason,
               error = :error, held_until = :held_until, completed_at = :completed_at, updated_at = :now
WHERE id = :id AND state = 'active' AND boot <> :boot
RETURNING *;

-- name: promote_due
UPDATE job SET state = 'waiting', updated_at = :now WHERE seq IN (
  SELECT seq FROM job INDEXED BY job_due WHERE state = 'delayed' AND run_at <= :now ORDER BY run_at LIMIT 500);

-- name: promote_held
SELECT id FROM job INDEXED BY job_held
WHERE state = 'paused' AND held_until IS NOT NULL AND held_until <= :now LIMIT 500;

-- name: expired
SELECT id FROM job INDEXED BY job_expiry
WHERE expires_at IS NOT NULL AND first_started_at IS NULL AND state IN ('waiting', 'delayed', 'blocked')
  AND expires_at <= :now LIMIT 500;

-- name: next_due
SELECT min(at) FROM (
  SELECT min(run_at) AS at FROM job INDEXED BY job_due WHERE state = 'delayed'
  UNION ALL SELECT min(held_until) FROM job INDEXED BY job_held
    WHERE state = 'paused' AND held_until IS NOT NULL
  UNION ALL SELECT min(expires_at) FROM job INDEXED BY job_expiry
    WHERE expires_at IS NOT NULL AND first_started_at IS NULL AND state IN ('waiting', 'delayed', 'blocked'));

-- name: delete_jobs
-- The first of them, with what hangs on them, up to so many rows of their journals.
DELETE FROM job WHERE seq IN (
  SELECT seq FROM (
    SELECT seq, sum(weight) OVER (ORDER BY nth) AS so_far FROM (
      SELECT each.key AS nth, each.value AS seq,
             (SELECT count(*) FROM (SELECT 1 FROM job JOIN journal ON journal.job = job.id
                                    WHERE job.seq = each.value LIMIT :most + 1)) AS weight
      FROM json_each(:seqs) AS each))
  WHERE so_far <= :most);

-- name: trim_journal
-- So many rows of a job's journal, if it has more than that.
DELETE FROM journal
WHERE job = (SELECT id FROM job WHERE seq = :seq)
  AND key IN (SELECT key FROM journal WHERE job = (SELECT id FROM job WHERE seq = :seq) LIMIT :most)
  AND EXISTS (SELECT 1 FROM journal WHERE job = (SELECT id FROM job WHERE seq = :seq) LIMIT 1 OFFSET :most);

-- name: past_retention
SELECT seq FROM job INDEXED BY job_finished
WHERE completed_at IS NOT NULL AND state = :state
  AND completed_at <= :now - 1000
    * coalesce(CASE WHEN json_valid(policy) THEN json_extract(policy, '$.retention_s') END, :retention_s)
  AND NOT EXISTS (
    SELECT 1 FROM dependency JOIN job child ON child.id = dependency.child
    WHERE dependency.parent = job.id AND child.state NOT IN ('completed', 'failed', 'cancelled'))
LIMIT 500;

-- name: ended_before
SELECT seq FROM job INDEXED BY job_finished
WHERE completed_at IS NOT NULL AND state = :state AND completed_at < :before AND (:lane IS NULL OR lane = :lane)
  AND NOT EXISTS (
    SELECT 1 FROM dependency JOIN job child ON child.id = dependency.child
    WHERE dependency.parent = job.id AND child.state NOT IN ('completed', 'failed', 'cancelled'))
LIMIT 500;

-- name: count_ended_before
SELECT count(*) FROM job INDEXED BY job_finished
WHERE completed_at IS NOT NULL AND state IN ('completed', 'failed', 'cancelled') AND completed_at < :before
  AND (:lane IS NULL OR lane = :lane)
  AND NOT EXISTS (
    SELECT 1 FROM dependency JOIN job child ON child.id = dependency.child
    WHERE dependency.parent = job.id AND child.state NOT IN ('completed', 'failed', 'cancelled'));

-- name: beyond_number
SELECT seq FROM job INDEXED BY job_finished
WHERE completed_at IS NOT NULL AND state = :state
  AND NOT EXISTS (
    SELECT 1 FROM dependency JOIN job child ON child.id = dependency.child
    WHERE dependency.parent = job.id AND child.state NOT IN ('completed', 'failed', 'cancelled'))
ORDER BY completed_at DESC LIMIT 500 OFFSET :keep;

-- name: oldest_waiting
-- Of each lane the job that is next: of all that wait there it has waited longest, but for those that were delayed.
SELECT min(run_at) FROM job WHERE seq IN (
  SELECT (SELECT first.seq FROM job first INDEXED BY job_claim
          WHERE first.state = 'waiting' AND first.type = lane.type AND first.lane = lane.lane
            AND first.priority = lane.priority ORDER BY first.seq LIMIT 1)
  FROM lane INDEXED BY lane_order WHERE open = 1);

-- name: oldest_event
SELECT coalesce(min(cursor), (SELECT seq + 1 FROM sqlite_sequence WHERE name = 'event'), 1) FROM event;

-- name: prune_events
DELETE FROM event WHERE cursor IN (SELECT cursor FROM event ORDER BY cursor LIMIT 500) AND at < :before;

-- name: prune_records
DELETE FROM record WHERE (kind, key) IN (
  SELECT kind, key FROM record INDEXED BY record_expiry
  WHERE expires_at IS NOT NULL AND expires_at <= :now LIMIT 500);

-- name: recount_lanes
INSERT INTO lane (type, lane, priority, waiting)
SELECT type, lane, priority, count(*) FROM job INDEXED BY job_claim WHERE state = 'waiting' GROUP BY type, lane, priority
ON CONFLICT DO UPDATE SET waiting = excluded.waiting WHERE waiting <> excluded.waiting;

-- name: empty_lanes
UPDATE lane SET waiting = 0 WHERE waiting > 0 AND NOT EXISTS (
  SELECT 1 FROM job INDEXED BY job_claim WHERE job.state = 'waiting' AND job.type = lane.type
    AND job.lane = lane.lane AND job.priority = lane.priority);

-- name: prune_lanes
DELETE FROM lane WHERE rowid IN (
  SELECT lane.rowid FROM lane JOIN fair USING (priority)
  WHERE lane.waiting = 0 AND lane.turn <= fair.turn LIMIT 500);

-- name: get
SELECT * FROM job WHERE id = :id;

-- name: place
-- Who is served before: higher priorities, its own lane's earlier jobs, and of other lanes those whose turn
-- comes first. Lanes at the same turn are ordered by name here, by age in the claim.
SELECT 1 + (SELECT coalesce(sum(min(waiting, max(0, mine.turn + mine.nth - turn + (lane.lane < mine.lane)))), 0)
            FROM lane
            WHERE lane.type = mine.type AND lane.priority = mine.priority AND lane.lane <> mine.lane
              AND lane.waiting > 0)
         + (SELECT coalesce(sum(waiting), 0) FROM lane
            WHERE lane.type = mine.type AND lane.priority > mine.priority)
         + mine.nth
FROM (SELECT job.type, job.priority, job.lane, lane.turn,
             (SELECT count(*) FROM job before INDEXED BY job_claim
              WHERE before.state = 'waiting' AND before.type = job.type AND before.lane = job.lane
                AND before.priority = job.priority AND before.seq < job.seq) AS nth
      FROM job JOIN lane ON lane.type = job.type AND lane.lane = job.lane AND lane.priority = job.priority
      WHERE job.id = :id AND job.state = 'waiting') AS mine;

-- name: counts
SELECT type, 'waiting', sum(waiting) FROM lane WHERE open = 1 GROUP BY type
UNION ALL SELECT type, 'active', count(*) FROM job INDEXED BY job_active
  WHERE state = 'active' AND stuck = 0 GROUP BY type
UNION ALL SELECT type, 'active', count(*) FROM job INDEXED BY job_stuck WHERE stuck = 1 GROUP BY type
UNION ALL SELECT type, state, count(*) FROM job INDEXED BY job_aside
  WHERE (state = 'delayed' OR state = 'blocked' OR state = 'paused') GROUP BY type, state
UNION ALL SELECT type, state, count(*) FROM job INDEXED BY job_finished
  WHERE completed_at IS NOT NULL GROUP BY type, state;

-- name: counts_of_lane
SELECT type, state, count(*) FROM job INDEXED BY job_newest WHERE lane = :lane GROUP BY type, state;

-- name: totals
SELECT type, count(*), sum(broken), sum(ms) FROM (
  SELECT type, ended_as IN ('retry', 'fail', 'crashed') AS broken, ended_at - started_at AS ms
  FROM broken_attempt INDEXED BY broken_attempt_ended
  WHERE ended_at >= :since AND ended_as NOT IN ('defer', 'hold', 'release')
  UNION ALL
  SELECT type, 0, completed_at - started_at FROM job INDEXED BY job_finished
  WHERE state = 'completed' AND completed_at IS NOT NULL AND completed_at >= :since AND started_at IS NOT NULL
) GROUP BY type;

-- name: totals_of_lane
SELECT type, count(*), sum(broken), sum(ms) FROM (
  SELECT attempt.type, ended_as IN ('retry', 'fail', 'crashed') AS broken, ended_at - attempt.started_at AS ms
  FROM broken_attempt attempt INDEXED BY broken_attempt_ended JOIN job USING (seq)
  WHERE ended_at >= :since AND ended_as NOT IN ('defer', 'hold', 'release') AND job.lane = :lane
  UNION ALL
  SELECT type, 0, completed_at - started_at FROM job INDEXED BY job_finished
  WHERE state = 'completed' AND completed_at IS NOT NULL AND completed_at >= :since AND started_at IS NOT NULL
    AND lane = :lane
) GROUP BY type;

-- name: events
SELECT event.cursor, event.at AS event_at, event.type AS event_type, event.data, job.* FROM event
LEFT JOIN job ON job.id = event.job WHERE cursor > :after ORDER BY cursor LIMIT :limit;

-- name: get_record
SELECT * FROM record WHERE kind = :kind AND key = :key AND (expires_at IS NULL OR expires_at > :now);

-- name: put_record
INSERT INTO record (kind, key, lane, value, version, expires_at, updated_at)
VALUES (:kind, :key, :lane, :value, 1, :expires_at, :now)
ON CONFLICT DO UPDATE SET lane = excluded.lane, value = excluded.value, version = version + 1,
                          expires_at = excluded.expires_at, updated_at = excluded.updated_at
RETURNING *;

-- name: delete_record
DELETE FROM record WHERE kind = :kind AND key = :key RETURNING version;

-- name: find_records
SELECT * FROM record
WHERE kind = :kind AND key > :after AND (:lane IS NULL OR lane = :lane)
  AND (expires_at IS NULL OR expires_at > :now)
ORDER BY key LIMIT :limit;

-- name: naming
SELECT seq, id, completed_at IS NULL AS unfinished,
       instr(payload, :text) OR instr(coalesce(result, ''), :text) OR instr(coalesce(progress, ''), :text)
       OR instr(coalesce(metadata, ''), :text) OR instr(coalesce(labels, ''), :text)
       OR instr(coalesce(error, ''), :text) OR instr(coalesce(reason, ''), :text)
       OR EXISTS (SELECT 1 FROM checkpoint WHERE job = one.id AND instr(value, :text))
       OR EXISTS (SELECT 1 FROM journal WHERE job = one.id
                  AND (instr(key, :text) OR instr(intent, :text) OR instr(coalesce(result, ''), :text)))
       OR EXISTS (SELECT 1 FROM log_line WHERE job = one.id AND instr(text, :text))
       OR EXISTS (SELECT 1 FROM broken_attempt WHERE seq = one.seq AND instr(coalesce(error, ''), :text)) AS named
FROM job AS one WHERE seq IN (:among) ORDER BY seq;

-- name: redact_job
UPDATE job SET payload = :payload, payload_sum = :payload_sum, labels = :labels, metadata = :metadata,
               progress = :progress, result = :result, result_sum = :result_sum, error = :error, reason = :reason
WHERE id = :id AND completed_at IS NOT NULL;

-- name: checkpoints_naming
SELECT name, value FROM checkpoint WHERE job = :id AND instr(value, :text);

-- name: attempts_naming
SELECT claim_no, error FROM broken_attempt WHERE seq = :seq AND instr(coalesce(error, ''), :text);

-- name: redact_attempt
UPDATE broken_attempt SET error = :error WHERE seq = :seq AND claim_no = :claim_no;

-- name: journal_naming
SELECT key, intent, result FROM journal
WHERE job = :id AND (instr(key, :text) OR instr(intent, :text) OR instr(coalesce(result, ''), :text));

-- name: drop_from_journal
DELETE FROM journal WHERE job = ? AND key = ?;

-- name: log_naming
SELECT number AS key, text FROM log_line WHERE job = :id AND instr(text, :text);

-- name: drop_from_log
DELETE FROM log_line WHERE job = ? AND number = ?;
