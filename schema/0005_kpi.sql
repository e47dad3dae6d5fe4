-- siptrail 5: figures of merit (RFC 6076, E.411, E.425) and calls at a time.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- What joins rows of one end-to-end call is nearly always the row's own key.
CREATE INDEX ON calls (group_key) WHERE group_key <> call_key;
-- The few calls that reach far beyond the hour in which they began.
CREATE INDEX ON calls (first_at) WHERE ended_at IS NULL OR ended_at - first_at > '1 hour';

CREATE VIEW kpi_attempts AS
SELECT c.*,
    c.ended_at IS NOT NULL AND c.disposition <> 'unknown' AS counted,
    c.ended_at IS NOT NULL AND c.disposition = 'answered' AS answered,
    c.ended_at IS NOT NULL AND c.disposition = 'redirected' AS redirected,
    c.ended_at IS NOT NULL AND c.disposition <> 'unknown'
        AND (c.disposition = 'answered' OR coalesce(c.status_code IN (480, 486, 600, 603), false)) AS effective,
    c.ended_at IS NOT NULL AND c.disposition <> 'unknown'
        AND coalesce(c.status_code IN (408, 500, 503, 504), false) AS ineffective,
    c.ended_at IS NOT NULL AND c.disposition = 'timeout' AS timed_out,
    c.ended_at IS NOT NULL AND c.disposition = 'answered' AND c.end_cause = 'bye' AS completed,
    c.ended_at IS NOT NULL AND c.disposition = 'answered' AND c.ack_at IS NOT NULL AS acknowledged,
    c.ended_at IS NOT NULL AND c.disposition <> 'unknown'
        AND (c.disposition IN ('answered', 'busy', 'no_answer', 'declined')
            OR (c.disposition = 'cancelled' AND c.ringing_at IS NOT NULL)
            OR coalesce(c.reason_q850 = 20, false)) AS served
FROM calls c
WHERE NOT 'no_start' = ANY (c.evidence);
COMMENT ON VIEW kpi_attempts IS 'Every call with what it counts as; the KPI views and siptrail stats rest on it. All columns of calls are there, so that any filter can be put in front. Left out: calls begun before the capture (no_start). Rounds of authentication are no attempts: they are part of their call';
-- A row that has another key than its group is rare and has an index; the row
-- that gave the group its key is found by that key.
CREATE VIEW kpi_calls AS
SELECT c.*
FROM kpi_attempts c
WHERE NOT EXISTS (
        SELECT FROM calls e
        WHERE e.group_key = c.group_key AND e.group_key <> e.call_key
            AND (e.first_at, e.call_key) < (c.first_at, c.call_key))
    AND (c.group_key = c.call_key OR NOT EXISTS (
        SELECT FROM calls e
        WHERE e.call_key = c.group_key AND e.group_key = c.group_key
            AND (e.first_at, e.call_key) < (c.first_at, c.call_key)));
COMMENT ON VIEW kpi_calls IS 'kpi_attempts network-wide: of the rows of one end-to-end call the earliest, by group_key. Left out besides: all later rows of a group, whatever became of them';

