-- siptrail 7: what is missing from captures, by place and size.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE capture_gaps ADD COLUMN gap_key uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE capture_gaps ADD COLUMN src_ip inet;
ALTER TABLE capture_gaps ADD COLUMN dst_ip inet;
ALTER TABLE capture_gaps ADD COLUMN gaps bigint NOT NULL DEFAULT 1;
ALTER TABLE capture_gaps ADD COLUMN bytes bigint;
ALTER TABLE capture_gaps ALTER COLUMN gap_key DROP DEFAULT;
ALTER TABLE capture_gaps DROP CONSTRAINT capture_gaps_pkey;
ALTER TABLE capture_gaps ADD PRIMARY KEY (gap_key);
CREATE INDEX capture_gaps_from ON capture_gaps (capture_key, from_at);
COMMENT ON TABLE capture_gaps IS 'Times in which packets that may have held SIP are known to be missing; calls that ran there say capture_gap in evidence. Gaps of one place that follow each other within 10 s share a row; after each 4,096 rows of a capture that time doubles';
COMMENT ON COLUMN capture_gaps.gap_key IS 'Of the capture, the kind, the addresses and from_at: reading again makes the same rows';
COMMENT ON COLUMN capture_gaps.from_at IS 'Packet time of the last packet of the place before it';
COMMENT ON COLUMN capture_gaps.to_at IS 'Packet time of the first packet of the place after it';
COMMENT ON COLUMN capture_gaps.kind IS 'tcp: bytes of a stream never captured; truncation: packets captured in part; fragments: IP datagrams of which a fragment never came; kernel, interface, queue: packets dropped there';
COMMENT ON COLUMN capture_gaps.src_ip IS 'Source address; NULL where it is not known, or where many places at once share the row';
COMMENT ON COLUMN capture_gaps.dst_ip IS 'Destination address, likewise';
COMMENT ON COLUMN capture_gaps.gaps IS 'How many gaps the row stands for';
COMMENT ON COLUMN capture_gaps.packets IS 'Packets that are missing, or were captured in part; NULL where not known';
COMMENT ON COLUMN capture_gaps.bytes IS 'Bytes that are missing; NULL where not known';

INSERT INTO schema_version (version, name) VALUES (7, '0007_gaps');
COMMIT;
