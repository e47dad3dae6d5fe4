-- siptrail 11: names of peers, roles of addresses, requests outside calls.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE TABLE peers (
    cidr cidr PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    note text
);
CREATE INDEX ON peers USING gist (cidr inet_ops);
COMMENT ON TABLE peers IS 'Names you give to networks and hosts: trunks, SBCs, phones of a site. Fill it yourself: INSERT INTO peers VALUES (''192.0.2.0/24'', ''carrier A''), (''192.0.2.7/32'', ''carrier A, SBC 1''); the longest prefix wins';
COMMENT ON COLUMN peers.cidr IS 'Network or host';
COMMENT ON COLUMN peers.name IS 'What to call it';
COMMENT ON COLUMN peers.note IS 'Whatever else you want to keep with it';

CREATE FUNCTION peer_name(address inet) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT p.name FROM siptrail.peers p WHERE p.cidr >>= address ORDER BY masklen(p.cidr) DESC LIMIT 1);
COMMENT ON FUNCTION peer_name(inet) IS 'The name in peers of the longest prefix that holds this address; NULL where none does';

CREATE TABLE endpoint_roles (
    endpoint_key uuid PRIMARY KEY,
    capture_key uuid NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    uac bigint NOT NULL,
    uas bigint NOT NULL,
    proxy bigint NOT NULL,
    stateless_proxy bigint NOT NULL,
    registrar bigint NOT NULL,
    redirect_server bigint NOT NULL,
    b2bua bigint NOT NULL,
    address inet NOT NULL,
    agent text COLLATE "C"
);
CREATE INDEX ON endpoint_roles (address);
COMMENT ON TABLE endpoint_roles IS 'The roles of each address in each capture, counted by transactions that got a final response; read them through the view endpoints';
COMMENT ON COLUMN endpoint_roles.endpoint_key IS 'Of capture and address: the same however often it is read';
COMMENT ON COLUMN endpoint_roles.capture_key IS 'The capture';
COMMENT ON COLUMN endpoint_roles.first_at IS 'First such final response';
COMMENT ON COLUMN endpoint_roles.last_at IS 'Last such final response';
COMMENT ON COLUMN endpoint_roles.uac IS 'Requests it sent of its own (RFC 3261, 6: UAC)';
COMMENT ON COLUMN endpoint_roles.uas IS 'Requests it answered itself, challenges apart (UAS)';
COMMENT ON COLUMN endpoint_roles.proxy IS 'Requests it sent on with a Via added (RFC 3261, 16)';
COMMENT ON COLUMN endpoint_roles.stateless_proxy IS 'Of INVITEs sent on: those of which it passed on every repetition and wrote no 100 (RFC 3261, 16.11); not in proxy';
COMMENT ON COLUMN endpoint_roles.registrar IS 'REGISTERs it accepted itself (RFC 3261, 10.3)';
COMMENT ON COLUMN endpoint_roles.redirect_server IS 'Requests it answered with 3xx itself (RFC 3261, 8.3)';
COMMENT ON COLUMN endpoint_roles.b2bua IS 'INVITEs it received and sent anew under the same Call-ID, with Vias or a From tag of its own (RFC 7092); one that changes the Call-ID counts as uas and uac';
COMMENT ON COLUMN endpoint_roles.address IS 'The address';
COMMENT ON COLUMN endpoint_roles.agent IS 'Its first User-Agent or Server (RFC 3261, 20.41, 20.35)';

CREATE VIEW endpoints AS
SELECT
    r.address,
    coalesce(peer_name(r.address), r.agent) AS name,
    CASE WHEN peer_name(r.address) IS NOT NULL THEN 'peers' WHEN r.agent IS NOT NULL THEN 'agent' END AS name_source,
    (SELECT string_agg(role, ', ' ORDER BY n DESC, role)
        FROM (VALUES (r.uac, 'uac'), (r.uas, 'uas'), (r.proxy, 'proxy'), (r.stateless_proxy, 'stateless proxy'),
            (r.registrar, 'registrar'), (r.redirect_server, 'redirect server'), (r.b2bua, 'b2bua')) AS v(n, role)
        WHERE n > 0) AS roles,
    r.uac, r.uas, r.proxy, r.stateless_proxy, r.registrar, r.redirect_server, r.b2bua,
    r.agent, r.first_at, r.last_at, r.captures
FROM (
    SELECT
        address,
        sum(uac)::bigint AS uac, sum(uas)::bigint AS uas, sum(proxy)::bigint AS proxy,
        sum(stateless_proxy)::bigint AS stateless_proxy, sum(registrar)::bigint AS registrar,
        sum(redirect_server)::bigint AS redirect_server, sum(b2bua)::bigint AS b2bua,
        (array_agg(agent ORDER BY last_at DESC) FILTER (WHERE agent IS NOT NULL))[1] AS agent,
        min(first_at) AS first_at, max(last_at) AS last_at, count(*) AS captures
    FROM endpoint_roles
    GROUP BY address
) r;
COMMENT ON VIEW endpoints IS 'Each address and the roles it was seen to play, over all captures; where captures overlap their counts add up';
COMMENT ON COLUMN endpoints.address IS 'The address';
COMMENT ON COLUMN endpoints.name IS 'Its name in peers, else its User-Agent or Server';
COMMENT ON COLUMN endpoints.name_source IS 'peers or agent: where the name is from';
COMMENT ON COLUMN endpoints.roles IS 'The roles in words, the most frequent first';
COMMENT ON COLUMN endpoints.uac IS 'As in endpoint_roles, as all to b2bua';
COMMENT ON COLUMN endpoints.uas IS 'Requests it answered itself';
COMMENT ON COLUMN endpoints.proxy IS 'Requests it sent on';
COMMENT ON COLUMN endpoints.stateless_proxy IS 'INVITEs it sent on as a stateless proxy';
COMMENT ON COLUMN endpoints.registrar IS 'REGISTERs it accepted';
COMMENT ON COLUMN endpoints.redirect_server IS 'Requests it redirected';
COMMENT ON COLUMN endpoints.b2bua IS 'INVITEs it received and sent anew';
COMMENT ON COLUMN endpoints.agent IS 'Its User-Agent or Server in the latest capture that shows one';
COMMENT ON COLUMN endpoints.first_at IS 'First transaction of it that was answered';
COMMENT ON COLUMN endpoints.last_at IS 'Last such transaction';
COMMENT ON COLUMN endpoints.captures IS 'Captures it is in';

