-- siptrail 15: packets that a filter took away.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE captures ADD COLUMN packets_filtered bigint;
COMMENT ON COLUMN captures.packets_filtered IS 'Packets that did not pass the filter (-f), neither as they stood nor by what was inside; not among packets';

INSERT INTO schema_version (version, name) VALUES (15, '0015_filtered');
COMMIT;
