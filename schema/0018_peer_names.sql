-- siptrail 18: the names of peers where people look first.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE OR REPLACE VIEW call_summary AS
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
    END) AS verdict,
    peer_name(c.src_ip) AS src_peer,
    peer_name(c.dst_ip) AS dst_peer
FROM calls c;
COMMENT ON COLUMN call_summary.src_peer IS 'Name of the source in peers; NULL where it has none';
COMMENT ON COLUMN call_summary.dst_peer IS 'Name of the destination in peers; NULL where it has none';

-- All it had, and the names, found once for each pair.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kpi_by_trunk AS SELECT t.*, peer_name(t.src_ip) AS src_peer, peer_name(t.dst_ip) AS dst_peer FROM ('
        || rtrim(pg_get_viewdef('kpi_by_trunk'::regclass), ';') || ') t';
END $$;
COMMENT ON COLUMN kpi_by_trunk.src_peer IS 'Name of the source in peers; NULL where it has none';
COMMENT ON COLUMN kpi_by_trunk.dst_peer IS 'Name of the destination in peers; NULL where it has none';

INSERT INTO schema_version (version, name) VALUES (18, '0018_peer_names');
COMMIT;