-- Exchanges come nearly in order of time: a summary of pages is enough.
CREATE INDEX ON exchanges USING brin (first_at);

CREATE VIEW requests AS
SELECT
    e.exchange_key, e.first_at AS exchange_at, t.at, t.method, t.src_ip, t.src_port, t.dst_ip, t.dst_port, t.transport,
    t.from_user, t.to_user, t.request_uri, t.cseq, t.status_code, t.reason_phrase, t.response_ms, t.retransmissions,
    t.user_agent, e.call_id, t.transaction_key
FROM exchanges e
    CROSS JOIN LATERAL (
        SELECT
            m.transaction_key,
            min(m.at) FILTER (WHERE m.is_request) AS at,
            min(m.cseq_method) AS method,
            (array_agg(m.src_ip ORDER BY m.no) FILTER (WHERE m.is_request))[1] AS src_ip,
            (array_agg(m.src_port ORDER BY m.no) FILTER (WHERE m.is_request))[1] AS src_port,
            (array_agg(m.dst_ip ORDER BY m.no) FILTER (WHERE m.is_request))[1] AS dst_ip,
            (array_agg(m.dst_port ORDER BY m.no) FILTER (WHERE m.is_request))[1] AS dst_port,
            (array_agg(m.transport ORDER BY m.no))[1] AS transport,
            (array_agg(m.from_user ORDER BY m.no))[1] AS from_user,
            (array_agg(m.to_user ORDER BY m.no))[1] AS to_user,
            (array_agg(m.request_uri ORDER BY m.no) FILTER (WHERE m.is_request))[1] AS request_uri,
            min(m.cseq) AS cseq,
            (array_agg(m.status_code ORDER BY m.no) FILTER (WHERE m.status_code >= 200))[1] AS status_code,
            (array_agg(m.reason_phrase ORDER BY m.no) FILTER (WHERE m.status_code >= 200))[1] AS reason_phrase,
            floor(extract(epoch FROM min(m.at) FILTER (WHERE m.status_code >= 200)
                - min(m.at) FILTER (WHERE m.is_request)) * 1000 + 0.5)::bigint AS response_ms,
            count(*) FILTER (WHERE m.is_request AND m.retransmission) AS retransmissions,
            (array_agg(m.user_agent ORDER BY m.no) FILTER (WHERE m.is_request))[1] AS user_agent
        FROM messages m
        WHERE m.call_key = e.exchange_key AND m.transaction_key IS NOT NULL AND NOT m.duplicate
            AND m.cseq_method IN ('OPTIONS', 'MESSAGE', 'INFO', 'PUBLISH', 'REFER', 'NOTIFY')
        GROUP BY m.transaction_key
    ) t
WHERE e.kind NOT IN ('call', 'register');
COMMENT ON VIEW requests IS 'OPTIONS, MESSAGE, INFO, PUBLISH, REFER and NOTIFY outside calls, each with its answer; one row for each hop. For a span of time ask for exchange_at too, which picks the days: an exchange is all requests of one Call-ID without a pause of 32 s';
COMMENT ON COLUMN requests.exchange_key IS 'Its exchange, call_key of its messages';
COMMENT ON COLUMN requests.exchange_at IS 'First message of the exchange, at or before at: bounds on it prune days';
COMMENT ON COLUMN requests.at IS 'The request, first transmission; NULL where only its answer was seen';
COMMENT ON COLUMN requests.method IS 'Method (RFC 3261, 7.1)';
COMMENT ON COLUMN requests.src_ip IS 'Source of the request';
COMMENT ON COLUMN requests.src_port IS 'Source port';
COMMENT ON COLUMN requests.dst_ip IS 'Destination of the request';
COMMENT ON COLUMN requests.dst_port IS 'Destination port';
COMMENT ON COLUMN requests.transport IS 'What carried it';
COMMENT ON COLUMN requests.from_user IS 'User part of From';
COMMENT ON COLUMN requests.to_user IS 'User part of To';
COMMENT ON COLUMN requests.request_uri IS 'Request-URI, as sent';
COMMENT ON COLUMN requests.cseq IS 'CSeq number';
COMMENT ON COLUMN requests.status_code IS 'Its final response; NULL where none was seen';
COMMENT ON COLUMN requests.reason_phrase IS 'Phrase of that response';
COMMENT ON COLUMN requests.response_ms IS 'Request to final response, ms';
COMMENT ON COLUMN requests.retransmissions IS 'Times the request was sent again';
COMMENT ON COLUMN requests.user_agent IS 'User-Agent of the request (RFC 3261, 20.41)';
COMMENT ON COLUMN requests.call_id IS 'Call-ID';
COMMENT ON COLUMN requests.transaction_key IS 'Its transaction, see transactions';

INSERT INTO schema_version (version, name) VALUES (11, '0011_endpoints');
COMMIT;