-- One figure, one text: the views differ in what they group by.
CREATE TEMPORARY TABLE figure (no integer, name text, sql text, said text) ON COMMIT DROP;
INSERT INTO figure VALUES
    (1, 'calls', 'count(*)', 'Calls begun, running ones included'),
    (2, 'attempts', 'count(*) FILTER (WHERE c.counted)', 'N: ended, disposition not unknown'),
    (3, 'answered', 'count(*) FILTER (WHERE c.answered)', 'Of N: answered'),
    (4, 'redirected', 'count(*) FILTER (WHERE c.redirected)', 'Of N: redirected by a 3xx'),
    (5, 'timeouts', 'count(*) FILTER (WHERE c.timed_out)', 'Of N: no final response came'),
    (6, 'running', 'count(*) FILTER (WHERE c.ended_at IS NULL AND c.end_cause IS DISTINCT FROM ''no_response'')', 'Still running when the capture ended, or now: not in N'),
    (7, 'asr', 'round(100.0 * count(*) FILTER (WHERE c.answered) / nullif(count(*) FILTER (WHERE c.counted), 0), 2)', 'Answer seizure ratio, % (E.411): answered / N, redirected ones in N'),
    (8, 'ner', 'round(100.0 * count(*) FILTER (WHERE c.served) / nullif(count(*) FILTER (WHERE c.counted), 0), 2)', 'Network effectiveness ratio, % (E.425): (answered, busy, no answer, declined, given up while it rang, Q.850 20) / N'),
    (9, 'ser', 'round(100.0 * count(*) FILTER (WHERE c.answered) / nullif(count(*) FILTER (WHERE c.counted AND NOT c.redirected), 0), 2)', 'Session establishment ratio, % (RFC 6076, 4.6): answered / (N - redirected)'),
    (10, 'seer', 'round(100.0 * count(*) FILTER (WHERE c.effective) / nullif(count(*) FILTER (WHERE c.counted AND NOT c.redirected), 0), 2)', 'Session establishment effectiveness ratio, % (RFC 6076, 4.7): (answered, 480, 486, 600, 603) / (N - redirected)'),
    (11, 'isa', 'round(100.0 * count(*) FILTER (WHERE c.ineffective) / nullif(count(*) FILTER (WHERE c.counted), 0), 2)', 'Ineffective session attempts, % (RFC 6076, 4.8): 408, 500, 503, 504 received / N; without the timeouts that stand beside it'),
    (12, 'scr', 'round(100.0 * count(*) FILTER (WHERE c.completed) / nullif(count(*) FILTER (WHERE c.counted), 0), 2)', 'Session completion ratio, % (RFC 6076, 4.9): answered and the BYE answered / N'),
    (13, 'acd_ms', 'round(avg(c.talk_ms) FILTER (WHERE c.acknowledged))::bigint', 'Average call duration, ms: mean talk time (SDT) of acknowledged calls'),
    (14, 'sdt_p50_ms', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY c.talk_ms) FILTER (WHERE c.answered)', 'Session duration, ms (RFC 6076, 4.5), median of answered calls'),
    (15, 'sdt_p95_ms', 'percentile_disc(0.95) WITHIN GROUP (ORDER BY c.talk_ms) FILTER (WHERE c.answered)', 'Session duration, ms, 95th percentile of answered calls'),
    (16, 'talk_ms', 'sum(c.talk_ms) FILTER (WHERE c.answered)::bigint', 'Talk time of all answered calls, ms'),
    (17, 'pdd_p50_ms', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY c.pdd_ms) FILTER (WHERE c.counted)', 'Post-dial delay, ms, median of N'),
    (18, 'pdd_p95_ms', 'percentile_disc(0.95) WITHIN GROUP (ORDER BY c.pdd_ms) FILTER (WHERE c.counted)', 'Post-dial delay, ms, 95th percentile of N'),
    (19, 'pdd_p99_ms', 'percentile_disc(0.99) WITHIN GROUP (ORDER BY c.pdd_ms) FILTER (WHERE c.counted)', 'Post-dial delay, ms, 99th percentile of N'),
    (20, 'srd_p50_ms', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY c.pdd_ms) FILTER (WHERE c.answered)', 'Session request delay, ms (RFC 6076, 4.3), median of successful sessions'),
    (21, 'srd_p95_ms', 'percentile_disc(0.95) WITHIN GROUP (ORDER BY c.pdd_ms) FILTER (WHERE c.answered)', 'Session request delay, ms, 95th percentile of successful sessions'),
    (22, 'srd_failed_p50_ms', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY c.pdd_ms) FILTER (WHERE c.counted AND NOT c.answered AND NOT c.redirected)', 'Session request delay, ms (RFC 6076, 4.3), median of failed sessions; redirected ones are neither'),
    (23, 'srd_failed_p95_ms', 'percentile_disc(0.95) WITHIN GROUP (ORDER BY c.pdd_ms) FILTER (WHERE c.counted AND NOT c.answered AND NOT c.redirected)', 'Session request delay, ms, 95th percentile of failed sessions'),
    (24, 'sdd_p50_ms', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY c.disconnect_ms) FILTER (WHERE c.answered)', 'Session disconnect delay, ms (RFC 6076, 4.4), median of answered calls whose BYE got a 2xx'),
    (25, 'sdd_p95_ms', 'percentile_disc(0.95) WITHIN GROUP (ORDER BY c.disconnect_ms) FILTER (WHERE c.answered)', 'Session disconnect delay, ms, 95th percentile of answered calls whose BYE got a 2xx'),
    (26, 'messages', 'sum(c.messages)::bigint', 'Messages of these calls, duplicates apart'),
    (27, 'retransmissions', 'sum(c.retransmissions)::bigint', 'Of these: retransmissions (RFC 3261, 17)');
