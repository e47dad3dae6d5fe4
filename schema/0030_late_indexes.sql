-- siptrail 30: days that a file fills get most of their indexes when it is read.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- Entering a call into 17 indexes, row by row, takes longer than all else that
-- the server does for it; sorting them once takes a third of that. An index of
-- the parent is one of all its partitions from their first moment, so these are
-- no longer the parent's: each partition of calls has its own. What is asked for
-- while a file is read stays the parent's: the key, Call-ID, Session-ID, icid.
CREATE TABLE late_indexes (
    definition text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE late_indexes IS 'Indexes that each partition of calls has by itself, made by range_index; whoever adds a row makes the index on all partitions';
COMMENT ON COLUMN late_indexes.definition IS 'As pg_get_indexdef has it, with siptrail alone on the search path, from USING on';

ALTER TABLE ranges ADD COLUMN late_for uuid;
COMMENT ON COLUMN ranges.late_for IS 'NULL, or the run that made this range for a file it reads: its calls have no late_indexes yet. The run makes them at its end; was it killed, then the next siptrail that writes does';

INSERT INTO late_indexes (definition)
SELECT substring(pg_get_indexdef(i.indexrelid) FROM 'USING .*')
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'calls'::regclass AND NOT i.indisprimary
    AND c.relname NOT IN ('calls_call_id_idx', 'calls_session_id_local_idx', 'calls_icid_idx');

-- A partition that leaves the parent keeps its indexes, and only then may the
-- parent's go. Where a prune is half done the leaf stays outside, see range_leaves.
DO $$
DECLARE
    leaf record;
    parent record;
BEGIN
    CREATE TEMP TABLE calls_leaves ON COMMIT DROP AS
    SELECT i.inhrelid::regclass AS leaf, i.inhdetachpending AS pending, pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'calls'::regclass;
    FOR leaf IN SELECT * FROM calls_leaves LOOP
        EXECUTE format('ALTER TABLE calls DETACH PARTITION %s %s', leaf.leaf, CASE WHEN leaf.pending THEN 'FINALIZE' ELSE '' END);
    END LOOP;
    FOR parent IN SELECT i.indexrelid::regclass AS index FROM pg_index i
        JOIN late_indexes l ON l.definition = substring(pg_get_indexdef(i.indexrelid) FROM 'USING .*')
        WHERE i.indrelid = 'calls'::regclass
    LOOP
        EXECUTE format('DROP INDEX %s', parent.index);
    END LOOP;
    FOR leaf IN SELECT * FROM calls_leaves WHERE NOT pending LOOP
        EXECUTE format('ALTER TABLE calls ATTACH PARTITION %s %s', leaf.leaf, leaf.bounds);
    END LOOP;
END $$;

-- The run whose files are read by this session, and which makes the indexes of
-- what it fills; NULL for all others.
CREATE FUNCTION late_run() RETURNS uuid
    LANGUAGE sql STABLE
    RETURN nullif(current_setting('siptrail.late_for', true), '')::uuid;
COMMENT ON FUNCTION late_run() IS 'The run that this session reads files for: the setting siptrail.late_for';

CREATE FUNCTION calls_index(leaf regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = siptrail, pg_catalog AS $$
DECLARE
    late record;
BEGIN
    FOR late IN SELECT l.definition FROM late_indexes l WHERE NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = leaf
            AND substring(pg_get_indexdef(i.indexrelid) FROM 'USING .*') = l.definition)
    LOOP
        EXECUTE format('CREATE INDEX ON %s %s', leaf, late.definition);
    END LOOP;
END $$;
COMMENT ON FUNCTION calls_index(regclass) IS 'Make what is missing of the late_indexes of a partition of calls';

-- The leaf is locked before the row, as by range_trim, and so that others who
-- do the same wait here.
CREATE FUNCTION range_index(r_name text, run uuid) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    leaf text := format('siptrail.%I', 'calls_' || r_name);
    reader uuid := (SELECT r.late_for FROM siptrail.ranges r WHERE r.name = r_name AND NOT r.dropping);
BEGIN
    IF reader IS NULL OR (reader IS DISTINCT FROM run
        AND NOT pg_try_advisory_xact_lock(hashtext('siptrail.reading'), hashtext(reader::text))) THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', leaf);
    UPDATE siptrail.ranges SET late_for = NULL WHERE name = r_name AND NOT dropping AND late_for = reader;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM siptrail.calls_index(leaf::regclass);
    EXECUTE format('ALTER TABLE %s SET (fillfactor = 70)', leaf);
    RETURN true;
EXCEPTION WHEN undefined_table THEN
    RETURN false;
END $$;
COMMENT ON FUNCTION range_index(text, uuid) IS 'Make the late_indexes of a range that has none; false where it has them, where it is being dropped, or where another run than this still reads into it';
-- As 21 has it; rows that are entered by reading a file are not changed later,
-- so their pages are filled.
CREATE OR REPLACE FUNCTION range_make(lo bigint, hi bigint, name text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    t record;
    late uuid := siptrail.late_run();
    fresh boolean := false;
    slack constant interval := '1 day';
    lower text := CASE WHEN lo = 0 THEN 'MINVALUE'
        ELSE quote_literal(siptrail.key_floor(to_timestamp(lo / 1000.0))) END;
    upper text := CASE WHEN hi > 281474976710655 THEN 'MAXVALUE'
        ELSE quote_literal(siptrail.key_floor(to_timestamp(hi / 1000.0))) END;
BEGIN
    FOR t IN SELECT * FROM siptrail.range_leaves(range_make.name) LOOP
        CONTINUE WHEN t.attached AND NOT t.pending;
        IF t.pending THEN
            EXECUTE format('ALTER TABLE siptrail.%I DETACH PARTITION %s FINALIZE', t.parent, t.leaf);
        END IF;
        IF t.relation IS NOT NULL THEN
            EXECUTE format('DROP TABLE %s', t.leaf);
        END IF;
        EXECUTE format('CREATE TABLE %s (LIKE siptrail.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE INCLUDING COMPRESSION)%s',
            t.leaf, t.parent, CASE WHEN t.parent = 'dialogs' OR (t.parent = 'calls' AND late IS NULL) THEN ' WITH (fillfactor = 70)' ELSE '' END);
        -- A query by first_at then reads this table only where it may.
        IF t.parent IN ('calls', 'exchanges', 'blocks') THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT first_at_near CHECK (%s)', t.leaf,
                concat_ws(' AND ',
                    CASE WHEN lower <> 'MINVALUE' THEN format('first_at >= %L', to_timestamp(lo / 1000.0) - slack) END,
                    CASE WHEN upper <> 'MAXVALUE' THEN format('first_at < %L', to_timestamp(hi / 1000.0) + slack) END));
        END IF;
        -- Statistics of arrays serve no query, and cost seconds to gather.
        IF t.parent IN ('blocks', 'texts') THEN
            EXECUTE (SELECT format('ALTER TABLE %s ', t.leaf) || string_agg(format('ALTER %I SET STATISTICS 0', attname), ', ')
                FROM pg_attribute WHERE attrelid = t.leaf::regclass AND attnum > 0 AND format_type(atttypid, NULL) LIKE '%[]');
        END IF;
        EXECUTE format('ALTER TABLE siptrail.%I ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)',
            t.parent, t.leaf, lower, upper);
        IF t.parent = 'calls' THEN
            fresh := true;
            IF late IS NULL THEN
                PERFORM siptrail.calls_index(t.leaf::regclass);
            END IF;
        END IF;
    END LOOP;
    INSERT INTO siptrail.ranges AS r (lo, hi, name, late_for) VALUES (range_make.lo, range_make.hi, range_make.name, late)
        ON CONFLICT ON CONSTRAINT ranges_pkey DO UPDATE SET dropping = false, made_at = now(),
            late_for = CASE WHEN fresh THEN EXCLUDED.late_for ELSE r.late_for END;
END $$;

INSERT INTO schema_version (version, name) VALUES (30, '0030_late_indexes');
COMMIT;
