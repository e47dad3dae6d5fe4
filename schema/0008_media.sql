-- siptrail 8: what was offered and answered, and holds.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

ALTER TABLE calls
    ADD COLUMN offer_codecs text[] COLLATE "C",
    ADD COLUMN answer_codecs text[] COLLATE "C",
    ADD COLUMN media_kinds text[] COLLATE "C",
    ADD COLUMN media_changes integer,
    ADD COLUMN holds integer,
    ADD COLUMN hold_ms bigint;
COMMENT ON COLUMN calls.offer_codecs IS 'Encodings of the initial offer, in its order and each once: INVITE, else the response to it (RFC 3264, 5; 8866, 5.14, 6.6); a format without an encoding by itself; media refused with port 0 left out';
COMMENT ON COLUMN calls.answer_codecs IS 'Encodings of the answer to it in the answered dialog, or of the last answer where none was: 18x, 2xx, PRACK or ACK (RFC 3264, 6)';
COMMENT ON COLUMN calls.media_kinds IS 'Kinds of media in the last answer: audio, video, image ... (RFC 8866, 5.14)';
COMMENT ON COLUMN calls.media_changes IS 'Later offers that were answered and changed something, the o= line aside: re-INVITE, UPDATE, PRACK (RFC 3264, 8); NULL where no session description was seen';
COMMENT ON COLUMN calls.holds IS 'How often a side put the other on hold, by an answered re-INVITE or UPDATE to sendonly, inactive or c=0.0.0.0 (RFC 3264, 8.4; 6337, 5.3; 2543, B.5); NULL where no session description was seen';
COMMENT ON COLUMN calls.hold_ms IS 'Time in which a side was on hold, milliseconds: from the request that holds to the one that resumes, or to ended_at; NULL without a hold, or where one still runs';

INSERT INTO schema_version (version, name) VALUES (8, '0008_media');
COMMIT;
