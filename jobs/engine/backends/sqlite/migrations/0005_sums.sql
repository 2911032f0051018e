-- CRC-32 of the text beside it, which SQLite itself does not check; NULL for rows from before.
ALTER TABLE job ADD COLUMN payload_sum INTEGER;
ALTER TABLE job ADD COLUMN result_sum INTEGER;
