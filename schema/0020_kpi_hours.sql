-- siptrail 20: figures of trunks and products for each hour.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- The figures are those of kpi_by_agent, taken from it: one figure, one text.
DO $$
DECLARE
    figures text := substring(pg_get_viewdef('kpi_by_agent'::regclass) FROM 'AS last_at,\s+(.*)\s+FROM \(?kpi_attempts');
    f record;
BEGIN
    EXECUTE format($view$
CREATE VIEW kpi_hourly_by_trunk AS
SELECT t.*, peer_name(t.src_ip) AS src_peer, peer_name(t.dst_ip) AS dst_peer
FROM (
    SELECT date_trunc('hour', c.first_at, 'UTC') AS hour, c.src_ip, c.dst_ip,
    %s
    FROM kpi_attempts c
    GROUP BY 1, c.src_ip, c.dst_ip) t$view$, figures);
    EXECUTE format($view$
CREATE VIEW kpi_hourly_by_agent AS
SELECT date_trunc('hour', c.first_at, 'UTC') AS hour, p.side, p.agent,
%s
FROM kpi_attempts c
    CROSS JOIN LATERAL (VALUES ('caller', c.caller_agent), ('callee', c.callee_agent)) AS p(side, agent)
WHERE p.agent IS NOT NULL
GROUP BY 1, p.side, p.agent$view$, figures);
    FOR f IN SELECT h.attrelid::regclass AS view, h.attname, col_description(b.attrelid, b.attnum) AS said
        FROM (VALUES ('kpi_hourly_by_trunk'::regclass, 'kpi_by_trunk'::regclass),
                ('kpi_hourly_by_agent', 'kpi_by_agent')) AS v(hourly, whole)
            JOIN pg_attribute h ON h.attrelid = v.hourly
            JOIN pg_attribute b ON b.attrelid = v.whole AND b.attname = h.attname
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', f.view, f.attname, f.said);
    END LOOP;
END $$;
COMMENT ON VIEW kpi_hourly_by_trunk IS 'kpi_by_trunk for each hour in which a call began; hours without are not there. Left out: what kpi_by_trunk leaves out';
COMMENT ON COLUMN kpi_hourly_by_trunk.hour IS 'Its begin; a call counts in the hour of its first message';
COMMENT ON VIEW kpi_hourly_by_agent IS 'kpi_by_agent for each hour in which a call began; hours without are not there. Left out: what kpi_by_agent leaves out';
COMMENT ON COLUMN kpi_hourly_by_agent.hour IS 'Its begin; a call counts in the hour of its first message';

COMMENT ON COLUMN capture_gaps.kind IS 'tcp: bytes of a stream never captured; truncation: packets captured in part; fragments: IP datagrams, or user messages of SCTP, of which a fragment never came; kernel, interface, queue: packets dropped there; restart: siptrail did not run';

INSERT INTO schema_version (version, name) VALUES (20, '0020_kpi_hours');
COMMIT;