DO $$
DECLARE
    figures text := (SELECT string_agg(format(E'    %s AS %I', sql, name), E',\n' ORDER BY no) FROM figure);
    f record;
    v text;
BEGIN
    EXECUTE format($view$
CREATE VIEW kpi_hourly AS
SELECT h.*, round(h.calls / 3600.0, 3) AS cps, s.cps_max
FROM (
    SELECT date_trunc('hour', c.first_at, 'UTC') AS hour,
%s
    FROM kpi_calls c
    GROUP BY 1) h
JOIN (
    SELECT date_trunc('hour', second, 'UTC') AS hour, max(calls) AS cps_max
    FROM (SELECT date_trunc('second', first_at, 'UTC') AS second, count(*) AS calls FROM kpi_calls GROUP BY 1) a
    GROUP BY 1) s USING (hour)$view$, figures);
    EXECUTE format($view$
CREATE VIEW kpi_by_trunk AS
SELECT c.src_ip, c.dst_ip, min(c.first_at) AS first_at, max(c.first_at) AS last_at,
%s
FROM kpi_attempts c
GROUP BY c.src_ip, c.dst_ip$view$, figures);
    EXECUTE format($view$
CREATE VIEW kpi_by_agent AS
SELECT p.side, p.agent, min(c.first_at) AS first_at, max(c.first_at) AS last_at,
%s
FROM kpi_attempts c
    CROSS JOIN LATERAL (VALUES ('caller', c.caller_agent), ('callee', c.callee_agent)) AS p(side, agent)
WHERE p.agent IS NOT NULL
GROUP BY p.side, p.agent$view$, figures);
    FOREACH v IN ARRAY ARRAY['kpi_hourly', 'kpi_by_trunk', 'kpi_by_agent'] LOOP
        FOR f IN SELECT * FROM figure LOOP
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', v, f.name, f.said);
        END LOOP;
    END LOOP;
    -- The two views of calls say of each column what calls says.
    FOR f IN SELECT a.attname, col_description('calls'::regclass, a.attnum) AS said
        FROM pg_attribute a WHERE a.attrelid = 'calls'::regclass AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL VALUES
            ('counted', 'It is one of N: ended, and its disposition is known'),
            ('answered', 'Counted, and answered'),
            ('redirected', 'Counted, and redirected (final 3xx)'),
            ('effective', 'Counted, and answered or 480, 486, 600, 603 (RFC 6076, 4.7)'),
            ('ineffective', 'Counted, and 408, 500, 503 or 504 was received (RFC 6076, 4.8)'),
            ('timed_out', 'Counted, and no final response came: beside the ineffective, not among them'),
            ('completed', 'Answered, and its BYE had a response (RFC 6076, 4.9)'),
            ('acknowledged', 'Answered, and the ACK of the 2xx was seen'),
            ('served', 'Counted, and the network did its part (E.425): answered, busy, no answer, declined, given up while it rang, or Q.850 cause 20')
    LOOP
        EXECUTE format('COMMENT ON COLUMN kpi_attempts.%I IS %L', f.attname, f.said);
        EXECUTE format('COMMENT ON COLUMN kpi_calls.%I IS %L', f.attname, f.said);
    END LOOP;
