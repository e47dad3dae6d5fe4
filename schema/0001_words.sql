-- siptrail 1: the schema, its version, the closed sets of words, the lookups.
-- Runs in psql as well: psql -v ON_ERROR_STOP=1 -f 0001_words.sql
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS siptrail;
SET LOCAL search_path = siptrail;
COMMENT ON SCHEMA siptrail IS 'SIP calls, dialogs, transactions and messages as siptrail saw them; begin with the view call_summary';

CREATE TABLE schema_version (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_version IS 'The migrations that made this schema; a program refuses a version above its own';
COMMENT ON COLUMN schema_version.version IS 'Number of the migration, from 1';
COMMENT ON COLUMN schema_version.name IS 'Name of its file, without suffix';
COMMENT ON COLUMN schema_version.applied_at IS 'When it was applied, server time';

CREATE TYPE call_state AS ENUM ('trying', 'proceeding', 'established', 'confirmed', 'terminated', 'failed');
COMMENT ON TYPE call_state IS 'INVITE or 100 seen; 101-199; 2xx; its ACK; ended after a 2xx; final of 300 or above, or none';
CREATE TYPE call_disposition AS ENUM ('unknown', 'answered', 'answered_elsewhere', 'cancelled', 'redirected', 'auth_failed', 'busy', 'not_found', 'declined', 'no_answer', 'unavailable', 'rejected', 'server_error', 'global_failure', 'timeout');
COMMENT ON TYPE call_disposition IS 'What became of the attempt, by the final response of the reference hop';
CREATE TYPE call_ended_by AS ENUM ('caller', 'callee', 'network', 'timeout', 'unknown');
COMMENT ON TYPE call_ended_by IS 'Who ended the call; network: an element between the two parties';
CREATE TYPE call_end_cause AS ENUM ('bye', 'bye_unconfirmed', 'no_ack', 'dialog_lost', 'cancel', 'rejected', 'no_response', 'session_timer', 'idle', 'capture_end');
COMMENT ON TYPE call_end_cause IS 'What ended the call, or capture_end where it still ran';
CREATE TYPE exchange_kind AS ENUM ('call', 'register', 'options', 'message', 'subscribe', 'publish', 'other');
COMMENT ON TYPE exchange_kind IS 'What owns messages: a call, or an exchange that is none';
CREATE TYPE dialog_state AS ENUM ('early', 'confirmed', 'terminated');
COMMENT ON TYPE dialog_state IS 'RFC 3261, 12';
CREATE TYPE dialog_usage AS ENUM ('invite', 'subscribe', 'refer');
COMMENT ON TYPE dialog_usage IS 'What the dialog was made for (RFC 5057)';
CREATE TYPE transport AS ENUM ('udp', 'tcp', 'tls', 'sctp', 'ws', 'wss');
COMMENT ON TYPE transport IS 'What carries SIP (RFC 3261, 18; 4168; 7118)';
CREATE TYPE parse_status AS ENUM ('ok', 'partial', 'bad');
COMMENT ON TYPE parse_status IS 'ok: read; partial: cut off, or a mandatory header is unreadable; bad: little more than a start line';
CREATE TYPE transaction_state AS ENUM ('trying', 'proceeding', 'completed', 'confirmed', 'terminated', 'timed_out');
COMMENT ON TYPE transaction_state IS 'RFC 3261, 17, as seen from outside: trying nothing answered; proceeding 1xx; completed final, an INVITE''s without its ACK; confirmed its ACK; terminated 2xx to INVITE; timed_out no final within 64*T1 of packet time';
CREATE TYPE capture_state AS ENUM ('running', 'complete', 'interrupted', 'damaged');
COMMENT ON TYPE capture_state IS 'running: being read; complete: read to its end; interrupted: the program ended first; damaged: the input broke off';

CREATE TABLE methods (
    id smallint PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    rfc text NOT NULL,
    response_owed boolean NOT NULL
);
COMMENT ON TABLE methods IS 'SIP methods known to siptrail';
COMMENT ON COLUMN methods.id IS 'Number used inside blocks';
COMMENT ON COLUMN methods.name IS 'As in the start line; case matters (RFC 3261, 7.1)';
COMMENT ON COLUMN methods.rfc IS 'Where it is defined';
COMMENT ON COLUMN methods.response_owed IS 'False where a request of this method gets no response';
INSERT INTO methods (id, name, rfc, response_owed) VALUES
    (1, 'INVITE', 'RFC 3261', true),
    (2, 'ACK', 'RFC 3261', false),
    (3, 'BYE', 'RFC 3261', true),
    (4, 'CANCEL', 'RFC 3261', true),
    (5, 'REGISTER', 'RFC 3261', true),
    (6, 'OPTIONS', 'RFC 3261', true),
    (7, 'PRACK', 'RFC 3262', true),
    (8, 'SUBSCRIBE', 'RFC 6665', true),
    (9, 'NOTIFY', 'RFC 6665', true),
    (10, 'PUBLISH', 'RFC 3903', true),
    (11, 'INFO', 'RFC 6086', true),
    (12, 'REFER', 'RFC 3515', true),
    (13, 'MESSAGE', 'RFC 3428', true),
    (14, 'UPDATE', 'RFC 3311', true),
    (15, 'BENOTIFY', 'MS-SIP', false),
    (16, 'SERVICE', 'MS-SIP', true);

CREATE TABLE status_codes (
    status_code smallint PRIMARY KEY,
    class smallint NOT NULL,
    reason_phrase text NOT NULL,
    rfc text NOT NULL,
    obsolete boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE status_codes IS 'Response codes of the IANA registry, and the obsolete ones of RFC 2543';
COMMENT ON COLUMN status_codes.status_code IS 'RFC 3261, 21';
COMMENT ON COLUMN status_codes.class IS 'First digit of the code: 1 provisional, 2 success, 3 redirection, 4 request failure, 5 server failure, 6 global failure';
COMMENT ON COLUMN status_codes.reason_phrase IS 'The phrase recommended where the code is defined';
COMMENT ON COLUMN status_codes.rfc IS 'Where it is defined';
COMMENT ON COLUMN status_codes.obsolete IS 'True for codes no longer to be sent';
INSERT INTO status_codes (status_code, class, reason_phrase, rfc, obsolete) VALUES
    (100, 1, 'Trying', 'RFC 3261', false),
    (180, 1, 'Ringing', 'RFC 3261', false),
    (181, 1, 'Call Is Being Forwarded', 'RFC 3261', false),
    (182, 1, 'Queued', 'RFC 3261', false),
    (183, 1, 'Session Progress', 'RFC 3261', false),
    (199, 1, 'Early Dialog Terminated', 'RFC 6228', false),
    (200, 2, 'OK', 'RFC 3261', false),
    (202, 2, 'Accepted', 'RFC 6665', true),
    (204, 2, 'No Notification', 'RFC 5839', false),
    (300, 3, 'Multiple Choices', 'RFC 3261', false),
    (301, 3, 'Moved Permanently', 'RFC 3261', false),
    (302, 3, 'Moved Temporarily', 'RFC 3261', false),
    (303, 3, 'See Other', 'RFC 2543', true),
    (305, 3, 'Use Proxy', 'RFC 3261', false),
    (380, 3, 'Alternative Service', 'RFC 3261', false),
    (400, 4, 'Bad Request', 'RFC 3261', false),
    (401, 4, 'Unauthorized', 'RFC 3261', false),
    (402, 4, 'Payment Required', 'RFC 3261', false),
    (403, 4, 'Forbidden', 'RFC 3261', false),
    (404, 4, 'Not Found', 'RFC 3261', false),
    (405, 4, 'Method Not Allowed', 'RFC 3261', false),
    (406, 4, 'Not Acceptable', 'RFC 3261', false),
    (407, 4, 'Proxy Authentication Required', 'RFC 3261', false),
    (408, 4, 'Request Timeout', 'RFC 3261', false),
    (409, 4, 'Conflict', 'RFC 2543', true),
    (410, 4, 'Gone', 'RFC 3261', false),
    (411, 4, 'Length Required', 'RFC 2543', true),
    (412, 4, 'Conditional Request Failed', 'RFC 3903', false),
    (413, 4, 'Request Entity Too Large', 'RFC 3261', false),
    (414, 4, 'Request-URI Too Long', 'RFC 3261', false),
    (415, 4, 'Unsupported Media Type', 'RFC 3261', false),
    (416, 4, 'Unsupported URI Scheme', 'RFC 3261', false),
    (417, 4, 'Unknown Resource-Priority', 'RFC 4412', false),
    (420, 4, 'Bad Extension', 'RFC 3261', false),
    (421, 4, 'Extension Required', 'RFC 3261', false),
    (422, 4, 'Session Interval Too Small', 'RFC 4028', false),
    (423, 4, 'Interval Too Brief', 'RFC 3261', false),
    (424, 4, 'Bad Location Information', 'RFC 6442', false),
    (425, 4, 'Bad Alert Message', 'RFC 8876', false),
    (428, 4, 'Use Identity Header', 'RFC 8224', false),
    (429, 4, 'Provide Referrer Identity', 'RFC 3892', false),
    (430, 4, 'Flow Failed', 'RFC 5626', false),
    (433, 4, 'Anonymity Disallowed', 'RFC 5079', false),
    (436, 4, 'Bad Identity Info', 'RFC 8224', false),
    (437, 4, 'Unsupported Credential', 'RFC 8224', false),
    (438, 4, 'Invalid Identity Header', 'RFC 8224', false),
    (439, 4, 'First Hop Lacks Outbound Support', 'RFC 5626', false),
    (440, 4, 'Max-Breadth Exceeded', 'RFC 5393', false),
    (469, 4, 'Bad Info Package', 'RFC 6086', false),
    (470, 4, 'Consent Needed', 'RFC 5360', false),
    (480, 4, 'Temporarily Unavailable', 'RFC 3261', false),
    (481, 4, 'Call/Transaction Does Not Exist', 'RFC 3261', false),
    (482, 4, 'Loop Detected', 'RFC 3261', false),
    (483, 4, 'Too Many Hops', 'RFC 3261', false),
    (484, 4, 'Address Incomplete', 'RFC 3261', false),
    (485, 4, 'Ambiguous', 'RFC 3261', false),
    (486, 4, 'Busy Here', 'RFC 3261', false),
    (487, 4, 'Request Terminated', 'RFC 3261', false),
    (488, 4, 'Not Acceptable Here', 'RFC 3261', false),
    (489, 4, 'Bad Event', 'RFC 6665', false),
    (491, 4, 'Request Pending', 'RFC 3261', false),
    (493, 4, 'Undecipherable', 'RFC 3261', false),
    (494, 4, 'Security Agreement Required', 'RFC 3329', false),
    (500, 5, 'Server Internal Error', 'RFC 3261', false),
    (501, 5, 'Not Implemented', 'RFC 3261', false),
    (502, 5, 'Bad Gateway', 'RFC 3261', false),
    (503, 5, 'Service Unavailable', 'RFC 3261', false),
    (504, 5, 'Server Time-out', 'RFC 3261', false),
    (505, 5, 'Version Not Supported', 'RFC 3261', false),
    (513, 5, 'Message Too Large', 'RFC 3261', false),
    (555, 5, 'Push Notification Service Not Supported', 'RFC 8599', false),
    (580, 5, 'Precondition Failure', 'RFC 3312', false),
    (600, 6, 'Busy Everywhere', 'RFC 3261', false),
    (603, 6, 'Decline', 'RFC 3261', false),
    (604, 6, 'Does Not Exist Anywhere', 'RFC 3261', false),
    (606, 6, 'Not Acceptable', 'RFC 3261', false),
    (607, 6, 'Unwanted', 'RFC 8197', false),
    (608, 6, 'Rejected', 'RFC 8688', false);

CREATE TABLE warnings (
    warning_code smallint PRIMARY KEY,
    text text NOT NULL,
    rfc text NOT NULL
);
COMMENT ON TABLE warnings IS 'Warn-codes of the IANA registry (RFC 3261, 20.43)';
COMMENT ON COLUMN warnings.warning_code IS 'Code in a Warning header';
COMMENT ON COLUMN warnings.text IS 'What it says';
COMMENT ON COLUMN warnings.rfc IS 'Where it is defined';
INSERT INTO warnings (warning_code, text, rfc) VALUES
    (300, 'Incompatible network protocol', 'RFC 3261'),
    (301, 'Incompatible network address formats', 'RFC 3261'),
    (302, 'Incompatible transport protocol', 'RFC 3261'),
    (303, 'Incompatible bandwidth units', 'RFC 3261'),
    (304, 'Media type not available', 'RFC 3261'),
    (305, 'Incompatible media format', 'RFC 3261'),
    (306, 'Attribute not understood', 'RFC 3261'),
    (307, 'Session description parameter not understood', 'RFC 3261'),
    (308, 'Incompatible language specification', 'RFC 8373'),
    (330, 'Multicast not available', 'RFC 3261'),
    (331, 'Unicast not available', 'RFC 3261'),
    (370, 'Insufficient bandwidth', 'RFC 3261'),
    (380, 'SIPS Not Allowed', 'RFC 5630'),
    (381, 'SIPS Required', 'RFC 5630'),
    (399, 'Miscellaneous warning', 'RFC 3261');

CREATE TABLE anomaly_kinds (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    layer text NOT NULL,
    clause text NOT NULL,
    text text NOT NULL
);
COMMENT ON TABLE anomaly_kinds IS 'The anomalies siptrail can name; filled by the program when it opens the database for writing';
COMMENT ON COLUMN anomaly_kinds.id IS 'Number used inside blocks; never changes once given';
COMMENT ON COLUMN anomaly_kinds.name IS 'Public name, as in messages.anomalies';
COMMENT ON COLUMN anomaly_kinds.layer IS 'Part of the program that names it: capture, decode, flow, sip, sdp, txn, dialog, call';
COMMENT ON COLUMN anomaly_kinds.clause IS 'RFC and section that is broken; empty where none is';
COMMENT ON COLUMN anomaly_kinds.text IS 'What it means';

-- Keys are UUIDs of version 8 whose first 48 bits are Unix milliseconds.
CREATE FUNCTION key_floor(at timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN rpad(lpad(to_hex(greatest(0, least(281474976710655,
        floor(extract(epoch FROM at) * 1000)))::bigint), 12, '0'), 32, '0')::uuid;
COMMENT ON FUNCTION key_floor(timestamptz) IS 'The lowest key of that moment: "call_key >= siptrail.key_floor(''2026-11-20'')" reads only the days from then on';
CREATE FUNCTION key_time(key uuid) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_timestamp((('x' || left(replace(key::text, '-', ''), 12))::bit(48)::bigint) / 1000.0);
COMMENT ON FUNCTION key_time(uuid) IS 'The moment in a key, to the millisecond';

-- RFC 3629, 4, less NUL. No exception handler: it would forbid parallel plans;
-- no capturing groups: they would cost milliseconds a message.
CREATE FUNCTION text_of(raw bytea) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN encode(raw, 'hex') ~ '^(?:0[1-9a-f]|[1-7][0-9a-f]|(?:c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]|(?:e0[ab]|(?:e[1-9abcef])[89ab]|ed[89])[0-9a-f][89ab][0-9a-f]|(?:f0[9ab]|f[1-3][89ab]|f48)[0-9a-f](?:[89ab][0-9a-f]){2})*$'
        THEN convert_from(raw, 'UTF8') ELSE encode(raw, 'escape') END;
COMMENT ON FUNCTION text_of(bytea) IS 'The bytes as text where they are UTF-8 without NUL, else with bad bytes as \ooo';

INSERT INTO schema_version (version, name) VALUES (1, '0001_words');
COMMIT;
