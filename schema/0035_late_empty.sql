-- siptrail 35: a day that was made ahead and is still empty gets its indexes late, too.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- Today is made ahead, so a file of today was entered index by index. Whoever
-- reads or writes there at this moment keeps things as they are.
CREATE FUNCTION range_take(r_name text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = siptrail, pg_catalog AS $$
DECLARE
    leaf regclass := to_regclass(format('siptrail.%I', 'calls_' || r_name));
    late record;
BEGIN
    IF late_run() IS NULL OR leaf IS NULL OR EXISTS (SELECT FROM range_leaves(r_name) l
        WHERE l.relation IS NULL OR NOT l.attached OR l.pending OR pg_relation_size(l.relation) > 0) THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE NOWAIT', leaf);
    IF pg_relation_size(leaf) > 0 THEN
        RETURN false;
    END IF;
    UPDATE ranges SET late_for = late_run() WHERE name = r_name AND NOT dropping AND late_for IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    FOR late IN SELECT i.indexrelid::regclass AS index FROM pg_index i
        JOIN late_indexes l ON l.definition = substring(pg_get_indexdef(i.indexrelid) FROM 'USING .*')
        WHERE i.indrelid = leaf
    LOOP
        EXECUTE format('DROP INDEX %s', late.index);
    END LOOP;
    EXECUTE format('ALTER TABLE %s RESET (fillfactor)', leaf);
    RETURN true;
EXCEPTION WHEN lock_not_available OR undefined_table THEN
    RETURN false;
END $$;
COMMENT ON FUNCTION range_take(text) IS 'Take the late_indexes from a range that holds nothing yet, for the run whose files this session reads: false where it holds something, or is in use';

COMMENT ON COLUMN ranges.late_for IS 'NULL, or the run that made this range for a file it reads, or found it empty: its calls have no late_indexes yet. The run makes them at its end; was it killed, then the next siptrail that writes does';

-- As 27 has it, and a range that is taken is as one just made.
CREATE OR REPLACE FUNCTION range_find(ms bigint, made integer) RETURNS TABLE (lo bigint, hi bigint, fresh boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
    there record;
BEGIN
    SELECT r.lo, r.hi, r.name, r.late_for INTO there FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms AND NOT r.dropping;
    IF FOUND THEN
        RETURN QUERY SELECT there.lo, there.hi, there.late_for IS NULL AND siptrail.late_run() IS NOT NULL
            AND siptrail.range_take(there.name);
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('siptrail.ranges'));
    RETURN QUERY SELECT r.lo, r.hi, false FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms AND NOT r.dropping;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT r.lo, r.hi, r.name INTO there FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms;
    IF FOUND THEN
        IF NOT pg_try_advisory_xact_lock(hashtext('siptrail.range'), (there.lo / 3600000)::integer) THEN
            RAISE EXCEPTION 'range % is being dropped at this moment', there.name USING ERRCODE = 'lock_not_available';
        END IF;
        PERFORM set_config('lock_timeout', '1s', true), siptrail.range_make(there.lo, there.hi, there.name);
        RETURN QUERY SELECT there.lo, there.hi, false;
        RETURN;
    END IF;
    SELECT count(*) INTO total FROM siptrail.ranges r;
    RETURN QUERY SELECT a.lo, a.hi, true FROM siptrail.range_add(ms,
        CASE WHEN made < 40 AND to_timestamp(ms / 1000.0) > now() - interval '100 days' THEN siptrail.range_unit(total)
            WHEN made < 60 AND total < 500 THEN 'month' END) a;
END $$;

INSERT INTO schema_version (version, name) VALUES (35, '0035_late_empty');
COMMIT;
