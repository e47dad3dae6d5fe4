-- Calls in numbers, shaped like traffic: psql -v calls=1000000 -v days=20.
-- The hours of a day, trunks, numbers, outcomes and delays are spread as on a
-- carrier's network; the last day is 2026-11-20. All is made of hashes, so the
-- same calls come each time.
\set ON_ERROR_STOP on
SET search_path = siptrail, public;
CREATE FUNCTION pg_temp.dice(n integer, salt integer, sides integer) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN ((hashint8(n::bigint * 64 + salt)::bigint + 2147483648) % sides)::integer;

SELECT count(*) AS ranges FROM generate_series(0, :days - 1) AS day,
    LATERAL range_find((extract(epoch FROM timestamptz '2026-11-20Z' - day * interval '1 day') * 1000)::bigint, day) \gset

INSERT INTO captures (capture_key, run_key, sensor, source, state, last_packet_at)
VALUES ('00000000-0000-8000-8000-000000000001', '00000000-0000-8000-8000-000000000002', 'bench', 'made', 'complete', '2026-11-21Z');

CREATE TEMPORARY TABLE made AS
SELECT n, at,
    (left(key_floor(at)::text, 13) || '-8' || lpad(to_hex(n & 4095), 3, '0') || '-8' || substr(md5(n::text), 1, 3) || '-' || substr(md5(n::text), 4, 12))::uuid AS key,
    CASE WHEN outcome < 560 THEN 'answered' WHEN outcome < 660 THEN 'busy' WHEN outcome < 800 THEN 'no_answer'
        WHEN outcome < 900 THEN 'cancelled' WHEN outcome < 940 THEN 'not_found' WHEN outcome < 960 THEN 'unavailable'
        WHEN outcome < 980 THEN 'server_error' WHEN outcome < 986 THEN 'declined' WHEN outcome < 990 THEN 'redirected'
        WHEN outcome < 994 THEN 'timeout' ELSE 'unknown' END AS disposition,
    '192.0.2.' || 10 + (pg_temp.dice(n, 1, 40) * pg_temp.dice(n, 2, 40)) / 40 AS src,
    '198.51.100.' || 10 + pg_temp.dice(n, 3, 12) AS dst,
    CASE pg_temp.dice(n, 4, 5) WHEN 0 THEN '+4930' WHEN 1 THEN '+4989' WHEN 2 THEN '+44207' WHEN 3 THEN '+1212' ELSE '+4940' END
        || lpad(pg_temp.dice(n, 5, 200000)::text, 7, '0') AS caller,
    CASE pg_temp.dice(n, 6, 8) WHEN 0 THEN '+4930' WHEN 1 THEN '+4989' WHEN 2 THEN '+4917' WHEN 3 THEN '+33' WHEN 4 THEN '+39'
        WHEN 5 THEN '+1415' WHEN 6 THEN '+4940' ELSE '+8613' END || lpad(pg_temp.dice(n, 7, 200000)::text, 7, '0') AS callee,
    200 + pg_temp.dice(n, 8, 40) * pg_temp.dice(n, 9, 100) AS pdd,
    CASE WHEN pg_temp.dice(n, 10, 2000) = 0 THEN 61000 ELSE 2000 + pg_temp.dice(n, 10, 15000) END AS setup,
    CASE WHEN pg_temp.dice(n, 11, 500) = 0 THEN 5400000 ELSE 500 + pg_temp.dice(n, 11, 400) * pg_temp.dice(n, 12, 1500) END AS talk,
    CASE WHEN pg_temp.dice(n, 13, 30) = 0 THEN 1 + pg_temp.dice(n, 14, 9) ELSE 0 END AS again
FROM (
    SELECT n, pg_temp.dice(n, 15, 1000) AS outcome,
        timestamptz '2026-11-20Z' - (n % :days) * interval '1 day'
            + interval '1 second' * ((pg_temp.dice(n, 16, 43200) + pg_temp.dice(n, 17, 43200)) + pg_temp.dice(n, 18, 1000) / 1000.0) AS at
    FROM generate_series(1, :calls) AS n
) f;

INSERT INTO calls (call_key, group_key, capture_key, first_at, invite_at, trying_at, progress_at, ringing_at, answered_at, ack_at,
    ended_at, last_message_at, talk_ms, total_ms, pdd_ms, pdd_total_ms, setup_ms, disconnect_ms, invites, reinvites, messages,
    retransmissions, forks, branches, auth_challenges, reason_q850, src_port, dst_port, state, disposition, ended_by, end_cause,
    transport, status_code, last_status_code, end_exact, src_ip, dst_ip, sensor, call_id, from_tag, to_tag, caller_user,
    caller_host, callee_user, callee_host, caller_number, callee_number, request_user, request_host, caller_agent, callee_agent,
    reason_phrase, evidence)
