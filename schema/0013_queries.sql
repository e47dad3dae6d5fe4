-- siptrail 13: indexes for what people ask; the summary takes the call's verdict.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- Answered is most of them, and found by time.
CREATE INDEX ON calls (disposition, first_at) WHERE disposition <> 'answered';
-- Few take that long.
CREATE INDEX ON calls (setup_ms) WHERE setup_ms > 30000;

-- Rows that have another key than their group. Not partial: the server then
-- counts how few they are. Equal entries, here NULL, take next to no room.
DROP INDEX calls_group_key_idx;
CREATE INDEX ON calls (nullif(group_key, call_key));
CREATE OR REPLACE VIEW kpi_calls AS
SELECT c.*
FROM kpi_attempts c
WHERE NOT EXISTS (
        SELECT FROM calls e
        WHERE nullif(e.group_key, e.call_key) = c.group_key AND nullif(e.group_key, e.call_key) IS NOT NULL
            AND (e.first_at, e.call_key) < (c.first_at, c.call_key))
    AND (c.group_key = c.call_key OR NOT EXISTS (
        SELECT FROM calls e
        WHERE e.call_key = c.group_key AND e.group_key = c.group_key
            AND (e.first_at, e.call_key) < (c.first_at, c.call_key)));
CREATE OR REPLACE FUNCTION concurrent_calls(since timestamptz, until timestamptz, address inet DEFAULT NULL)
    RETURNS TABLE (minute timestamptz, calls bigint, talking bigint)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH span AS (
    SELECT c.call_key, c.group_key, c.first_at, c.answered_at,
        CASE WHEN c.ended_at IS NOT NULL THEN c.ended_at
            WHEN c.end_cause = 'no_response' THEN c.last_message_at
            WHEN k.state = 'running' THEN 'infinity'
            ELSE greatest(k.last_packet_at, c.last_message_at) END AS over_at
    FROM (
        SELECT call_key, group_key, capture_key, first_at, answered_at, ended_at, last_message_at, end_cause, src_ip, dst_ip
        FROM siptrail.calls WHERE first_at >= since - interval '1 hour' AND first_at < until
        UNION ALL
        SELECT call_key, group_key, capture_key, first_at, answered_at, ended_at, last_message_at, end_cause, src_ip, dst_ip
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

COMMENT ON VIEW kpi_attempts IS 'Every call with what it counts as; the KPI views and siptrail stats rest on it. It has what siptrail calls filters by, so that any filter can be put in front. Left out: calls begun before the capture (no_start). Rounds of authentication are no attempts: they are part of their call';

-- Rows written before there was a verdict have one made of their columns.
DROP VIEW call_summary;
CREATE VIEW call_summary AS
SELECT
    c.call_key,
    c.first_at,
    coalesce(c.caller_user, c.caller_host) AS caller,
    coalesce(c.callee_user, c.callee_host) AS callee,
    c.disposition,
    c.status_code,
    c.reason_phrase,
    round(c.pdd_ms / 1000.0, 3) AS pdd_s,
    round(c.setup_ms / 1000.0, 3) AS setup_s,
    round(c.talk_ms / 1000.0, 3) AS talk_s,
    c.ended_by,
    c.end_cause,
    c.reason_q850,
    host(c.src_ip) || ':' || c.src_port AS src,
    host(c.dst_ip) || ':' || c.dst_port AS dst,
    c.messages,
    c.call_id,
    coalesce(c.verdict, CASE
        WHEN 'no_start' = ANY (c.evidence) THEN 'begun before the capture'
        WHEN c.end_cause = 'no_ack' THEN 'answered, but the 200 was never acknowledged: the callee''s answer does not reach ' || host(c.src_ip)
        WHEN c.disposition = 'answered' AND c.ended_at IS NULL THEN 'answered, still running at the end of the capture'
        WHEN c.disposition = 'answered' AND 'answer_not_seen' = ANY (c.evidence) THEN 'answered, though the answer itself was not captured'
        WHEN c.disposition = 'answered' THEN 'answered, ended by the ' || c.ended_by || coalesce(' after ' || round(c.talk_ms / 1000.0, 1) || ' s', '')
            || CASE WHEN c.end_exact THEN '' ELSE ' (' || replace(c.end_cause::text, '_', ' ') || ', inferred)' END
        WHEN c.disposition = 'answered_elsewhere' THEN 'answered by another phone'
        WHEN c.disposition = 'cancelled' THEN 'given up by the caller' || coalesce(' after ' || round(c.cancel_ms / 1000.0, 1) || ' s', '')
            || CASE WHEN c.ringing_at IS NOT NULL THEN ' of ringing' ELSE ', before it rang' END
        WHEN c.disposition = 'timeout' THEN 'no answer at all from ' || host(c.dst_ip)
        WHEN c.disposition = 'auth_failed' THEN 'authentication failed: ' || c.status_code || coalesce(' ' || c.reason_phrase, '') || ' was the last word'
        WHEN c.disposition = 'redirected' THEN 'redirected' || coalesce(' to ' || array_to_string(c.redirect_to, ', '), '')
        WHEN c.disposition = 'unknown' AND 'one_direction' = ANY (c.evidence) THEN 'only one direction was captured'
        ELSE replace(c.disposition::text, '_', ' ') || coalesce(': ' || c.status_code || coalesce(' ' || c.reason_phrase, ''), '')
            || coalesce(', Q.850 cause ' || c.reason_q850, '')
    END) AS verdict
FROM calls c;
COMMENT ON VIEW call_summary IS 'What a person wants to see first of each call; durations in seconds';
COMMENT ON COLUMN call_summary.call_key IS 'The call, see calls';
COMMENT ON COLUMN call_summary.first_at IS 'Its first message, packet time';
COMMENT ON COLUMN call_summary.caller IS 'User part of From, else its host';
COMMENT ON COLUMN call_summary.callee IS 'User part of To, else its host';
COMMENT ON COLUMN call_summary.disposition IS 'What became of it';
COMMENT ON COLUMN call_summary.status_code IS 'Final response to the INVITE';
COMMENT ON COLUMN call_summary.reason_phrase IS 'Its phrase';
COMMENT ON COLUMN call_summary.pdd_s IS 'Post-dial delay, s';
COMMENT ON COLUMN call_summary.setup_s IS 'INVITE to 2xx, s';
COMMENT ON COLUMN call_summary.talk_s IS '2xx to end, s';
COMMENT ON COLUMN call_summary.ended_by IS 'Who ended it';
COMMENT ON COLUMN call_summary.end_cause IS 'What ended it';
COMMENT ON COLUMN call_summary.reason_q850 IS 'Q.850 cause of the Reason header (RFC 3326)';
COMMENT ON COLUMN call_summary.src IS 'Source of the first INVITE';
COMMENT ON COLUMN call_summary.dst IS 'Destination of the first INVITE';
COMMENT ON COLUMN call_summary.messages IS 'Messages, duplicates apart';
COMMENT ON COLUMN call_summary.call_id IS 'Call-ID';
COMMENT ON COLUMN call_summary.verdict IS 'One sentence on what happened, and on which side it went wrong';

CREATE VIEW kpi_registrations AS
SELECT r.registrar, r.dst_ip, min(r.first_at) AS first_at, max(r.last_at) AS last_at,
    count(*) AS bindings,
    count(*) FILTER (WHERE r.state = 'registered') AS registered,
    sum(r.attempts)::bigint AS attempts,
    sum(r.failures)::bigint AS failures,
    sum(r.timeouts)::bigint AS timeouts,
    sum(r.challenges)::bigint AS challenges,
    round(100.0 * sum(r.ineffective) / nullif(sum(r.attempts), 0), 2) AS ira,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY r.register_ms) AS rrd_p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY r.register_ms) AS rrd_p95_ms
