-- When jobs of a type with a rate limit started; what is older than the type's window is deleted at the next claim.
CREATE TABLE rate_start (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX rate_start_type ON rate_start (type, at);
