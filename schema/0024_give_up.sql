-- siptrail 24: calls that were left open and are taken up by nobody.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- Closed as R9 closes what fell silent: an answered call as idle, one without
-- an answer as a timeout, at its last message.
CREATE FUNCTION calls_give_up(silent_since timestamptz, keys uuid[]) RETURNS bigint
    LANGUAGE sql AS $$
WITH closed AS (
    UPDATE siptrail.calls c SET
        live = false,
        state = CASE WHEN c.state IN ('trying', 'proceeding') THEN 'failed'
            WHEN c.state IN ('established', 'confirmed') THEN 'terminated' ELSE c.state END::siptrail.call_state,
        disposition = CASE WHEN c.end_cause IS NULL AND c.disposition = 'unknown' AND c.invite_at IS NOT NULL THEN 'timeout'
            ELSE c.disposition END::siptrail.call_disposition,
        verdict = CASE WHEN c.end_cause IS NULL THEN 'left open when the capture stopped, and never taken up again' ELSE c.verdict END,
        ended_at = CASE WHEN c.end_cause IS NULL THEN c.last_message_at ELSE c.ended_at END,
        talk_ms = CASE WHEN c.end_cause IS NULL THEN round(extract(epoch FROM c.last_message_at - c.answered_at) * 1000)::bigint ELSE c.talk_ms END,
        total_ms = CASE WHEN c.end_cause IS NULL THEN round(extract(epoch FROM c.last_message_at - c.invite_at) * 1000)::bigint ELSE c.total_ms END,
        ended_by = CASE WHEN c.end_cause IS NULL THEN 'timeout' ELSE c.ended_by END::siptrail.call_ended_by,
        end_cause = CASE WHEN c.end_cause IS NOT NULL THEN c.end_cause WHEN c.state IN ('trying', 'proceeding') THEN 'no_response' ELSE 'idle' END::siptrail.call_end_cause,
        end_exact = CASE WHEN c.end_cause IS NULL THEN false ELSE c.end_exact END,
        evidence = c.evidence || CASE WHEN c.end_cause IS NULL THEN ARRAY(SELECT e FROM unnest(ARRAY['no_end', 'capture_gap']) AS e WHERE e <> ALL (c.evidence)) ELSE '{}' END
    WHERE c.live AND c.last_message_at < silent_since AND (keys IS NULL OR c.call_key = ANY (keys))
    RETURNING 1)
SELECT count(*) FROM closed
$$;
COMMENT ON FUNCTION calls_give_up(timestamptz, uuid[]) IS 'Close live calls without a message since then that no siptrail follows any more, of these keys or (NULL) of any: idle or timeout, with no_end and capture_gap in evidence. How many it closed';

INSERT INTO schema_version (version, name) VALUES (24, '0024_give_up');
COMMIT;
