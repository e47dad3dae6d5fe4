-- siptrail 10: what messages came wrapped in.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE blocks
    ADD COLUMN o_tunnel text[] COLLATE "C",
    ADD COLUMN o_src inet[],
    ADD COLUMN o_dst inet[],
    ADD COLUMN m_outer smallint[];
COMMENT ON COLUMN blocks.o_tunnel IS 'Tunnels: kinds and ids, outermost first; NULL where no message of the block came in one';
COMMENT ON COLUMN blocks.o_src IS 'Tunnels: source address of the outermost IP header';
COMMENT ON COLUMN blocks.o_dst IS 'Tunnels: destination address of the outermost IP header';
COMMENT ON COLUMN blocks.m_outer IS 'Place in o_, 0 for none; NULL where no message of the block came in one';

CREATE OR REPLACE VIEW messages AS
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
    b.first_at AS block_at,
    b.o_tunnel[m.outer_place] AS tunnel,
    b.o_src[m.outer_place] AS outer_src_ip,
    b.o_dst[m.outer_place] AS outer_dst_ip
FROM parts p
    JOIN blocks b USING (block_key)
    LEFT JOIN texts x USING (block_key)
    CROSS JOIN LATERAL ROWS FROM (
        unnest(b.m_us[p.lo:p.hi]), unnest(b.m_frame[p.lo:p.hi]), unnest(b.m_length[p.lo:p.hi]),
        unnest(b.m_path[p.lo:p.hi]), unnest(b.m_code[p.lo:p.hi]), unnest(b.m_flags[p.lo:p.hi]),
        unnest(b.m_var[p.lo:p.hi]), unnest(b.m_who[p.lo:p.hi]), unnest(b.m_txn[p.lo:p.hi]),
        unnest(x.raw[p.lo:p.hi]), unnest(b.m_outer[p.lo:p.hi])
    ) WITH ORDINALITY AS m(us, frame, length, path, code, flags, var, who, txn, raw, outer_place, place);
COMMENT ON COLUMN messages.tunnel IS 'Tunnels it came in, outermost first, with key, session, VNI, TEID, SPI or agent where there is one: gtpu:17/ip; NULL for none. Kinds: ip, gre, pptp, erspan, vxlan, geneve, gtpu, l2tp, tzsp, esp, etherip, mpls, lisp, hep';
COMMENT ON COLUMN messages.outer_src_ip IS 'Source address of the outermost IP header of those tunnels';
COMMENT ON COLUMN messages.outer_dst_ip IS 'Destination address of the outermost IP header of those tunnels';

INSERT INTO schema_version (version, name) VALUES (10, '0010_tunnels');
COMMIT;