SELECT key, key, '00000000-0000-8000-8000-000000000001', at, at, at + interval '1 millisecond' * 5,
    CASE WHEN answered OR rang THEN at + interval '1 millisecond' * pdd END, CASE WHEN answered OR rang THEN at + interval '1 millisecond' * pdd END,
    CASE WHEN answered THEN at + interval '1 millisecond' * setup END, CASE WHEN answered THEN at + interval '1 millisecond' * (setup + 20) END,
    over, over + interval '1 millisecond' * 20, CASE WHEN answered THEN talk END, CASE WHEN answered THEN setup + talk ELSE setup END,
    CASE WHEN disposition <> 'timeout' THEN pdd END, pdd, CASE WHEN answered THEN setup END, CASE WHEN answered THEN 20 END,
    1, 0, CASE WHEN answered THEN 7 ELSE 5 END + again, again, 0, 1, 0,
    CASE WHEN answered AND n % 3 = 0 THEN 16 WHEN disposition = 'busy' AND n % 2 = 0 THEN 17 END, 5060, 5060,
    CASE WHEN answered THEN 'terminated' ELSE 'failed' END::call_state, disposition::call_disposition,
    (CASE WHEN answered AND n % 5 < 3 OR disposition = 'cancelled' THEN 'caller' WHEN disposition IN ('timeout', 'unknown') THEN 'timeout' ELSE 'callee' END)::call_ended_by,
    (CASE WHEN answered THEN 'bye' WHEN disposition = 'cancelled' THEN 'cancel' WHEN disposition IN ('timeout', 'unknown') THEN 'no_response' ELSE 'rejected' END)::call_end_cause,
    'udp', status, status, disposition NOT IN ('timeout', 'unknown'), src::inet, dst::inet, 'bench', substr(md5('id' || n), 1, 24) || '@' || src,
    substr(md5('f' || n), 1, 10), CASE WHEN disposition NOT IN ('timeout', 'unknown') THEN substr(md5('t' || n), 1, 10) END, caller, src, callee, dst, caller, callee,
    callee, dst, 'Asterisk PBX ' || 18 + n % 3, 'Carrier SBC ' || n % 4,
    (SELECT reason_phrase FROM status_codes s WHERE s.status_code = status),
    CASE WHEN disposition = 'unknown' THEN '{one_direction}' WHEN n % 500 = 0 THEN '{no_end}' ELSE '{}' END::text[]
FROM (
    SELECT *, CASE WHEN disposition <> 'unknown' THEN at + interval '1 millisecond' * CASE WHEN answered THEN setup + talk ELSE setup END END AS over
    FROM (
        SELECT *, disposition = 'answered' AS answered, disposition IN ('busy', 'no_answer') OR disposition = 'cancelled' AND n % 4 > 0 AS rang,
            CASE disposition WHEN 'answered' THEN 200 WHEN 'busy' THEN 486 WHEN 'no_answer' THEN 480 WHEN 'cancelled' THEN 487 WHEN 'not_found' THEN 404
                WHEN 'unavailable' THEN 480 WHEN 'server_error' THEN CASE WHEN n % 4 > 0 THEN 503 ELSE 500 END WHEN 'declined' THEN 603 WHEN 'redirected' THEN 302 END::smallint AS status
        FROM made) a
) b;

-- Where their messages would be, and their Call-IDs' hashes.
INSERT INTO parts (exchange_key, block_key, no, kind, lo, hi, who, name)
SELECT call_key, call_key, 0, 'call', 1, messages, 1, hashtextextended(call_id, 0) FROM calls
WHERE capture_key = '00000000-0000-8000-8000-000000000001';

-- Phones that register for an hour; the first twenty lose their way and come back.
INSERT INTO registrations (registration_key, binding_key, capture_key, first_at, last_at, expires_at, expires_s, register_ms, attempts,
    failures, ineffective, timeouts, challenges, renewals, state, transport, status_code, src_ip, dst_ip, sensor, registrar, aor, contact_host, call_id)
SELECT (left(key_floor(at)::text, 13) || '-8000-8' || substr(md5('r' || n), 1, 3) || '-' || substr(md5('r' || n), 4, 12))::uuid,
    ('00000000-0000-8000-8000-' || lpad(to_hex(binding), 12, '0'))::uuid, '00000000-0000-8000-8000-000000000001', at, at + interval '50 min',
    at + interval '1 hour', 3600, 20 + pg_temp.dice(n, 22, 200), 2, 0, 0, 0, 1, 1, 'expired', 'udp', 200,
    ('203.0.113.' || binding % 250)::inet, '192.0.2.5', 'bench', 'example.com', 'sip:' || binding || '@example.com', '203.0.113.' || binding % 250, 'r' || n
FROM (
    SELECT n, CASE WHEN n <= 200 THEN n % 20 ELSE n END AS binding, timestamptz '2026-11-20Z' - CASE WHEN n <= 200 THEN 0 ELSE n % :days END * interval '1 day'
        + CASE WHEN n <= 200 THEN interval '12 hours' + n * interval '17 seconds' ELSE pg_temp.dice(n, 21, 86400) * interval '1 second' END AS at
    FROM generate_series(1, :calls / 5) AS n) f;
