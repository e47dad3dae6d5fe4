-- siptrail 27: fewer ranges, for queries that name no time.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- Each range takes half a millisecond of planning from a query by Call-ID or
-- number, and some 20 locks: 400 of them are more than a server has by default.
CREATE FUNCTION range_unit(total bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN total < 75 THEN 'day' WHEN total < 140 THEN 'week' ELSE 'month' END;
COMMENT ON FUNCTION range_unit(bigint) IS 'What the next range of recent times should be, where there are so many: day, week or month';

CREATE OR REPLACE FUNCTION range_find(ms bigint, made integer) RETURNS TABLE (lo bigint, hi bigint, fresh boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
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
        CASE WHEN made < 40 AND to_timestamp(ms / 1000.0) > now() - interval '100 days' THEN siptrail.range_unit(total)
            WHEN made < 60 AND total < 500 THEN 'month' END) a;
END $$;

CREATE OR REPLACE FUNCTION range_ahead(from_at timestamptz, to_at timestamptz, unit text) RETURNS integer
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
                    CASE WHEN unit = 'day' THEN siptrail.range_unit((SELECT count(*) FROM siptrail.ranges)) ELSE unit END) a;
                made := made + 1;
            END IF;
        END IF;
        at := next;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION range_ahead(timestamptz, timestamptz, text) IS 'Make what ranges are missing between two times, each of that unit (day, week or month; for day what range_unit says); how many were made';

-- A run that was killed between its COMMIT and the linking.
CREATE FUNCTION link_recent(since timestamptz) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT siptrail.link_calls(array_agg(c.call_key)) FROM siptrail.calls c
        WHERE c.first_at >= since AND (SELECT count(*) > 1 FROM siptrail.sensors);
    END;
COMMENT ON FUNCTION link_recent(timestamptz) IS 'link_calls for all calls since then: siptrail capture does so every hour, to join what a killed run left apart';

INSERT INTO schema_version (version, name) VALUES (27, '0027_units');
COMMIT;