END $$;
COMMENT ON VIEW kpi_hourly IS 'Network-wide figures for each hour in which a call began; hours without are not there. Left out: calls begun before the capture (no_start), later rows of one end-to-end call (of each group_key the earliest counts), and, of all but calls and running, calls that had not ended and those of unknown disposition. Rounds of authentication are no attempts. What would be divided by none is NULL';
COMMENT ON COLUMN kpi_hourly.hour IS 'Its begin; a call counts in the hour of its first message';
COMMENT ON COLUMN kpi_hourly.cps IS 'Calls begun per second, mean over the whole hour';
COMMENT ON COLUMN kpi_hourly.cps_max IS 'The most calls begun within one second';
COMMENT ON VIEW kpi_by_trunk IS 'Figures for each pair of addresses, one direction in a row: every call that src_ip sent to dst_ip on the reference hop, also where it is a later row of one end-to-end call. Left out: calls begun before the capture (no_start), and, of all but calls and running, calls that had not ended and those of unknown disposition. What would be divided by none is NULL';
COMMENT ON COLUMN kpi_by_trunk.src_ip IS 'Source of the first INVITE';
COMMENT ON COLUMN kpi_by_trunk.dst_ip IS 'Its destination';
COMMENT ON COLUMN kpi_by_trunk.first_at IS 'Its first call';
COMMENT ON COLUMN kpi_by_trunk.last_at IS 'Begin of its last call';
COMMENT ON VIEW kpi_by_agent IS 'Figures for each product name, as a caller and as a callee: every call, also where it is a later row of one end-to-end call. Left out: calls begun before the capture (no_start), calls in which that side named no product, and, of all but calls and running, calls that had not ended and those of unknown disposition. What would be divided by none is NULL';
COMMENT ON COLUMN kpi_by_agent.side IS 'caller: by its User-Agent; callee: by its Server or User-Agent';
COMMENT ON COLUMN kpi_by_agent.agent IS 'User-Agent or Server (RFC 3261, 20.41, 20.35)';
COMMENT ON COLUMN kpi_by_agent.first_at IS 'Its first call';
COMMENT ON COLUMN kpi_by_agent.last_at IS 'Begin of its last call';

CREATE VIEW kpi_cps AS
SELECT date_trunc('second', first_at, 'UTC') AS second, count(*) AS calls
FROM kpi_calls
GROUP BY 1;
COMMENT ON VIEW kpi_cps IS 'Calls begun in each second in which one began, network-wide. Left out: calls begun before the capture (no_start), and later rows of one end-to-end call';
COMMENT ON COLUMN kpi_cps.second IS 'Its begin';
COMMENT ON COLUMN kpi_cps.calls IS 'Calls begun in it';

-- +1 where a call begins, -1 where it ends, 0 where each minute with a change
-- begins; the sum so far is what ran then. Minutes without a change are filled
-- in with what ran at the end of the one before, unless that is nothing.
CREATE FUNCTION concurrent_calls(since timestamptz, until timestamptz, address inet DEFAULT NULL)
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
            WHERE e.group_key = s.group_key AND e.group_key <> e.call_key
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
COMMENT ON FUNCTION concurrent_calls(timestamptz, timestamptz, inet) IS 'The most calls at a time in each minute between two times: calls from their first message to their end, talking from the answer; calls begun before and calls that still ran count. Minutes without a call are not there. A call that had not ended runs until the end of its capture. Network-wide, so without later rows of one end-to-end call; with an address all calls sent from or to it on the reference hop';

CREATE VIEW kpi_concurrent AS
SELECT minute, calls, talking FROM concurrent_calls('-infinity', 'infinity');
COMMENT ON VIEW kpi_concurrent IS 'The most calls at a time in each minute in which there was one, network-wide. Left out: later rows of one end-to-end call. A call begun before the capture counts from its first message on, one that had not ended until the end of its capture. For a span of time ask concurrent_calls(since, until), which reads no more than it must';
COMMENT ON COLUMN kpi_concurrent.minute IS 'Its begin';
COMMENT ON COLUMN kpi_concurrent.calls IS 'The most calls at a time in it, from first message to end';
COMMENT ON COLUMN kpi_concurrent.talking IS 'The most answered calls at a time in it, from answer to end';

INSERT INTO schema_version (version, name) VALUES (5, '0005_kpi');
COMMIT;
