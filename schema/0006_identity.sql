-- siptrail 6: who else is calling, and the session's timers and names.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE TYPE refresher AS ENUM ('uac', 'uas');
COMMENT ON TYPE refresher IS 'Who keeps the session alive (RFC 4028, 5): uac the one that sent the request, uas the one that answered it';

ALTER TABLE calls
    ADD COLUMN rpid_user text COLLATE "C",
    ADD COLUMN privacy text COLLATE "C",
    ADD COLUMN diversion_user text COLLATE "C",
    ADD COLUMN diversion_reason text COLLATE "C",
    ADD COLUMN diversion_count integer,
    ADD COLUMN auth_user text COLLATE "C",
    ADD COLUMN auth_realm text COLLATE "C",
    ADD COLUMN icid text COLLATE "C",
    ADD COLUMN stir_attest text COLLATE "C",
    ADD COLUMN stir_origid text COLLATE "C",
    ADD COLUMN session_expires_s bigint,
    ADD COLUMN min_se_s bigint,
    ADD COLUMN refresher refresher,
    ADD COLUMN invite_expires_s bigint,
    ADD COLUMN session_id_local text COLLATE "C",
    ADD COLUMN session_id_remote text COLLATE "C";
COMMENT ON COLUMN calls.rpid_user IS 'User part of the calling party''s Remote-Party-ID in the first INVITE (draft-ietf-sip-privacy-04)';
COMMENT ON COLUMN calls.privacy IS 'Privacy of the first INVITE, as sent (RFC 3323, 4.2; 3325, 9.3)';
COMMENT ON COLUMN calls.diversion_user IS 'Who diverted the call last before the first INVITE: user part of the first Diversion (RFC 5806, 4), else of History-Info (RFC 7044; 7544, 5)';
COMMENT ON COLUMN calls.diversion_reason IS 'Why it was diverted: reason of that Diversion (RFC 5806, 4.3), or the same word for the cause in History-Info (RFC 4458; 7544, 4)';
COMMENT ON COLUMN calls.diversion_count IS 'How often the call was diverted: sum of the counters of Diversion (RFC 5806, 4.2), else diversions in History-Info, where 0 is a history without any; NULL where neither header was seen';
COMMENT ON COLUMN calls.auth_user IS 'Digest username of the last initial INVITE that has credentials (RFC 3261, 22; 7616, 3.4)';
COMMENT ON COLUMN calls.auth_realm IS 'Digest realm of the same credentials (RFC 7616, 3.4)';
COMMENT ON COLUMN calls.icid IS 'icid-value of P-Charging-Vector in the first INVITE (RFC 7315, 4.6)';
COMMENT ON COLUMN calls.stir_attest IS 'Attestation A, B or C of the PASSporT in Identity, not verified (RFC 8224, 4; 8588, 4)';
COMMENT ON COLUMN calls.stir_origid IS 'Origination identifier of the same PASSporT (RFC 8588, 5)';
COMMENT ON COLUMN calls.session_expires_s IS 'Session-Expires of the 2xx to the initial INVITE, seconds: the session timer as negotiated (RFC 4028, 9)';
COMMENT ON COLUMN calls.min_se_s IS 'Min-SE of the last initial INVITE that has one, or of the 422 before it, seconds (RFC 4028, 5, 6)';
COMMENT ON COLUMN calls.refresher IS 'Who refreshes the session by that 2xx (RFC 4028, 5)';
COMMENT ON COLUMN calls.invite_expires_s IS 'Expires of the first INVITE, seconds: how long it may be unanswered (RFC 3261, 20.19)';
COMMENT ON COLUMN calls.session_id_local IS 'The caller''s UUID: Session-ID of the first INVITE (RFC 7989, 5)';
COMMENT ON COLUMN calls.session_id_remote IS 'The callee''s UUID: Session-ID of the answer (RFC 7989, 5)';

INSERT INTO schema_version (version, name) VALUES (6, '0006_identity');
COMMIT;
