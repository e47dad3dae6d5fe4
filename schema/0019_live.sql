-- siptrail 19: calls in progress, and what a stop of the capture leaves open.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE calls ADD COLUMN live boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN calls.live IS 'True while a live capture follows the call: the row is written again as the call goes on, until its record is final. It stays true while siptrail is stopped, so that it finds the calls to take up again';
-- Few rows have an entry at a time; it is made and dropped once for each call.
CREATE INDEX ON calls (first_at) WHERE live;
COMMENT ON COLUMN calls.ended_by IS 'Whose doing the end was; NULL: not ended, as of a call in progress';
COMMENT ON COLUMN calls.end_cause IS 'What ended it; capture_end: the file ended first; NULL: in progress';
COMMENT ON COLUMN capture_gaps.kind IS 'tcp: bytes of a stream never captured; truncation: packets captured in part; fragments: IP datagrams of which a fragment never came; kernel, interface, queue: packets dropped there; restart: siptrail did not run';

INSERT INTO schema_version (version, name) VALUES (19, '0019_live');
COMMIT;
