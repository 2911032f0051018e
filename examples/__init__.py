"""Worked job types: each a module that `JOB_MODULES` can name."""
