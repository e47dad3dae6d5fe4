-- siptrail 21: days made ahead, and days that go.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE ranges ADD COLUMN dropping boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ranges.dropping IS 'Emptied, and about to be dropped by siptrail db prune; whoever needs the range before then takes it back';
COMMENT ON COLUMN blocks.block_key IS 'Time of its last message, so that no call is of a later day than its blocks; and random bits';

CREATE FUNCTION range_tables() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['calls', 'dialogs', 'exchanges', 'parts', 'blocks', 'texts'];
COMMENT ON FUNCTION range_tables() IS 'The record tables: each has a partition for each range';

CREATE FUNCTION range_leaves(name text)
    RETURNS TABLE (parent text, leaf text, relation oid, attached boolean, pending boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT t.parent, format('siptrail.%I', t.parent || '_' || name), c.oid, i.inhrelid IS NOT NULL,
            coalesce(i.inhdetachpending, false)
        FROM unnest(siptrail.range_tables()) WITH ORDINALITY AS t(parent, place)
            LEFT JOIN pg_class c ON c.relname = t.parent || '_' || name
                AND c.relnamespace = 'siptrail'::regnamespace
            LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
        ORDER BY t.place;
    END;
COMMENT ON FUNCTION range_leaves(text) IS 'The partitions of the range of that name as they are: relation is NULL where there is none; not attached, or pending: it is being dropped';

-- What a pruner left half done is done first. A leaf that is still attached is
-- empty, and serves again.
CREATE OR REPLACE FUNCTION range_make(lo bigint, hi bigint, name text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    t record;
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
            t.leaf, t.parent, CASE WHEN t.parent IN ('calls', 'dialogs') THEN ' WITH (fillfactor = 70)' ELSE '' END);
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
    END LOOP;
    INSERT INTO siptrail.ranges AS r (lo, hi, name) VALUES (range_make.lo, range_make.hi, range_make.name)
        ON CONFLICT ON CONSTRAINT ranges_pkey DO UPDATE SET dropping = false, made_at = now();
END $$;

-- No range may have that time yet; its neighbours cut it short.
CREATE FUNCTION range_add(ms bigint, unit text) RETURNS TABLE (lo bigint, hi bigint)
    LANGUAGE plpgsql AS $$
DECLARE
    at timestamp := to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC';
    below bigint;
    above bigint;
    a bigint;
    b bigint;
BEGIN
    SELECT max(r.hi) FILTER (WHERE r.hi <= ms), min(r.lo) FILTER (WHERE r.lo > ms)
        INTO below, above FROM siptrail.ranges r;
    IF unit IS NULL THEN
        a := below;
        b := above;
    ELSE
        a := greatest(below, extract(epoch FROM date_trunc(unit, at))::bigint * 1000);
        b := least(above, extract(epoch FROM date_trunc(unit, at) + ('1 ' || unit)::interval)::bigint * 1000);
    END IF;
    PERFORM siptrail.range_make(a, b, CASE unit WHEN 'day' THEN to_char(at, 'YYYYMMDD')
        WHEN 'week' THEN 'w' || to_char(at, 'YYYYMMDD') || '_' || to_hex(a)
        WHEN 'month' THEN 'm' || to_char(at, 'YYYYMM') || '_' || to_hex(a) ELSE 'gap_' || to_hex(a) END);
    RETURN QUERY SELECT a, b;
END $$;
COMMENT ON FUNCTION range_add(bigint, text) IS 'Make the range of that day, week or month, or, for NULL, all up to the next ranges; under the lock of range_find alone';

CREATE OR REPLACE FUNCTION range_find(ms bigint, made integer) RETURNS TABLE (lo bigint, hi bigint, fresh boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    total integer;
    going record;
BEGIN
    RETURN QUERY SELECT r.lo, r.hi, false FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms AND NOT r.dropping;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('siptrail.ranges'));
    RETURN QUERY SELECT r.lo, r.hi, false FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms AND NOT r.dropping;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT r.lo, r.hi, r.name INTO going FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms;
    IF FOUND THEN
        IF NOT pg_try_advisory_xact_lock(hashtext('siptrail.range'), (going.lo / 3600000)::integer) THEN
            RAISE EXCEPTION 'range % is being dropped at this moment', going.name USING ERRCODE = 'lock_not_available';
        END IF;
        PERFORM set_config('lock_timeout', '1s', true), siptrail.range_make(going.lo, going.hi, going.name);
        RETURN QUERY SELECT going.lo, going.hi, false;
        RETURN;
    END IF;
    SELECT count(*) INTO total FROM siptrail.ranges r;
    RETURN QUERY SELECT a.lo, a.hi, true FROM siptrail.range_add(ms,
        CASE WHEN made < 40 AND total < 400 AND to_timestamp(ms / 1000.0) > now() - interval '100 days' THEN 'day'
            WHEN made < 60 AND total < 500 THEN 'month' END) a;
END $$;
COMMENT ON FUNCTION range_find(bigint, integer) IS 'The range for a time in milliseconds; made where there is none: a day, or more where it is long ago or this run (made) or the database has many. One that is just being dropped is an error, lock_not_available: ask again';

CREATE FUNCTION range_ahead(from_at timestamptz, to_at timestamptz, unit text) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    at bigint := floor(extract(epoch FROM from_at) * 1000)::bigint;
    made integer := 0;
    next bigint;
BEGIN
    WHILE at <= extract(epoch FROM to_at) * 1000 LOOP
        SELECT r.hi INTO next FROM siptrail.ranges r WHERE r.lo <= at AND r.hi > at AND NOT r.dropping;
        IF NOT FOUND THEN
            PERFORM pg_advisory_xact_lock(hashtext('siptrail.ranges'));
            IF EXISTS (SELECT FROM siptrail.ranges r WHERE r.lo <= at AND r.hi > at) THEN
                SELECT f.hi INTO next FROM siptrail.range_find(at, 0) f;
            ELSE
                SELECT a.hi INTO next FROM siptrail.range_add(at,
                    CASE WHEN (SELECT count(*) FROM siptrail.ranges) < 400 THEN unit ELSE 'month' END) a;
                made := made + 1;
            END IF;
        END IF;
        at := next;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION range_ahead(timestamptz, timestamptz, text) IS 'Make what ranges are missing between two times, each of that unit (day, week or month); how many were made';

-- A call that still runs, or that ended no longer ago than records are kept,
-- outlives the range it began in. Such a call has its index: the caller sees
-- to it that since is an hour or more after the end of the range.
CREATE FUNCTION range_outlives(since timestamptz, running timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('((c.ended_at IS NULL OR c.ended_at - c.first_at > ''1 hour'') AND (c.ended_at >= %L::timestamptz OR (c.ended_at IS NULL AND c.end_cause IS NULL AND c.last_message_at > %L::timestamptz)))',
        since, running);
COMMENT ON FUNCTION range_outlives(timestamptz, timestamptz) IS 'Condition, on calls c, for a call that stays when the range it began in goes: it ended at since or later, or it has not ended and its last message is later than running';

CREATE FUNCTION range_named(r_lo bigint, r_hi bigint, outlives text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('SELECT p.block_key FROM siptrail.calls c JOIN siptrail.parts p ON p.exchange_key = c.call_key
        WHERE c.call_key < %1$L AND p.exchange_key < %1$L AND %2$s AND p.block_key >= %3$L AND p.block_key < %1$L',
        CASE WHEN r_hi > 281474976710655 THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid ELSE siptrail.key_floor(to_timestamp(r_hi / 1000.0)) END,
        outlives, siptrail.key_floor(to_timestamp(r_lo / 1000.0)));
COMMENT ON FUNCTION range_named(bigint, bigint, text) IS 'Query for the blocks of a range that calls which stay, of this or of an earlier range, name';

CREATE FUNCTION range_look(r_name text, since timestamptz, running timestamptz,
        OUT calls bigint, OUT blocks bigint, OUT rest boolean)
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    r siptrail.ranges;
    outlives text := siptrail.range_outlives(since, running);
BEGIN
    SELECT * INTO STRICT r FROM siptrail.ranges WHERE ranges.name = r_name;
    EXECUTE format('SELECT count(*) FROM siptrail.%I c WHERE %s', 'calls_' || r.name, outlives) INTO calls;
    EXECUTE format('SELECT count(DISTINCT block_key) FROM (%s) n', siptrail.range_named(r.lo, r.hi, outlives)) INTO blocks;
    EXECUTE format('SELECT EXISTS (SELECT FROM siptrail.%I c WHERE (%s) IS NOT TRUE) OR EXISTS (SELECT FROM siptrail.%I)',
        'calls_' || r.name, outlives, 'exchanges_' || r.name) INTO rest;
    IF NOT rest THEN
        EXECUTE format('SELECT count(*) <> $1 FROM siptrail.%I', 'blocks_' || r.name) INTO rest USING blocks;
    END IF;
    IF NOT rest AND calls = 0 THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM siptrail.%I) OR EXISTS (SELECT FROM siptrail.%I)',
            'parts_' || r.name, 'dialogs_' || r.name) INTO rest;
    END IF;
END $$;
COMMENT ON FUNCTION range_look(text, timestamptz, timestamptz) IS 'What of a range would stay, calls and blocks, and whether there is anything else in it';

CREATE FUNCTION range_lock(r_name text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE (SELECT 'LOCK TABLE ' || string_agg(leaf, ', ') || ' IN ACCESS EXCLUSIVE MODE' FROM siptrail.range_leaves(r_name));
END $$;
COMMENT ON FUNCTION range_lock(text) IS 'Lock the partitions of a range, of no other; with a lock_timeout';

CREATE FUNCTION range_trim(r_name text, since timestamptz, running timestamptz) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    r siptrail.ranges;
    look record;
    t record;
    outlives text := siptrail.range_outlives(since, running);
BEGIN
    SELECT * INTO STRICT r FROM siptrail.ranges WHERE ranges.name = r_name;
    SELECT * INTO look FROM siptrail.range_look(r_name, since, running);
    IF look.calls = 0 AND look.blocks = 0 THEN
        EXECUTE (SELECT 'TRUNCATE ' || string_agg(leaf, ', ') FROM siptrail.range_leaves(r_name));
        UPDATE siptrail.ranges SET dropping = true WHERE lo = r.lo AND name NOT IN ('early', 'late');
        RETURN true;
    END IF;
    EXECUTE format('CREATE TEMP TABLE kept_calls ON COMMIT DROP AS SELECT c.* FROM siptrail.%I c WHERE %s', 'calls_' || r.name, outlives);
    EXECUTE format('CREATE TEMP TABLE kept_dialogs ON COMMIT DROP AS SELECT * FROM siptrail.%I WHERE call_key IN (SELECT call_key FROM kept_calls)', 'dialogs_' || r.name);
    EXECUTE format('CREATE TEMP TABLE kept_exchanges ON COMMIT DROP AS SELECT * FROM siptrail.%I WHERE false', 'exchanges_' || r.name);
    EXECUTE format('CREATE TEMP TABLE kept_parts ON COMMIT DROP AS SELECT * FROM siptrail.%I WHERE exchange_key IN (SELECT call_key FROM kept_calls)', 'parts_' || r.name);
    EXECUTE format('CREATE TEMP TABLE kept_blocks ON COMMIT DROP AS SELECT * FROM siptrail.%I WHERE block_key IN (%s)', 'blocks_' || r.name,
        siptrail.range_named(r.lo, r.hi, outlives));
    EXECUTE format('CREATE TEMP TABLE kept_texts ON COMMIT DROP AS SELECT * FROM siptrail.%I WHERE block_key IN (SELECT block_key FROM kept_blocks)', 'texts_' || r.name);
    FOR t IN SELECT * FROM siptrail.range_leaves(r_name) LOOP
        EXECUTE format('TRUNCATE %s', t.leaf);
        EXECUTE format('INSERT INTO %s SELECT * FROM pg_temp.%I', t.leaf, 'kept_' || t.parent);
    END LOOP;
    RETURN false;
END $$;
COMMENT ON FUNCTION range_trim(text, timestamptz, timestamptz) IS 'Empty a range but for the calls that stay, see range_outlives, and their messages. True where none did: it is then marked as dropping. Under range_lock';

CREATE FUNCTION range_trim_texts(r_name text, running timestamptz, only_look boolean) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    r siptrail.ranges;
    named text;
    rest boolean;
    kept bigint := 0;
    leaf text := format('siptrail.%I', 'texts_' || r_name);
BEGIN
    SELECT * INTO STRICT r FROM siptrail.ranges WHERE ranges.name = r_name;
    named := siptrail.range_named(r.lo, r.hi, siptrail.range_outlives('infinity', running));
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE block_key NOT IN (%s))', leaf, named) INTO rest;
    IF NOT rest THEN
        RETURN -1;
    ELSIF only_look THEN
        RETURN 0;
    END IF;
    EXECUTE format('CREATE TEMP TABLE kept_texts ON COMMIT DROP AS SELECT * FROM %s WHERE block_key IN (%s)', leaf, named);
    GET DIAGNOSTICS kept = ROW_COUNT;
    EXECUTE format('TRUNCATE %s', leaf);
    EXECUTE format('INSERT INTO %s SELECT * FROM pg_temp.kept_texts', leaf);
    RETURN kept;
END $$;
COMMENT ON FUNCTION range_trim_texts(text, timestamptz, boolean) IS 'Empty the texts of a range but for those of calls that still run; how many blocks'' texts stayed, -1 where there were no others';

INSERT INTO schema_version (version, name) VALUES (21, '0021_retention');
COMMIT;
