-- siptrail 17: headers that the user asked for.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE calls ADD COLUMN custom jsonb;
COMMENT ON COLUMN calls.custom IS 'Headers asked for by siptrail read --header: {"Name": "value"}, of the first message of the call that carries it; several lines are joined by a comma (RFC 3261, 7.3.1), folds are a space, 512 bytes of each are kept. NULL where none was asked for or seen';
COMMENT ON COLUMN calls.min_se_s IS 'Min-SE of the 2xx to the initial INVITE, else of the last initial INVITE that has one or of the 422 before it, seconds (RFC 4028, 5, 6)';

INSERT INTO schema_version (version, name) VALUES (17, '0017_custom');
COMMIT;
