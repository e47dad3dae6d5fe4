-- siptrail 9: registrations.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE TYPE registration_state AS ENUM ('registered', 'expired', 'unregistered', 'failed');
COMMENT ON TYPE registration_state IS 'registered: it runs; expired: its time ran out unrefreshed; unregistered: taken back by expires=0 or Contact *; failed: never accepted';

CREATE TABLE registrations (
    registration_key uuid PRIMARY KEY,
    binding_key uuid NOT NULL,
    capture_key uuid NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    expires_at timestamptz,
    ended_at timestamptz,
    expires_s bigint,
    min_expires_s bigint,
    register_ms integer,
    register_auth_ms integer,
    attempts integer NOT NULL,
    failures integer NOT NULL,
    ineffective integer NOT NULL,
    timeouts integer NOT NULL,
    challenges integer NOT NULL,
    renewals integer NOT NULL,
    src_port integer,
    dst_port integer,
    reg_id bigint,
    state registration_state,
    transport transport,
    status_code smallint,
    behind_nat boolean,
    src_ip inet,
    dst_ip inet,
    sensor text COLLATE "C" NOT NULL,
    registrar text COLLATE "C",
    aor text COLLATE "C",
    registrant text COLLATE "C",
    contact_uri text COLLATE "C",
    contact_host text COLLATE "C",
    call_id text COLLATE "C",
    user_agent text COLLATE "C",
    auth_user text COLLATE "C",
    realm text COLLATE "C",
    instance_id text COLLATE "C"
);
CREATE INDEX ON registrations (binding_key, first_at);
CREATE INDEX ON registrations (first_at);
CREATE INDEX ON registrations (aor);
CREATE INDEX ON registrations (src_ip, first_at);
CREATE INDEX ON registrations (call_id);
COMMENT ON TABLE registrations IS 'One row for each binding at a registrar while it lives (RFC 3261, 10), joined over Call-IDs: from its first REGISTER until it expires or is taken back; registered anew after that, it gets a new row with the same binding_key. What can change is of the last REGISTER that was accepted, or, where none was, of the last one';
COMMENT ON COLUMN registrations.registration_key IS 'binding_key with the time of first_at: the same however often it is read. Of two files that overlap, the row with more attempts, then the later last_at, stays';
COMMENT ON COLUMN registrations.binding_key IS 'Of sensor, registrar, AOR, and instance and reg-id, else the Contact''s user, host, port and transport; its time is 0. Rows of one binding have it in common';
COMMENT ON COLUMN registrations.capture_key IS 'The capture that holds its last REGISTER';
COMMENT ON COLUMN registrations.first_at IS 'Its first REGISTER, accepted or not';
COMMENT ON COLUMN registrations.last_at IS 'The last final response to a REGISTER of it, or that REGISTER where it got none';
COMMENT ON COLUMN registrations.expires_at IS 'The last 2xx and expires_s; NULL where it never was accepted, or nobody said for how long';
COMMENT ON COLUMN registrations.ended_at IS 'When it expired or was taken back; NULL while it runs, and where it never was accepted';
COMMENT ON COLUMN registrations.expires_s IS 'Time granted, s: of the Contact in the last 2xx that matches, else its Expires, else as asked for (RFC 3261, 10.2.4, 10.3)';
COMMENT ON COLUMN registrations.min_expires_s IS 'Min-Expires of the last 423, s (RFC 3261, 20.23)';
COMMENT ON COLUMN registrations.register_ms IS 'First REGISTER to its 200, challenge included, ms (RFC 6076, 4.1): of the attempt that made the binding, not of renewals';
COMMENT ON COLUMN registrations.register_auth_ms IS 'Part of register_ms from each challenged REGISTER to its 401 or 407, ms (RFC 3261, 22); NULL where there was none';
COMMENT ON COLUMN registrations.attempts IS 'REGISTERs, each with its rounds of authentication counted once';
COMMENT ON COLUMN registrations.failures IS 'Of these: ended in 300 or above, or without any final in 32 s';
COMMENT ON COLUMN registrations.ineffective IS 'Of these: 4xx other than 401, 402 and 407, 5xx, 6xx and timeouts (RFC 6076, 4.2)';
COMMENT ON COLUMN registrations.timeouts IS 'Of these: no final in 32 s (Timer F, RFC 3261, 17.1.2.2), and sent more than once or over a reliable transport';
COMMENT ON COLUMN registrations.challenges IS '401 and 407 met (RFC 3261, 22)';
COMMENT ON COLUMN registrations.renewals IS 'Times it was accepted again before it expired';
COMMENT ON COLUMN registrations.src_port IS 'Source port of the REGISTER';
COMMENT ON COLUMN registrations.dst_port IS 'Destination port of the REGISTER';
COMMENT ON COLUMN registrations.reg_id IS 'reg-id of the Contact (RFC 5626, 4.2)';
COMMENT ON COLUMN registrations.state IS 'What became of it; NULL where no final response was seen and it may have gone past the capture';
COMMENT ON COLUMN registrations.transport IS 'Transport of the REGISTER';
COMMENT ON COLUMN registrations.status_code IS 'Last final response; of a challenge that was not answered, the challenge';
COMMENT ON COLUMN registrations.behind_nat IS 'The phone''s Via or Contact names another address than its REGISTER came from (RFC 3261, 18.2.1; 3581); NULL where they name no addresses';
COMMENT ON COLUMN registrations.src_ip IS 'Source address of the REGISTER, on the hop nearest to the phone';
COMMENT ON COLUMN registrations.dst_ip IS 'Destination address of the REGISTER';
COMMENT ON COLUMN registrations.sensor IS 'Name of the place where was captured';
COMMENT ON COLUMN registrations.registrar IS 'Registrar''s domain: host of the Request-URI (RFC 3261, 10.2)';
COMMENT ON COLUMN registrations.aor IS 'Address of record: URI of To without parameters (RFC 3261, 10.2); NULL for a row that counts failures together, where one address failed for more than 64 bindings or too many addresses fail';
COMMENT ON COLUMN registrations.registrant IS 'URI of From, where a third party registers; else NULL (RFC 3261, 10.2)';
COMMENT ON COLUMN registrations.contact_uri IS 'URI of the Contact asked for (RFC 3261, 20.10)';
COMMENT ON COLUMN registrations.contact_host IS 'Host of that URI';
COMMENT ON COLUMN registrations.call_id IS 'Call-ID of the REGISTER (RFC 3261, 20.8)';
COMMENT ON COLUMN registrations.user_agent IS 'User-Agent (RFC 3261, 20.41)';
COMMENT ON COLUMN registrations.auth_user IS 'username of the credentials (RFC 7616, 3.4)';
COMMENT ON COLUMN registrations.realm IS 'realm of the credentials, else of the challenge (RFC 7616, 3.3)';
COMMENT ON COLUMN registrations.instance_id IS '+sip.instance of the Contact (RFC 5626, 4.1)';

INSERT INTO schema_version (version, name) VALUES (9, '0009_registrations');
COMMIT;
