-- siptrail 26: calls taken up again run on after the capture they began in.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE OR REPLACE FUNCTION concurrent_calls(since timestamptz, until timestamptz, address inet DEFAULT NULL)
    RETURNS TABLE (minute timestamptz, calls bigint, talking bigint)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH span AS (
    SELECT c.call_key, c.group_key, c.first_at, c.answered_at,
        CASE WHEN c.ended_at IS NOT NULL THEN c.ended_at
            WHEN c.end_cause = 'no_response' THEN c.last_message_at
            WHEN c.live OR k.state = 'running' THEN 'infinity'
            ELSE greatest(k.last_packet_at, c.last_message_at) END AS over_at
    FROM (
        SELECT call_key, group_key, capture_key, first_at, answered_at, ended_at, last_message_at, end_cause, live, src_ip, dst_ip
        FROM siptrail.calls WHERE first_at >= since - interval '1 hour' AND first_at < until
        UNION ALL
        SELECT call_key, group_key, capture_key, first_at, answered_at, ended_at, last_message_at, end_cause, live, src_ip, dst_ip
        FROM siptrail.calls WHERE first_at < since - interval '1 hour'
            AND (ended_at IS NULL OR ended_at - first_at > '1 hour')
    ) c
        LEFT JOIN siptrail.captures k USING (capture_key)
    WHERE address IS NULL OR c.src_ip = address OR c.dst_ip = address
), counted AS (
    SELECT * FROM span WHERE over_at > since AND over_at > first_at AND address IS NOT NULL
    UNION ALL
    SELECT * FROM span s
    WHERE over_at > since AND over_at > first_at AND address IS NULL
        AND NOT EXISTS (
            SELECT FROM siptrail.calls e
            WHERE nullif(e.group_key, e.call_key) = s.group_key AND nullif(e.group_key, e.call_key) IS NOT NULL
                AND (e.first_at, e.call_key) < (s.first_at, s.call_key))
        AND (s.group_key = s.call_key OR NOT EXISTS (
            SELECT FROM siptrail.calls e
            WHERE e.call_key = s.group_key AND e.group_key = s.group_key
                AND (e.first_at, e.call_key) < (s.first_at, s.call_key)))
), change AS (
    SELECT greatest(first_at, since) AS at, 1 AS calls, 0 AS talking FROM counted
    UNION ALL SELECT over_at, -1, 0 FROM counted WHERE over_at < until
    UNION ALL SELECT greatest(answered_at, since), 0, 1 FROM counted WHERE answered_at < least(over_at, until)
    UNION ALL SELECT over_at, 0, -1 FROM counted WHERE answered_at < over_at AND over_at < until
), moment AS (
    SELECT at, sum(calls) AS calls, sum(talking) AS talking
    FROM (SELECT * FROM change UNION ALL SELECT DISTINCT date_trunc('minute', at, 'UTC'), 0, 0 FROM change) step
    GROUP BY at
), level AS (
    SELECT at, sum(calls) OVER (ORDER BY at) AS calls, sum(talking) OVER (ORDER BY at) AS talking FROM moment
), minutes AS (
    SELECT date_trunc('minute', at, 'UTC') AS minute, max(calls)::bigint AS calls, max(talking)::bigint AS talking,
        (array_agg(calls ORDER BY at DESC))[1]::bigint AS calls_left, (array_agg(talking ORDER BY at DESC))[1]::bigint AS talking_left
    FROM level GROUP BY 1
), ahead AS (
    SELECT *, lead(minute) OVER (ORDER BY minute) AS next_minute FROM minutes
)
SELECT f.minute,
    CASE WHEN f.minute = a.minute THEN a.calls ELSE a.calls_left END,
    CASE WHEN f.minute = a.minute THEN a.talking ELSE a.talking_left END
FROM ahead a
    CROSS JOIN LATERAL generate_series(a.minute,
        CASE WHEN a.calls_left > 0 THEN coalesce(a.next_minute, least(until, greatest(now(), a.minute + interval '1 minute')))
            - interval '1 microsecond' ELSE a.minute END, interval '1 minute') AS f(minute)
WHERE f.minute >= date_trunc('minute', since, 'UTC')
$$;
COMMENT ON FUNCTION concurrent_calls(timestamptz, timestamptz, inet) IS 'The most calls at a time in each minute between two times: calls from their first message to their end, talking from the answer; calls begun before and calls that still ran count. Minutes without a call are not there. A call that had not ended runs until the end of its capture, one that is live until now. Network-wide, so without later rows of one end-to-end call; with an address all calls sent from or to it on the reference hop';

INSERT INTO schema_version (version, name) VALUES (26, '0026_live_calls');
COMMIT;
