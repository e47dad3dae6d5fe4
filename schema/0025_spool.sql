-- siptrail 25: how far the spool of a live capture has been committed.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE runs ADD COLUMN spool_number bigint;
COMMENT ON COLUMN runs.spool_number IS 'Of a live capture: number of its newest batch that is committed, entered with the rows of that batch, so that none is counted twice; NULL for a run without a spool';
COMMENT ON COLUMN runs.started_at IS 'When it started: of a live capture by its own clock, else server time';
COMMENT ON COLUMN runs.ended_at IS 'When it ended, likewise; NULL while it runs or where it was killed';
COMMENT ON COLUMN captures.spooled IS 'Of these: in the spool, not stored yet';
COMMENT ON COLUMN captures.dropped IS 'Of these: lost to a limit, dropped because correlation was behind, or dropped with the oldest part of a spool that was full';
COMMENT ON COLUMN capture_gaps.kind IS 'tcp: bytes of a stream never captured; truncation: packets captured in part; fragments: IP datagrams of which a fragment never came; kernel: packets the kernel had no room for; interface: packets the interface had no room for, or it was down; queue: messages for which there was no room before correlation; spool: records handed on in that time were dropped from a full spool, packets counts their messages; restart: siptrail did not run';

INSERT INTO schema_version (version, name) VALUES (25, '0025_spool');
COMMIT;
