-- siptrail 16: calls that hand over to others.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE TYPE call_transfer AS ENUM ('none', 'blind', 'attended');
COMMENT ON TYPE call_transfer IS 'blind: a REFER to somewhere (RFC 5589, 6); attended: a REFER whose Refer-To replaces another call (RFC 5589, 7)';

ALTER TABLE calls
    ADD COLUMN transfer call_transfer,
    ADD COLUMN transfer_status text COLLATE "C",
    ADD COLUMN refer_to text COLLATE "C",
    ADD COLUMN referred_by text COLLATE "C",
    ADD COLUMN replaces uuid,
    ADD COLUMN replaced_by uuid;
COMMENT ON COLUMN calls.transfer IS 'What the last REFER inside the call asks for (RFC 3515; 5589); none where none was seen, NULL where the call''s start was not either';
COMMENT ON COLUMN calls.transfer_status IS 'Status line in the last NOTIFY of that REFER: how far the transfer came (RFC 3515, 2.4.5; 3420)';
COMMENT ON COLUMN calls.refer_to IS 'URI of Refer-To, with the headers in it (RFC 3515, 2.1)';
COMMENT ON COLUMN calls.referred_by IS 'URI of Referred-By: of the REFER, or else of the first INVITE, where this call is what a REFER asked for (RFC 3892, 3)';
COMMENT ON COLUMN calls.replaces IS 'call_key of the call whose place this one takes: Replaces of the first INVITE (RFC 3891, 3); NULL where that call was not seen, or had ended more than 32 s before';
COMMENT ON COLUMN calls.replaced_by IS 'call_key of the call that took the place of this one (RFC 3891)';
COMMENT ON COLUMN calls.group_key IS 'Joins the rows of one end-to-end call: call_key of its earliest row. Joined are rows of one Call-ID that overlap in time, and rows whose first INVITEs carry one Session-ID (RFC 7989, 5) or one icid (RFC 7315, 4.6) within an hour';

INSERT INTO schema_version (version, name) VALUES (16, '0016_transfer');
COMMIT;
