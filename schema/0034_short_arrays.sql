-- siptrail 34: short arrays of a block are not offered to lz4.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

-- A server that makes a row small tries each array of more than 24 bytes, and
-- clears 16 KiB for each try; these have little to give.
ALTER TABLE blocks
    ALTER capture_keys SET STORAGE EXTERNAL,
    ALTER ep_ip SET STORAGE EXTERNAL,
    ALTER ep_port SET STORAGE EXTERNAL,
    ALTER ep_transport SET STORAGE EXTERNAL,
    ALTER ep_capture SET STORAGE EXTERNAL,
    ALTER v_content_type SET STORAGE EXTERNAL,
    ALTER x_place SET STORAGE EXTERNAL,
    ALTER x_anomaly SET STORAGE EXTERNAL;

INSERT INTO schema_version (version, name) VALUES (34, '0034_short_arrays');
COMMIT;
