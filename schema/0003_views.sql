-- siptrail 3: what people read.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE FUNCTION method_name(id smallint, unknown text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN id > 0 THEN ('{INVITE,ACK,BYE,CANCEL,REGISTER,OPTIONS,PRACK,SUBSCRIBE,NOTIFY,PUBLISH,INFO,REFER,MESSAGE,UPDATE,BENOTIFY,SERVICE}'::text[])[id]
        WHEN id < 0 THEN unknown[-id] END;
COMMENT ON FUNCTION method_name(smallint, text[]) IS 'Name of a method by its number in a block';

CREATE VIEW messages AS
SELECT
    b.first_at + m.us * interval '1 microsecond' AS at,
    p.exchange_key::text || '/' || (p.no + m.place - 1) AS message_key,
    b.capture_keys[b.ep_capture[m.path >> 8]] AS capture_key,
    CASE WHEN b.t_no[m.txn] >= 0 THEN p.exchange_key::text || '/t' || b.t_no[m.txn] END AS transaction_key,
    p.exchange_key AS call_key,
    p.kind AS kind,
    (p.no + m.place - 1)::integer AS no,
    b.frame0 + m.frame AS frame,
    b.ep_ip[m.path >> 8] AS src_ip,
    b.ep_port[m.path >> 8] AS src_port,
    b.ep_ip[m.path & 255] AS dst_ip,
    b.ep_port[m.path & 255] AS dst_port,
    ('{udp,tcp,tls,sctp,ws,wss}'::text[])[b.ep_transport[m.path >> 8]]::transport AS transport,
    m.code < 0 AS is_request,
    CASE WHEN m.code <= -1000 THEN split_part(b.v_line[m.var], ' ', 1)
        WHEN m.code < 0 THEN method_name((-m.code)::smallint, NULL)
        ELSE method_name(b.t_method[m.txn], b.x_method) END AS method,
    CASE WHEN m.code >= 0 THEN m.code END AS status_code,
    CASE WHEN m.code >= 0 THEN b.v_line[m.var] END AS reason_phrase,
    CASE WHEN m.code <= -1000 THEN nullif(substr(b.v_line[m.var], strpos(b.v_line[m.var], ' ') + 1), '')
        WHEN m.code < 0 THEN b.v_line[m.var] END AS request_uri,
    CASE WHEN b.t_method[m.txn] <> 0 THEN b.t_cseq[m.txn]::bigint & 4294967295 END AS cseq,
    method_name(b.t_method[m.txn], b.x_method) AS cseq_method,
    b.call_ids[p.who] AS call_id,
    b.t_branch[m.txn] AS branch,
    b.t_sent_by[m.txn] AS sent_by,
    b.w_from_tag[m.who] AS from_tag,
    b.w_to_tag[m.who] AS to_tag,
    b.w_from_user[m.who] AS from_user,
    b.w_to_user[m.who] AS to_user,
    b.v_agent[m.var] AS user_agent,
    b.v_content_type[m.var] AS content_type,
    nullif((m.flags >> 8) & 127, 0)::smallint AS hop,
    m.flags & 1 <> 0 AS retransmission,
    m.flags & 2 <> 0 AS duplicate,
    ('{ok,partial,bad}'::text[])[((m.flags >> 2) & 3) + 1]::parse_status AS parse_status,
    CASE WHEN b.x_place IS NOT NULL THEN (
        SELECT array_agg(k.name ORDER BY k.name)
        FROM unnest(b.x_place, b.x_anomaly) AS x(place, id) JOIN anomaly_kinds k ON k.id = x.id
        WHERE x.place = p.lo + m.place - 1) END AS anomalies,
    m.length AS length,
    m.flags & 16 <> 0 AS ack_of_2xx,
    m.flags & 32 <> 0 AS truncated,
    m.flags & 128 <> 0 AS masked,
    m.raw AS raw,
    text_of(m.raw) AS raw_text,
    b.first_at AS block_at
FROM parts p
    JOIN blocks b USING (block_key)
    LEFT JOIN texts x USING (block_key)
    CROSS JOIN LATERAL ROWS FROM (
        unnest(b.m_us[p.lo:p.hi]), unnest(b.m_frame[p.lo:p.hi]), unnest(b.m_length[p.lo:p.hi]),
        unnest(b.m_path[p.lo:p.hi]), unnest(b.m_code[p.lo:p.hi]), unnest(b.m_flags[p.lo:p.hi]),
        unnest(b.m_var[p.lo:p.hi]), unnest(b.m_who[p.lo:p.hi]), unnest(b.m_txn[p.lo:p.hi]),
        unnest(x.raw[p.lo:p.hi])
    ) WITH ORDINALITY AS m(us, frame, length, path, code, flags, var, who, txn, raw, place);
COMMENT ON VIEW messages IS 'Every SIP message stored. Ask by call_key (fast); for a span of time ask for block_at too: block_at >= begin - ''35 min'' and block_at < end reads only those days';
COMMENT ON COLUMN messages.at IS 'Packet time of the packet that completed it';
COMMENT ON COLUMN messages.message_key IS 'Key of its call or exchange, and its ordinal there';
COMMENT ON COLUMN messages.capture_key IS 'The capture that holds it';
COMMENT ON COLUMN messages.transaction_key IS 'Its transaction; NULL where it has none';
COMMENT ON COLUMN messages.call_key IS 'The call that owns it, or, where kind is not call, the exchange';
COMMENT ON COLUMN messages.kind IS 'What its owner is';
COMMENT ON COLUMN messages.no IS 'Its ordinal in the owner, from 0, in time order';
COMMENT ON COLUMN messages.frame IS 'Number of that packet in its file, from 1';
COMMENT ON COLUMN messages.src_ip IS 'Source address, of the innermost IP header';
COMMENT ON COLUMN messages.src_port IS 'Source port';
COMMENT ON COLUMN messages.dst_ip IS 'Destination address';
COMMENT ON COLUMN messages.dst_port IS 'Destination port';
COMMENT ON COLUMN messages.transport IS 'What carried it (RFC 3261, 18)';
COMMENT ON COLUMN messages.is_request IS 'True for a request, false for a response';
COMMENT ON COLUMN messages.method IS 'Method; of a response by its CSeq (RFC 3261, 7.1)';
COMMENT ON COLUMN messages.status_code IS 'Of a response (RFC 3261, 7.2)';
COMMENT ON COLUMN messages.reason_phrase IS 'Of a response (RFC 3261, 7.2)';
COMMENT ON COLUMN messages.request_uri IS 'Of a request, as sent (RFC 3261, 8.1.1.1)';
COMMENT ON COLUMN messages.cseq IS 'CSeq number (RFC 3261, 20.16)';
COMMENT ON COLUMN messages.cseq_method IS 'CSeq method (RFC 3261, 20.16)';
COMMENT ON COLUMN messages.call_id IS 'Call-ID (RFC 3261, 20.8)';
COMMENT ON COLUMN messages.branch IS 'branch of the top Via (RFC 3261, 8.1.1.7)';
COMMENT ON COLUMN messages.sent_by IS 'sent-by of the top Via (RFC 3261, 20.42)';
COMMENT ON COLUMN messages.from_tag IS 'From tag (RFC 3261, 19.3)';
COMMENT ON COLUMN messages.to_tag IS 'To tag (RFC 3261, 19.3)';
COMMENT ON COLUMN messages.from_user IS 'User part of From (RFC 3261, 20.20)';
COMMENT ON COLUMN messages.to_user IS 'User part of To (RFC 3261, 20.39)';
COMMENT ON COLUMN messages.user_agent IS 'User-Agent or Server (RFC 3261, 20.41, 20.35)';
COMMENT ON COLUMN messages.content_type IS 'Content-Type (RFC 3261, 20.15)';
COMMENT ON COLUMN messages.hop IS 'Hop of its transaction, 1 the reference hop; NULL where not known';
COMMENT ON COLUMN messages.retransmission IS 'Sent again by the same element (RFC 3261, 17)';
COMMENT ON COLUMN messages.duplicate IS 'A copy of a message already there, captured twice';
COMMENT ON COLUMN messages.parse_status IS 'How far it could be read';
COMMENT ON COLUMN messages.anomalies IS 'What was wrong with it, see anomaly_kinds; NULL for nothing';
COMMENT ON COLUMN messages.length IS 'Bytes, start line to end of body, as captured';
COMMENT ON COLUMN messages.ack_of_2xx IS 'True for the ACK of a 2xx (RFC 3261, 13.2.2.4)';
COMMENT ON COLUMN messages.truncated IS 'Bytes of it were not captured';
COMMENT ON COLUMN messages.masked IS 'raw differs from the wire: secrets are masked with x, bodies of MESSAGE and of INFO with digits are cut';
COMMENT ON COLUMN messages.raw IS 'Its bytes; NULL for a duplicate, or where texts were dropped';
COMMENT ON COLUMN messages.raw_text IS 'Its bytes as text';
COMMENT ON COLUMN messages.block_at IS 'Time of its block, at most 35 min before at: bounds on it prune days';

CREATE VIEW anomalies AS
SELECT
    b.first_at + b.m_us[x.place] * interval '1 microsecond' AS at,
    p.exchange_key::text || '/' || (p.no + x.place - p.lo) AS message_key,
    p.exchange_key AS call_key,
    p.kind AS kind,
    k.name AS name,
    k.layer AS layer,
    k.clause AS clause,
    k.text AS detail,
    b.first_at AS block_at
FROM parts p
    JOIN blocks b USING (block_key)
    CROSS JOIN LATERAL unnest(b.x_place, b.x_anomaly) AS x(place, id)
    JOIN anomaly_kinds k ON k.id = x.id
WHERE b.x_place IS NOT NULL AND x.place BETWEEN p.lo AND p.hi;
COMMENT ON VIEW anomalies IS 'Faults and violations of single messages; those of packets are counted in captures.anomalies';
COMMENT ON COLUMN anomalies.at IS 'Packet time of the message';
COMMENT ON COLUMN anomalies.message_key IS 'The message';
COMMENT ON COLUMN anomalies.call_key IS 'The call or exchange that owns it';
COMMENT ON COLUMN anomalies.kind IS 'What the owner is';
COMMENT ON COLUMN anomalies.name IS 'Name of the anomaly';
COMMENT ON COLUMN anomalies.layer IS 'Part of the program that named it';
COMMENT ON COLUMN anomalies.clause IS 'RFC and section that is broken';
COMMENT ON COLUMN anomalies.detail IS 'What it means';
COMMENT ON COLUMN anomalies.block_at IS 'As in messages: bounds on it prune days';

CREATE VIEW transactions AS
SELECT
    t.transaction_key, t.call_key,
    (SELECT d.dialog_key FROM dialogs d WHERE d.call_key = t.call_key
        AND (d.local_tag, d.remote_tag) IN ((t.from_tag, t.to_tag), (t.to_tag, t.from_tag))
        ORDER BY d.dialog_key LIMIT 1) AS dialog_key,
    t.branch, t.sent_by, t.method, t.cseq, t.src_ip, t.src_port, t.dst_ip, t.dst_port, t.transport,
    t.request_at, t.provisional_at, t.final_at, t.ack_at, t.status_code,
    CASE
        WHEN t.final_at IS NULL AND t.provisional_at IS NOT NULL AND t.method = 'INVITE' THEN 'proceeding'
        WHEN t.final_at IS NULL AND t.method <> 'ACK' AND t.request_at IS NOT NULL AND (SELECT c.last_packet_at FROM captures c
            WHERE c.capture_key = t.capture_key) >= t.request_at + interval '32 s' THEN 'timed_out'
        WHEN t.final_at IS NULL AND t.provisional_at IS NOT NULL THEN 'proceeding'
        WHEN t.final_at IS NULL THEN 'trying'
        WHEN t.method = 'INVITE' AND t.status_code < 300 THEN 'terminated'
        WHEN t.ack_at IS NOT NULL THEN 'confirmed'
        ELSE 'completed' END::transaction_state AS state,
    t.request_retransmissions, t.response_retransmissions,
    floor(extract(epoch FROM t.final_at - t.request_at) * 1000 + 0.5)::bigint AS response_ms,
    t.initial, t.hop, t.kind
FROM (
    SELECT
        m.transaction_key, m.call_key, m.kind,
        (array_agg(m.branch ORDER BY m.no) FILTER (WHERE NOT m.is_request OR m.method <> 'ACK'))[1] AS branch,
        (array_agg(m.sent_by ORDER BY m.no) FILTER (WHERE NOT m.is_request OR m.method <> 'ACK'))[1] AS sent_by,
        coalesce(min(m.method) FILTER (WHERE m.is_request AND m.method <> 'ACK'), min(m.cseq_method) FILTER (WHERE NOT m.is_request), min(m.method)) AS method,
        min(m.cseq) AS cseq,
        (array_agg(CASE WHEN m.is_request THEN m.src_ip ELSE m.dst_ip END ORDER BY m.no))[1] AS src_ip,
        (array_agg(CASE WHEN m.is_request THEN m.src_port ELSE m.dst_port END ORDER BY m.no))[1] AS src_port,
        (array_agg(CASE WHEN m.is_request THEN m.dst_ip ELSE m.src_ip END ORDER BY m.no))[1] AS dst_ip,
        (array_agg(CASE WHEN m.is_request THEN m.dst_port ELSE m.src_port END ORDER BY m.no))[1] AS dst_port,
        (array_agg(m.transport ORDER BY m.no))[1] AS transport,
        (array_agg(m.capture_key ORDER BY m.no))[1] AS capture_key,
        (array_agg(m.from_tag ORDER BY m.no))[1] AS from_tag,
        (array_agg(m.to_tag ORDER BY m.status_code DESC NULLS LAST, m.no) FILTER (WHERE m.to_tag IS NOT NULL))[1] AS to_tag,
        min(m.at) FILTER (WHERE m.is_request AND (m.method <> 'ACK' OR m.cseq_method <> 'ACK')) AS request_at,
        min(m.at) FILTER (WHERE m.status_code < 200) AS provisional_at,
        min(m.at) FILTER (WHERE m.status_code >= 200) AS final_at,
        min(m.at) FILTER (WHERE m.is_request AND m.method = 'ACK') AS ack_at,
        (array_agg(m.status_code ORDER BY m.no) FILTER (WHERE m.status_code >= 200))[1] AS status_code,
        count(*) FILTER (WHERE m.is_request AND m.retransmission) AS request_retransmissions,
        count(*) FILTER (WHERE NOT m.is_request AND m.retransmission) AS response_retransmissions,
        bool_and(m.to_tag IS NULL) FILTER (WHERE m.is_request AND m.method <> 'ACK') AS initial,
        min(m.hop) AS hop
    FROM messages m
    WHERE m.transaction_key IS NOT NULL AND NOT m.duplicate
    GROUP BY m.call_key, m.kind, m.transaction_key
) t;
COMMENT ON VIEW transactions IS 'One row for each transaction on one hop (RFC 3261, 17); ask by call_key';
COMMENT ON COLUMN transactions.transaction_key IS 'Key of its call or exchange, and its ordinal there';
COMMENT ON COLUMN transactions.call_key IS 'The call or exchange that owns it';
COMMENT ON COLUMN transactions.dialog_key IS 'Its dialog, by both tags';
COMMENT ON COLUMN transactions.branch IS 'branch of the top Via (RFC 3261, 8.1.1.7)';
COMMENT ON COLUMN transactions.sent_by IS 'sent-by of the top Via';
COMMENT ON COLUMN transactions.method IS 'Method of the request';
COMMENT ON COLUMN transactions.cseq IS 'CSeq number';
COMMENT ON COLUMN transactions.src_ip IS 'Source of the request';
COMMENT ON COLUMN transactions.src_port IS 'Source port of the request';
COMMENT ON COLUMN transactions.dst_ip IS 'Destination of the request';
COMMENT ON COLUMN transactions.dst_port IS 'Destination port of the request';
COMMENT ON COLUMN transactions.transport IS 'What carried it';
COMMENT ON COLUMN transactions.request_at IS 'First transmission of the request';
COMMENT ON COLUMN transactions.provisional_at IS 'First provisional response';
COMMENT ON COLUMN transactions.final_at IS 'Final response';
COMMENT ON COLUMN transactions.ack_at IS 'ACK of the final (INVITE)';
COMMENT ON COLUMN transactions.status_code IS 'Of the final response';
COMMENT ON COLUMN transactions.state IS 'How far it came, as seen from outside';
COMMENT ON COLUMN transactions.request_retransmissions IS 'Times the request was sent again';
COMMENT ON COLUMN transactions.response_retransmissions IS 'Times a response was sent again';
COMMENT ON COLUMN transactions.response_ms IS 'Request to final response, ms';
COMMENT ON COLUMN transactions.initial IS 'True where the request had no To tag: outside any dialog';
COMMENT ON COLUMN transactions.hop IS 'Hop, 1 the reference hop';
COMMENT ON COLUMN transactions.kind IS 'What the owner is';

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
    CASE
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
    END AS verdict
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
COMMENT ON COLUMN call_summary.verdict IS 'One sentence on what happened';

INSERT INTO schema_version (version, name) VALUES (3, '0003_views');
COMMIT;
