-- siptrail 32: a Call-ID is found without planning for all indexes of all days.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- Each day of calls has 21 indexes, which a session reads before it plans for a
-- Call-ID that may be on any day; parts has two.
ALTER TABLE parts ADD COLUMN name bigint;
COMMENT ON COLUMN parts.name IS 'Of the first part of a call: hash of its Call-ID, as siptrail makes it (XXH3, 64 bits); NULL for others, and for parts of siptrail before version 32 of the schema';
CREATE INDEX ON parts (name) WHERE name IS NOT NULL;

ALTER TABLE ranges ADD COLUMN named boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN ranges.named IS 'False where parts that begin a call may have no name';
DO $$
DECLARE
    r record;
    filled boolean;
BEGIN
    FOR r IN SELECT * FROM ranges LOOP
        CONTINUE WHEN to_regclass('siptrail.' || quote_ident('parts_' || r.name)) IS NULL;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', 'parts_' || r.name) INTO filled;
        UPDATE ranges SET named = NOT filled WHERE lo = r.lo;
    END LOOP;
END $$;

INSERT INTO schema_version (version, name) VALUES (32, '0032_call_names');
COMMIT;
