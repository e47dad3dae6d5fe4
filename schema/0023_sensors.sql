-- siptrail 23: several sensors, one database: who saw which call.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE TABLE sensors (
    sensor text COLLATE "C" PRIMARY KEY,
    noted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sensors IS 'Every sensor that a call was stored of';
COMMENT ON COLUMN sensors.sensor IS 'Its name, as in calls';
COMMENT ON COLUMN sensors.noted_at IS 'When the first call of it was stored, server time';
INSERT INTO sensors (sensor) SELECT DISTINCT sensor FROM calls;

CREATE TABLE group_links (
    group_key uuid PRIMARY KEY,
    first_key uuid NOT NULL,
    CHECK (first_key < group_key)
);
CREATE INDEX ON group_links (first_key);
COMMENT ON TABLE group_links IS 'Groups of calls of one sensor that another sensor saw, too: read them through the view call_sightings. The lower group_key, the one that began first by its sensor''s clock, has no row';
COMMENT ON COLUMN group_links.group_key IS 'group_key of calls that are a later sighting';
COMMENT ON COLUMN group_links.first_key IS 'group_key of the earlier sighting';

-- Few calls have them; those of several sensors are found by them.
CREATE INDEX ON calls (session_id_local) WHERE session_id_local IS NOT NULL;
CREATE INDEX ON calls (icid) WHERE icid IS NOT NULL;

-- Sensors need not know of each other: whoever commits later sees the rows of
-- the other. Keys alone decide which is first, so it is no matter who says it,
-- nor how often. In one order, so that two that link do not wait for each other
-- in a circle.
CREATE FUNCTION link_calls(keys uuid[]) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    linked bigint;
BEGIN
    IF (SELECT count(*) < 2 FROM (SELECT FROM siptrail.sensors LIMIT 2) s) THEN
        RETURN 0;
    END IF;
    INSERT INTO siptrail.group_links AS l (group_key, first_key)
    SELECT DISTINCT ON (1) greatest(p.a, p.b), least(p.a, p.b)
    FROM (
        SELECT c.group_key AS a, e.group_key AS b
        FROM siptrail.calls c JOIN siptrail.calls e ON e.call_id = c.call_id
        WHERE c.call_key = ANY (keys) AND e.sensor <> c.sensor
            AND e.call_key >= siptrail.key_floor(c.first_at - interval '1 hour')
            AND e.call_key < siptrail.key_floor(c.first_at + interval '1 hour')
            AND e.first_at <= c.last_message_at + interval '5 s'
            AND c.first_at <= e.last_message_at + interval '5 s'
        UNION ALL
        SELECT c.group_key, e.group_key
        FROM siptrail.calls c JOIN siptrail.calls e ON e.session_id_local = c.session_id_local
        WHERE c.call_key = ANY (keys) AND e.sensor <> c.sensor
            AND e.call_key >= siptrail.key_floor(c.first_at - interval '1 hour')
            AND e.call_key < siptrail.key_floor(c.first_at + interval '1 hour')
        UNION ALL
        SELECT c.group_key, e.group_key
        FROM siptrail.calls c JOIN siptrail.calls e ON e.icid = c.icid
        WHERE c.call_key = ANY (keys) AND e.sensor <> c.sensor
            AND e.call_key >= siptrail.key_floor(c.first_at - interval '1 hour')
            AND e.call_key < siptrail.key_floor(c.first_at + interval '1 hour')
    ) p
    WHERE p.a <> p.b
    ORDER BY 1, 2
    ON CONFLICT (group_key) DO UPDATE SET first_key = EXCLUDED.first_key WHERE EXCLUDED.first_key < l.first_key;
    GET DIAGNOSTICS linked = ROW_COUNT;
    RETURN linked;
END $$;
COMMENT ON FUNCTION link_calls(uuid[]) IS 'Enter in group_links which of these calls another sensor saw, too: the same Call-ID and times that overlap, clocks 5 s apart at most, or the same Session-ID or icid within an hour';

DO $$
DECLARE
    keys uuid[];
BEGIN
    SELECT array_agg(call_key) INTO keys FROM calls WHERE (SELECT count(*) > 1 FROM sensors);
    PERFORM link_calls(keys);
END $$;

-- What kpi_calls was: within each sensor.
DO $$
DECLARE
    f record;
BEGIN
    EXECUTE 'CREATE VIEW kpi_sensor_calls AS ' || pg_get_viewdef('kpi_calls'::regclass);
    CREATE OR REPLACE VIEW kpi_calls AS
    SELECT c.*
    FROM kpi_sensor_calls c
    WHERE NOT EXISTS (SELECT FROM group_links l WHERE l.group_key = c.group_key);
    FOR f IN SELECT attname, col_description(attrelid, attnum) AS said FROM pg_attribute
        WHERE attrelid = 'kpi_calls'::regclass AND attnum > 0 AND NOT attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN kpi_sensor_calls.%I IS %L', f.attname, f.said);
    END LOOP;
END $$;
COMMENT ON VIEW kpi_sensor_calls IS 'kpi_attempts, of the rows of one end-to-end call the earliest of each sensor, by group_key: figures of one sensor are made of these. Left out: calls begun before the capture (no_start), and later rows of one end-to-end call at that sensor';
COMMENT ON VIEW kpi_calls IS 'kpi_attempts network-wide: of the rows of one end-to-end call the earliest, by group_key, and over several sensors by group_links. Left out besides: all later rows of a group, whatever became of them';

-- The one condition more in what counts by itself.
DO $$
DECLARE
    source text := pg_get_functiondef('concurrent_calls(timestamptz, timestamptz, inet)'::regprocedure);
    changed text := replace(source, 'AND over_at > first_at AND address IS NULL',
        'AND over_at > first_at AND address IS NULL
        AND NOT EXISTS (SELECT FROM siptrail.group_links l WHERE l.group_key = s.group_key)');
BEGIN
    IF changed = source THEN
        RAISE EXCEPTION 'concurrent_calls() is not as it was';
    END IF;
    EXECUTE changed;
END $$;

CREATE VIEW call_sightings AS
SELECT f.call_key, f.call_id, f.first_at, s.last_at, s.sensors, s.transit_ms, s.dispositions, s.status_codes, s.agree,
    (SELECT array_agg(DISTINCT k.sensor) FROM captures k
        WHERE k.first_packet_at <= f.first_at AND (k.last_packet_at >= f.first_at OR k.state = 'running')
            AND NOT k.sensor = ANY (s.sensors)) AS not_seen_by
FROM calls f
    CROSS JOIN LATERAL (
        SELECT max(c.last_message_at) AS last_at,
            array_agg(c.sensor ORDER BY c.call_key) AS sensors,
            array_agg(CASE WHEN c.call_id = f.call_id THEN floor(extract(epoch FROM c.invite_at - f.invite_at) * 1000 + 0.5)::bigint END
                ORDER BY c.call_key) AS transit_ms,
            array_agg(c.disposition ORDER BY c.call_key) AS dispositions,
            array_agg(c.status_code ORDER BY c.call_key) AS status_codes,
            count(DISTINCT (c.disposition, c.status_code)) = 1 AS agree
        FROM (
            SELECT f.group_key AS key
            UNION SELECT l.group_key FROM group_links l WHERE l.first_key = f.group_key
            UNION SELECT m.group_key FROM group_links l JOIN group_links m ON m.first_key = l.group_key WHERE l.first_key = f.group_key
        ) g
            JOIN calls c ON c.call_key = g.key
    ) s
WHERE f.call_key = f.group_key AND NOT EXISTS (SELECT FROM group_links l WHERE l.group_key = f.group_key);
COMMENT ON VIEW call_sightings IS 'One row for each end-to-end call: which sensors saw it, when, and what became of it in the eyes of each. Of the rows of one sensor that belong together the first stands for all. Ask by first_at';
COMMENT ON COLUMN call_sightings.call_key IS 'The call as the sensor has it that saw it first, by its clock';
COMMENT ON COLUMN call_sightings.call_id IS 'Its Call-ID there';
COMMENT ON COLUMN call_sightings.first_at IS 'Its first message there';
COMMENT ON COLUMN call_sightings.last_at IS 'Its last message at any sensor';
COMMENT ON COLUMN call_sightings.sensors IS 'Who saw it, in the order of time';
COMMENT ON COLUMN call_sightings.transit_ms IS 'For each of these: how much later it saw the first INVITE than the first of them, ms, by the clocks of both; NULL where it saw a leg of another Call-ID, or no INVITE';
COMMENT ON COLUMN call_sightings.dispositions IS 'For each of these: what became of the call';
COMMENT ON COLUMN call_sightings.status_codes IS 'For each of these: the final response';
COMMENT ON COLUMN call_sightings.agree IS 'True where all of them say the same';
COMMENT ON COLUMN call_sightings.not_seen_by IS 'Sensors that were capturing then and saw nothing of it; NULL for none';

INSERT INTO schema_version (version, name) VALUES (23, '0023_sensors');
COMMIT;
