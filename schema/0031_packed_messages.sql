-- siptrail 31: what is told of each message, in three arrays instead of nine.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- A server takes an array element by element: 1,200 small numbers a block cost
-- more than its texts, lz4 included. Blocks written before keep theirs.
ALTER TABLE blocks
    ALTER m_us DROP NOT NULL,
    ALTER m_frame DROP NOT NULL,
    ALTER m_length DROP NOT NULL,
    ALTER m_path DROP NOT NULL,
    ALTER m_code DROP NOT NULL,
    ALTER m_flags DROP NOT NULL,
    ALTER m_var DROP NOT NULL,
    ALTER m_who DROP NOT NULL,
    ALTER m_txn DROP NOT NULL,
    ADD COLUMN m_seen bigint[],
    ADD COLUMN m_line bigint[],
    ADD COLUMN m_of bigint[];

-- Times and frames have no likeness that lz4 would find.
ALTER TABLE blocks ALTER m_seen SET STORAGE EXTERNAL;
DO $$
BEGIN
    ALTER TABLE blocks ALTER m_line SET COMPRESSION lz4, ALTER m_of SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    RAISE WARNING 'this server has no lz4: texts take more room and time';
END $$;
-- As in range_make: statistics of arrays serve no query.
DO $$
DECLARE
    leaf record;
BEGIN
    FOR leaf IN SELECT inhrelid::regclass AS name FROM pg_inherits WHERE inhparent = 'blocks'::regclass LOOP
        EXECUTE format('ALTER TABLE %s ALTER m_seen SET STATISTICS 0, ALTER m_line SET STATISTICS 0, ALTER m_of SET STATISTICS 0', leaf.name);
    END LOOP;
END $$;
COMMENT ON COLUMN blocks.m_seen IS 'Messages: microseconds after first_at, times 2^32, and packet number in its file, less frame0; NULL in blocks of siptrail before version 31 of the schema, which have m_us to m_txn instead';
COMMENT ON COLUMN blocks.m_line IS 'Messages, from the highest 16 bits: code, path, flags, var, as m_code, m_path, m_flags, m_var';
COMMENT ON COLUMN blocks.m_of IS 'Messages, from the highest bits: 16 who, 16 txn, as m_who and m_txn, and 32 bytes on the wire';
COMMENT ON COLUMN blocks.m_us IS 'Microseconds after first_at; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_frame IS 'Packet number in its file, less frame0; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_length IS 'Bytes on the wire; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_path IS '256 times the source''s place in ep_, and the destination''s; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_code IS 'Status code, or minus the method, see methods; -1000 where the method is not known; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_flags IS 'Bits: 1 retransmission, 2 duplicate, 4 and 8 parse_status, 16 ACK of a 2xx, 32 truncated, 64 fragmented, 128 raw masked or cut; hop times 256; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_var IS 'Place in v_; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_who IS 'Place in w_; NULL where m_seen, m_line, m_of tell it';
COMMENT ON COLUMN blocks.m_txn IS 'Place in t_; NULL where m_seen, m_line, m_of tell it';

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
    b.o_dst[m.outer_place] AS outer_dst_ip,
    p.block_key
FROM parts p
    JOIN blocks b USING (block_key)
    LEFT JOIN texts x USING (block_key)
    CROSS JOIN LATERAL ROWS FROM (
        unnest(b.m_seen[p.lo:p.hi]), unnest(b.m_line[p.lo:p.hi]), unnest(b.m_of[p.lo:p.hi]), unnest(x.raw[p.lo:p.hi]),
        unnest(b.m_outer[p.lo:p.hi]),
        unnest(b.m_us[p.lo:p.hi]), unnest(b.m_frame[p.lo:p.hi]), unnest(b.m_length[p.lo:p.hi]),
        unnest(b.m_path[p.lo:p.hi]), unnest(b.m_code[p.lo:p.hi]), unnest(b.m_flags[p.lo:p.hi]),
        unnest(b.m_var[p.lo:p.hi]), unnest(b.m_who[p.lo:p.hi]), unnest(b.m_txn[p.lo:p.hi])
    ) WITH ORDINALITY AS u(seen, line, owned, raw, outer_place, us, frame, length, path, code, flags, var, who, txn, place)
    CROSS JOIN LATERAL (SELECT u.place, u.raw, u.outer_place,
        coalesce(u.us, (u.seen >> 32)::integer) AS us,
        coalesce(u.frame, (u.seen & 4294967295)::integer) AS frame,
        coalesce(u.length, (u.owned & 4294967295)::integer) AS length,
        coalesce(u.path, (u.line >> 32 & 65535)::smallint) AS path,
        coalesce(u.code, (u.line >> 48)::smallint) AS code,
        coalesce(u.flags, (u.line >> 16 & 65535)::smallint) AS flags,
        coalesce(u.var, (u.line & 65535)::smallint) AS var,
        coalesce(u.who, (u.owned >> 48)::smallint) AS who,
        coalesce(u.txn, (u.owned >> 32 & 65535)::smallint) AS txn
    ) AS m;

CREATE OR REPLACE VIEW anomalies AS
SELECT
    b.first_at + coalesce(b.m_us[x.place], (b.m_seen[x.place] >> 32)::integer) * interval '1 microsecond' AS at,
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

INSERT INTO schema_version (version, name) VALUES (31, '0031_packed_messages');
COMMIT;
