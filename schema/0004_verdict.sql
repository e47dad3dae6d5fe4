-- siptrail 4: what went wrong with a call, in one sentence.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE calls ADD COLUMN verdict text COLLATE "C";
COMMENT ON COLUMN calls.verdict IS 'One sentence: what went wrong with the call, and on which side; printable ASCII. NULL in rows written before this column was made';

INSERT INTO schema_version (version, name) VALUES (4, '0004_verdict');
COMMIT;
