-- siptrail 22: what interfaces, the kernel and siptrail itself dropped of a live capture.
BEGIN;
SET LOCAL search_path = siptrail;

COMMENT ON COLUMN captures.dropped_kernel IS 'Packets for which there was no room in the ring between kernel and siptrail; not in packets';
COMMENT ON COLUMN captures.dropped_interface IS 'Packets for which there was no room in the interface or behind it (rx_dropped and rx_missed_errors of the link); not in packets';
COMMENT ON COLUMN captures.dropped_queue IS 'Of dropped: SIP messages for which there was no room before correlation';
COMMENT ON COLUMN captures.dropped IS 'Of these: lost to a limit, or dropped because correlation was behind';
COMMENT ON COLUMN capture_gaps.from_at IS 'Packet time of the last packet of the place before it; of kernel and interface when its counts were looked at before, each second';
COMMENT ON COLUMN capture_gaps.to_at IS 'Packet time of the first packet of the place after it; of kernel and interface when its counts were looked at';
COMMENT ON COLUMN capture_gaps.kind IS 'tcp: bytes of a stream never captured; truncation: packets captured in part; fragments: IP datagrams of which a fragment never came; kernel: packets the kernel had no room for; interface: packets the interface had no room for, or it was down; queue: messages for which there was no room before correlation; restart: siptrail did not run';

INSERT INTO schema_version (version, name) VALUES (22, '0022_capture_drops');
COMMIT;
