-- siptrail 12: one more kind of tunnel.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

COMMENT ON COLUMN messages.tunnel IS 'Tunnels it came in, outermost first, with key, session, VNI, TEID, SPI or agent where there is one: gtpu:17/ip; NULL for none. Kinds: ip, gre, pptp, erspan, vxlan, geneve, gtpu, l2tp, tzsp, esp, etherip, mpls, lisp, capwap, hep';

INSERT INTO schema_version (version, name) VALUES (12, '0012_capwap_tunnels');
COMMIT;
