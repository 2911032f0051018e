-- New jobs are counted into their lanes by the request that stores them, once for all of a lane: a trigger did it for
-- each row, at a quarter of what the row costs.
DROP TRIGGER job_put;
