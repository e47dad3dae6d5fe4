-- siptrail 33: the indexes of a file's days are made by two sessions at a time.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- A parallel worker for each of 17 small indexes costs as much as it saves; two
-- sessions without any share them. Indexes that the server would give one name,
-- by what they begin with, are made by one session.
CREATE FUNCTION range_index_half(r_name text, run uuid, half integer) RETURNS boolean
    LANGUAGE plpgsql SET search_path = siptrail, pg_catalog SET max_parallel_maintenance_workers = 0 AS $$
DECLARE
    leaf regclass := to_regclass(format('siptrail.%I', 'calls_' || r_name));
    late record;
BEGIN
    IF leaf IS NULL OR NOT EXISTS (SELECT FROM ranges r WHERE r.name = r_name AND NOT r.dropping AND r.late_for = run) THEN
        RETURN false;
    END IF;
    FOR late IN SELECT l.definition FROM (
        SELECT definition, dense_rank() OVER (ORDER BY substring(definition FROM '[(](\w+)')) % 2 AS half FROM late_indexes) l
        WHERE l.half = range_index_half.half AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = leaf
            AND substring(pg_get_indexdef(i.indexrelid) FROM 'USING .*') = l.definition)
    LOOP
        EXECUTE format('CREATE INDEX ON %s %s', leaf, late.definition);
    END LOOP;
    RETURN true;
END $$;
COMMENT ON FUNCTION range_index_half(text, uuid, integer) IS 'Of the late_indexes of a range that this run fills, make every other one that is missing: range_index makes what is left, and says that the range has all';

INSERT INTO schema_version (version, name) VALUES (33, '0033_index_halves');
COMMIT;