FROM registrations r
GROUP BY r.registrar, r.dst_ip;
COMMENT ON VIEW kpi_registrations IS 'Figures for each registrar and address that was registered at. Left out: REGISTERs without a Contact (queries), and what is no REGISTER. Rounds of authentication are no attempts, and 401, 402 and 407 not ineffective. What would be divided by none is NULL';
COMMENT ON COLUMN kpi_registrations.registrar IS 'Host of the Request-URI (RFC 3261, 10.2)';
COMMENT ON COLUMN kpi_registrations.dst_ip IS 'Where the REGISTER was sent, on the hop nearest to the phone';
COMMENT ON COLUMN kpi_registrations.first_at IS 'First REGISTER';
COMMENT ON COLUMN kpi_registrations.last_at IS 'Last final response to one';
COMMENT ON COLUMN kpi_registrations.bindings IS 'Rows of registrations: bindings, each as often as it was made anew';
COMMENT ON COLUMN kpi_registrations.registered IS 'Of these: still registered';
COMMENT ON COLUMN kpi_registrations.attempts IS 'REGISTERs, each with its rounds of authentication counted once';
COMMENT ON COLUMN kpi_registrations.failures IS 'Of these: ended in 300 or above, or without any final';
COMMENT ON COLUMN kpi_registrations.timeouts IS 'Of these: no final in 32 s (Timer F)';
COMMENT ON COLUMN kpi_registrations.challenges IS '401 and 407 met';
COMMENT ON COLUMN kpi_registrations.ira IS 'Ineffective registration attempts, % (RFC 6076, 4.2): 4xx other than 401, 402 and 407, 5xx, 6xx and timeouts / attempts';
COMMENT ON COLUMN kpi_registrations.rrd_p50_ms IS 'Registration request delay, ms (RFC 6076, 4.1), challenge included: median of first registrations';
COMMENT ON COLUMN kpi_registrations.rrd_p95_ms IS 'Registration request delay, ms, 95th percentile of first registrations';

INSERT INTO schema_version (version, name) VALUES (13, '0013_queries');
COMMIT;
