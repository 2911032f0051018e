"""For tests of job types and of backends: a clock that a test moves, a queue that runs inline."""
