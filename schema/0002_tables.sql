-- siptrail 2: captures and runs, records in ranges of keys, blocks of messages.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE TABLE runs (
    run_key uuid PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    command text NOT NULL,
    version text NOT NULL,
    host text NOT NULL,
    sensor text NOT NULL,
    calls bigint,
    messages bigint,
    messages_known bigint,
    duplicates bigint,
    quarantined bigint,
    error text
);
COMMENT ON TABLE runs IS 'Each time siptrail ran and stored';
COMMENT ON COLUMN runs.run_key IS 'Made anew for each run';
COMMENT ON COLUMN runs.started_at IS 'Server time at its start';
COMMENT ON COLUMN runs.ended_at IS 'Server time at its end; NULL while it runs or where it was killed';
COMMENT ON COLUMN runs.command IS 'The command line';
COMMENT ON COLUMN runs.version IS 'Version of siptrail';
COMMENT ON COLUMN runs.host IS 'Host it ran on';
COMMENT ON COLUMN runs.sensor IS 'Name of the place where was captured';
COMMENT ON COLUMN runs.calls IS 'Calls this run wrote';
COMMENT ON COLUMN runs.messages IS 'Messages this run wrote, duplicates apart';
COMMENT ON COLUMN runs.messages_known IS 'Messages it met that were stored already';
COMMENT ON COLUMN runs.duplicates IS 'Copies of messages it met';
COMMENT ON COLUMN runs.quarantined IS 'Rows the server refused';
COMMENT ON COLUMN runs.error IS 'What ended it early; NULL where nothing did';

CREATE TABLE captures (
    capture_key uuid PRIMARY KEY,
    run_key uuid NOT NULL,
    sensor text NOT NULL,
    source text NOT NULL,
    fingerprint bigint,
    state capture_state NOT NULL DEFAULT 'running',
    damage text,
    reads integer NOT NULL DEFAULT 1,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    first_packet_at timestamptz,
    last_packet_at timestamptz,
    packets bigint,
    bytes bigint,
    decoded bigint,
    not_for_us bigint,
    not_sip bigint,
    opaque bigint,
    malformed bigint,
    truncated bigint,
    fragments_expired bigint,
    tcp_gaps bigint,
    dropped_kernel bigint,
    dropped_interface bigint,
    dropped_queue bigint,
    sip_messages bigint,
    stored bigint,
    duplicates bigint,
    filtered bigint,
    quarantined bigint,
    spooled bigint,
    dropped bigint,
    anomalies jsonb
);
CREATE INDEX captures_fingerprint ON captures (fingerprint);
COMMENT ON TABLE captures IS 'One row for each file, known by its content, or live capture of an interface, with its account: packets = decoded + not_for_us + malformed; sip_messages = stored + duplicates + filtered + quarantined + spooled + dropped';
COMMENT ON COLUMN captures.capture_key IS 'Of a file: of the sensor and a fingerprint of its content, so that reading it again updates this row';
COMMENT ON COLUMN captures.run_key IS 'The run that read it last';
COMMENT ON COLUMN captures.sensor IS 'Name of the place where was captured';
COMMENT ON COLUMN captures.source IS 'Path of the file as last read, - for stdin, or the interface';
COMMENT ON COLUMN captures.fingerprint IS '64-bit hash of all packets read; NULL until its end';
COMMENT ON COLUMN captures.state IS 'How far reading came';
COMMENT ON COLUMN captures.damage IS 'How and where the input broke off; NULL where it did not';
COMMENT ON COLUMN captures.reads IS 'How often it was read';
COMMENT ON COLUMN captures.started_at IS 'Server time when reading last began';
COMMENT ON COLUMN captures.ended_at IS 'Server time when reading ended; NULL before';
COMMENT ON COLUMN captures.first_packet_at IS 'Packet time of its first packet';
COMMENT ON COLUMN captures.last_packet_at IS 'Highest packet time in it';
COMMENT ON COLUMN captures.packets IS 'Packets read';
COMMENT ON COLUMN captures.bytes IS 'Bytes captured of them';
COMMENT ON COLUMN captures.decoded IS 'Packets whose layers were read down to a transport';
COMMENT ON COLUMN captures.not_for_us IS 'Packets of protocols siptrail does not follow';
COMMENT ON COLUMN captures.not_sip IS 'Datagrams and streams decoded that hold no SIP';
COMMENT ON COLUMN captures.opaque IS 'Datagrams and streams that are encrypted';
COMMENT ON COLUMN captures.malformed IS 'Packets whose layers could not be read';
COMMENT ON COLUMN captures.truncated IS 'Packets captured in part';
COMMENT ON COLUMN captures.fragments_expired IS 'IP datagrams of which a fragment never came';
COMMENT ON COLUMN captures.tcp_gaps IS 'Places in TCP streams where bytes were never captured';
COMMENT ON COLUMN captures.dropped_kernel IS 'Packets the kernel dropped';
COMMENT ON COLUMN captures.dropped_interface IS 'Packets the interface dropped';
COMMENT ON COLUMN captures.dropped_queue IS 'Packets dropped because siptrail was behind';
COMMENT ON COLUMN captures.sip_messages IS 'SIP messages seen';
COMMENT ON COLUMN captures.stored IS 'Of these: stored, by this or by an earlier reading';
COMMENT ON COLUMN captures.duplicates IS 'Of these: copies of another (same bytes seen twice)';
COMMENT ON COLUMN captures.filtered IS 'Of these: left out as asked';
COMMENT ON COLUMN captures.quarantined IS 'Of these: refused by the server, see quarantine';
COMMENT ON COLUMN captures.spooled IS 'Of these: waiting in the spool';
COMMENT ON COLUMN captures.dropped IS 'Of these: lost to a limit';
COMMENT ON COLUMN captures.anomalies IS 'Count of each anomaly by name';

CREATE TABLE capture_gaps (
    capture_key uuid NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    kind text NOT NULL,
    packets bigint,
    PRIMARY KEY (capture_key, from_at, kind)
);
COMMENT ON TABLE capture_gaps IS 'Times in which packets are known to be missing';
COMMENT ON COLUMN capture_gaps.capture_key IS 'The capture';
COMMENT ON COLUMN capture_gaps.from_at IS 'Packet time of its begin';
COMMENT ON COLUMN capture_gaps.to_at IS 'Packet time of its end';
COMMENT ON COLUMN capture_gaps.kind IS 'kernel, interface, queue, tcp, truncation';
COMMENT ON COLUMN capture_gaps.packets IS 'How many; NULL where not known';

-- Wide columns first: no padding between them.
CREATE TABLE calls (
    call_key uuid NOT NULL,
    group_key uuid NOT NULL,
    capture_key uuid NOT NULL,
    first_at timestamptz NOT NULL,
    invite_at timestamptz,
    trying_at timestamptz,
    progress_at timestamptz,
    ringing_at timestamptz,
    forwarded_at timestamptz,
    queued_at timestamptz,
    early_media_at timestamptz,
    answered_at timestamptz,
    ack_at timestamptz,
    ended_at timestamptz,
    last_message_at timestamptz,
    talk_ms bigint,
    total_ms bigint,
    pdd_ms integer,
    pdd_total_ms integer,
    ring_ms integer,
    setup_ms integer,
    disconnect_ms integer,
    cancel_ms integer,
    auth_ms integer,
    invites integer NOT NULL,
    reinvites integer NOT NULL,
    messages integer NOT NULL,
    retransmissions integer NOT NULL,
    forks integer NOT NULL,
    branches integer NOT NULL,
    auth_challenges integer NOT NULL,
    reason_q850 integer,
    reason_sip integer,
    retry_after_s bigint,
    src_port integer,
    dst_port integer,
    state call_state NOT NULL,
    disposition call_disposition NOT NULL,
    ended_by call_ended_by,
    end_cause call_end_cause,
    transport transport,
    status_code smallint,
    last_status_code smallint,
    warning_code smallint,
    vlan smallint,
    end_exact boolean,
    src_ip inet,
    dst_ip inet,
    sensor text COLLATE "C" NOT NULL,
    call_id text COLLATE "C",
    from_tag text COLLATE "C",
    to_tag text COLLATE "C",
    caller_user text COLLATE "C",
    caller_host text COLLATE "C",
    caller_name text COLLATE "C",
    callee_user text COLLATE "C",
    callee_host text COLLATE "C",
    caller_number text COLLATE "C",
    callee_number text COLLATE "C",
    request_user text COLLATE "C",
    request_host text COLLATE "C",
    pai_user text COLLATE "C",
    pai_host text COLLATE "C",
    caller_agent text COLLATE "C",
    callee_agent text COLLATE "C",
    reason_phrase text COLLATE "C",
    reason_text text COLLATE "C",
    warning_text text COLLATE "C",
    redirect_to text[] COLLATE "C",
    branch_statuses smallint[],
    hops inet[],
    evidence text[] COLLATE "C" NOT NULL,
    PRIMARY KEY (call_key)
) PARTITION BY RANGE (call_key);
CREATE INDEX ON calls (call_id);
CREATE INDEX ON calls (caller_user);
CREATE INDEX ON calls (callee_user);
CREATE INDEX ON calls (caller_number) WHERE caller_number IS NOT NULL;
CREATE INDEX ON calls (reverse(caller_number)) WHERE caller_number IS NOT NULL;
CREATE INDEX ON calls (callee_number) WHERE callee_number IS NOT NULL;
CREATE INDEX ON calls (reverse(callee_number)) WHERE callee_number IS NOT NULL;
CREATE INDEX ON calls (pai_user) WHERE pai_user IS NOT NULL;
CREATE INDEX ON calls (request_user) WHERE request_user IS DISTINCT FROM callee_user;
CREATE INDEX ON calls (src_ip, first_at);
CREATE INDEX ON calls (dst_ip, first_at);
CREATE INDEX ON calls (first_at);
CREATE INDEX ON calls (status_code, first_at);
COMMENT ON TABLE calls IS 'One row for each attempt to set up a call. Times are packet times; durations are milliseconds, rounded half up; what was not seen is NULL. All is of the reference hop: the INVITE with the fewest Vias';
COMMENT ON COLUMN calls.call_key IS 'Of time, sensor, Call-ID, From tag and CSeq of the first INVITE: the same however often it is read';
COMMENT ON COLUMN calls.group_key IS 'Joins the rows of one end-to-end call';
COMMENT ON COLUMN calls.capture_key IS 'The capture that holds its first message';
COMMENT ON COLUMN calls.first_at IS 'Its first message; never NULL';
COMMENT ON COLUMN calls.invite_at IS 'First INVITE (RFC 3261, 13)';
COMMENT ON COLUMN calls.trying_at IS 'First 100 (RFC 3261, 21.1.1)';
COMMENT ON COLUMN calls.progress_at IS 'First 101 to 199 (RFC 3261, 21.1)';
COMMENT ON COLUMN calls.ringing_at IS 'First 180 (RFC 3261, 21.1.2)';
COMMENT ON COLUMN calls.forwarded_at IS 'First 181 (RFC 3261, 21.1.3)';
COMMENT ON COLUMN calls.queued_at IS 'First 182 (RFC 3261, 21.1.4)';
COMMENT ON COLUMN calls.early_media_at IS 'First 18x with a session description (RFC 3960)';
COMMENT ON COLUMN calls.answered_at IS 'The 2xx to the INVITE (RFC 3261, 13.2.2.4)';
COMMENT ON COLUMN calls.ack_at IS 'ACK of the 2xx (RFC 3261, 13.2.2.4)';
COMMENT ON COLUMN calls.ended_at IS 'First BYE of the answered dialog, else the final response of 300 or above, else as end_cause says; NULL while it runs';
COMMENT ON COLUMN calls.last_message_at IS 'Its last message';
COMMENT ON COLUMN calls.talk_ms IS '2xx to ended_at, ms (RFC 6076, 4.5)';
COMMENT ON COLUMN calls.total_ms IS 'invite_at to ended_at, ms';
COMMENT ON COLUMN calls.pdd_ms IS 'Post-dial delay, ms: the INVITE to the first 101-199 of it, else to its final; rounds of authentication left out; 2147483647 stands for that or more in this and the following columns';
COMMENT ON COLUMN calls.pdd_total_ms IS 'invite_at to the first 101-199 or final, ms: rounds of authentication included';
COMMENT ON COLUMN calls.ring_ms IS 'First 180 to the 2xx, the final or the CANCEL, ms';
COMMENT ON COLUMN calls.setup_ms IS 'INVITE to its 2xx, ms (RFC 6076, 4.3)';
COMMENT ON COLUMN calls.disconnect_ms IS 'First BYE to its 2xx, ms (RFC 6076, 4.4); NULL where none came';
COMMENT ON COLUMN calls.cancel_ms IS 'INVITE to CANCEL, ms (RFC 3261, 9)';
COMMENT ON COLUMN calls.auth_ms IS 'Time taken by rounds of 401 and 407, ms (RFC 3261, 22)';
COMMENT ON COLUMN calls.invites IS 'Initial INVITEs: 1 and one for each round of authentication or retry';
COMMENT ON COLUMN calls.reinvites IS 'INVITEs inside the dialog (RFC 3261, 14)';
COMMENT ON COLUMN calls.messages IS 'Messages on all hops, duplicates apart';
COMMENT ON COLUMN calls.retransmissions IS 'Retransmissions on all hops (RFC 3261, 17)';
COMMENT ON COLUMN calls.forks IS 'Distinct To tags in 101-299 to the INVITE, less one (RFC 3261, 12.1)';
COMMENT ON COLUMN calls.branches IS 'The most INVITEs one element sent on (RFC 3261, 16.6)';
COMMENT ON COLUMN calls.auth_challenges IS '401 and 407 to the INVITE (RFC 3261, 22)';
COMMENT ON COLUMN calls.reason_q850 IS 'Q.850 cause of the Reason header of the message that ended the call (RFC 3326)';
COMMENT ON COLUMN calls.reason_sip IS 'SIP cause of that Reason header (RFC 3326)';
COMMENT ON COLUMN calls.retry_after_s IS 'Retry-After of the final, s (RFC 3261, 20.33)';
COMMENT ON COLUMN calls.src_port IS 'Source port of the first INVITE';
COMMENT ON COLUMN calls.dst_port IS 'Destination port of the first INVITE';
COMMENT ON COLUMN calls.state IS 'How far it came';
COMMENT ON COLUMN calls.disposition IS 'What became of it';
COMMENT ON COLUMN calls.ended_by IS 'Who ended it; NULL while it runs';
COMMENT ON COLUMN calls.end_cause IS 'What ended it';
COMMENT ON COLUMN calls.transport IS 'Transport of the first INVITE';
COMMENT ON COLUMN calls.status_code IS 'Final response to the INVITE (RFC 3261, 21)';
COMMENT ON COLUMN calls.last_status_code IS 'Last response of any kind in the call';
COMMENT ON COLUMN calls.warning_code IS 'Warn-code of the final, see warnings (RFC 3261, 20.43)';
COMMENT ON COLUMN calls.vlan IS 'Outermost VLAN ID of the first INVITE (IEEE 802.1Q)';
COMMENT ON COLUMN calls.end_exact IS 'False where the end was inferred; NULL while it runs';
COMMENT ON COLUMN calls.src_ip IS 'Source address of the first INVITE';
COMMENT ON COLUMN calls.dst_ip IS 'Destination address of the first INVITE';
COMMENT ON COLUMN calls.sensor IS 'Name of the place where was captured';
COMMENT ON COLUMN calls.call_id IS 'Call-ID (RFC 3261, 20.8); texts over 1000 bytes are cut, bytes that are not UTF-8 stand as \xHH';
COMMENT ON COLUMN calls.from_tag IS 'From tag of the first INVITE (RFC 3261, 19.3)';
COMMENT ON COLUMN calls.to_tag IS 'To tag of the dialog that was answered (RFC 3261, 19.3)';
COMMENT ON COLUMN calls.caller_user IS 'User part of From, unescaped (RFC 3261, 20.20)';
COMMENT ON COLUMN calls.caller_host IS 'Host of From; NULL for tel:';
COMMENT ON COLUMN calls.caller_name IS 'Display name of From';
COMMENT ON COLUMN calls.callee_user IS 'User part of To, unescaped (RFC 3261, 20.39)';
COMMENT ON COLUMN calls.callee_host IS 'Host of To; NULL for tel:';
COMMENT ON COLUMN calls.caller_number IS 'caller_user as a number: leading + and digits only; indexed from both ends';
COMMENT ON COLUMN calls.callee_number IS 'callee_user as a number: leading + and digits only; indexed from both ends';
COMMENT ON COLUMN calls.request_user IS 'User part of the Request-URI of the first INVITE (RFC 3261, 8.1.1.1)';
COMMENT ON COLUMN calls.request_host IS 'Host of that Request-URI';
COMMENT ON COLUMN calls.pai_user IS 'User part of P-Asserted-Identity (RFC 3325)';
COMMENT ON COLUMN calls.pai_host IS 'Host of P-Asserted-Identity (RFC 3325)';
COMMENT ON COLUMN calls.caller_agent IS 'User-Agent of the caller (RFC 3261, 20.41)';
COMMENT ON COLUMN calls.callee_agent IS 'Server or User-Agent of the callee (RFC 3261, 20.35)';
COMMENT ON COLUMN calls.reason_phrase IS 'Phrase of the final response (RFC 3261, 7.2)';
COMMENT ON COLUMN calls.reason_text IS 'Text of the Reason header (RFC 3326)';
COMMENT ON COLUMN calls.warning_text IS 'Text of the Warning header (RFC 3261, 20.43)';
COMMENT ON COLUMN calls.redirect_to IS 'Contacts of a 3xx (RFC 3261, 21.3)';
COMMENT ON COLUMN calls.branch_statuses IS 'Finals of later hops in time order';
COMMENT ON COLUMN calls.hops IS 'The elements the INVITE was seen to pass, in order';
COMMENT ON COLUMN calls.evidence IS 'What the record rests on or lacks: no_start, no_end, one_direction, capture_gap, truncated, out_of_order, opaque, other_hop, answer_not_seen, cancel_not_seen, cancel_crossed';

CREATE TABLE dialogs (
    dialog_key uuid NOT NULL,
    call_key uuid,
    early_at timestamptz,
    confirmed_at timestamptz,
    terminated_at timestamptz,
    usage dialog_usage NOT NULL,
    state dialog_state NOT NULL,
    call_id text COLLATE "C",
    local_tag text COLLATE "C",
    remote_tag text COLLATE "C",
    remote_target text COLLATE "C",
    route_set text COLLATE "C",
    PRIMARY KEY (dialog_key)
) PARTITION BY RANGE (dialog_key);
CREATE INDEX ON dialogs (call_key);
COMMENT ON TABLE dialogs IS 'Every dialog, forks apart (RFC 3261, 12)';
COMMENT ON COLUMN dialogs.dialog_key IS 'Of time, sensor, Call-ID and both tags';
COMMENT ON COLUMN dialogs.call_key IS 'The call; NULL for a subscription outside any call';
COMMENT ON COLUMN dialogs.early_at IS 'First 101-199 with a To tag';
COMMENT ON COLUMN dialogs.confirmed_at IS 'Its 2xx';
COMMENT ON COLUMN dialogs.terminated_at IS 'Its BYE, or the final that ended it';
COMMENT ON COLUMN dialogs.usage IS 'What made it: INVITE, SUBSCRIBE or REFER';
COMMENT ON COLUMN dialogs.state IS 'How far it came';
COMMENT ON COLUMN dialogs.call_id IS 'Call-ID (RFC 3261, 20.8)';
COMMENT ON COLUMN dialogs.local_tag IS 'The caller''s tag: From of the first request';
COMMENT ON COLUMN dialogs.remote_tag IS 'The callee''s tag';
COMMENT ON COLUMN dialogs.remote_target IS 'Contact of the callee (RFC 3261, 12.1.2)';
COMMENT ON COLUMN dialogs.route_set IS 'Record-Route, comma-separated (RFC 3261, 12.1.2)';

CREATE TABLE exchanges (
    exchange_key uuid NOT NULL,
    first_at timestamptz NOT NULL,
    kind exchange_kind NOT NULL,
    call_id text COLLATE "C",
    PRIMARY KEY (exchange_key)
) PARTITION BY RANGE (exchange_key);
CREATE INDEX ON exchanges (call_id);
COMMENT ON TABLE exchanges IS 'What owns messages and is no call: REGISTER, OPTIONS, MESSAGE, SUBSCRIBE, PUBLISH exchanges and strays';
COMMENT ON COLUMN exchanges.exchange_key IS 'Of time and the Call-ID; messages and transactions carry it as call_key';
COMMENT ON COLUMN exchanges.first_at IS 'Its first message';
COMMENT ON COLUMN exchanges.kind IS 'What it is';
COMMENT ON COLUMN exchanges.call_id IS 'Call-ID (RFC 3261, 20.8); NULL where a message had none';

CREATE TABLE parts (
    exchange_key uuid NOT NULL,
    block_key uuid NOT NULL,
    no integer NOT NULL,
    kind exchange_kind NOT NULL,
    lo smallint NOT NULL,
    hi smallint NOT NULL,
    who smallint NOT NULL,
    PRIMARY KEY (exchange_key, no)
) PARTITION BY RANGE (exchange_key);
COMMENT ON TABLE parts IS 'Where the messages of each call and exchange are: a run of places in a block';
COMMENT ON COLUMN parts.exchange_key IS 'The call_key of a call, or the exchange_key';
COMMENT ON COLUMN parts.block_key IS 'The block';
COMMENT ON COLUMN parts.no IS 'Ordinal, in the call or exchange, of the first message of this part, from 0';
COMMENT ON COLUMN parts.kind IS 'What the owner is';
COMMENT ON COLUMN parts.lo IS 'Place of the first message in the block, from 1';
COMMENT ON COLUMN parts.hi IS 'Place of the last message in the block';
COMMENT ON COLUMN parts.who IS 'Place of the owner''s Call-ID in blocks.call_ids, from 1';

CREATE TABLE blocks (
    block_key uuid NOT NULL,
    first_at timestamptz NOT NULL,
    frame0 bigint NOT NULL,
    capture_keys uuid[] NOT NULL,
    call_ids text[] COLLATE "C" NOT NULL,
    ep_ip inet[] NOT NULL,
    ep_port integer[] NOT NULL,
    ep_transport smallint[] NOT NULL,
    ep_capture smallint[] NOT NULL,
    v_line text[] COLLATE "C" NOT NULL,
    v_agent text[] COLLATE "C" NOT NULL,
    v_content_type text[] COLLATE "C" NOT NULL,
    w_from_tag text[] COLLATE "C" NOT NULL,
    w_to_tag text[] COLLATE "C" NOT NULL,
    w_from_user text[] COLLATE "C" NOT NULL,
    w_to_user text[] COLLATE "C" NOT NULL,
    t_no integer[] NOT NULL,
    t_method smallint[] NOT NULL,
    t_cseq integer[] NOT NULL,
    t_branch text[] COLLATE "C" NOT NULL,
    t_sent_by text[] COLLATE "C" NOT NULL,
    m_us integer[] NOT NULL,
    m_frame integer[] NOT NULL,
    m_length integer[] NOT NULL,
    m_path smallint[] NOT NULL,
    m_code smallint[] NOT NULL,
    m_flags smallint[] NOT NULL,
    m_var smallint[] NOT NULL,
    m_who smallint[] NOT NULL,
    m_txn smallint[] NOT NULL,
    x_place smallint[],
    x_anomaly smallint[],
    x_method text[] COLLATE "C",
    PRIMARY KEY (block_key)
) PARTITION BY RANGE (block_key);
COMMENT ON TABLE blocks IS 'About 128 messages of several whole calls and exchanges in parallel arrays; read them through the view messages. Arrays m_ have one element for each message and point, from 1, into the lists v_, w_, t_ and ep_; a block that no part names is invisible and swept by siptrail db audit';
COMMENT ON COLUMN blocks.block_key IS 'Time of its first message, and random bits';
COMMENT ON COLUMN blocks.first_at IS 'Earliest message in it; all others lie within 35 minutes';
COMMENT ON COLUMN blocks.frame0 IS 'Added to m_frame';
COMMENT ON COLUMN blocks.capture_keys IS 'The captures its messages are from';
COMMENT ON COLUMN blocks.call_ids IS 'Call-IDs of the owners';
COMMENT ON COLUMN blocks.ep_ip IS 'Endpoints: address';
COMMENT ON COLUMN blocks.ep_port IS 'Endpoints: port';
COMMENT ON COLUMN blocks.ep_transport IS 'Endpoints: 1 udp, 2 tcp, 3 tls, 4 sctp, 5 ws, 6 wss';
COMMENT ON COLUMN blocks.ep_capture IS 'Endpoints: place in capture_keys';
COMMENT ON COLUMN blocks.v_line IS 'Variants: Request-URI (after the method''s name and a space where the method is not known) or reason phrase';
COMMENT ON COLUMN blocks.v_agent IS 'Variants: User-Agent or Server';
COMMENT ON COLUMN blocks.v_content_type IS 'Variants: Content-Type';
COMMENT ON COLUMN blocks.w_from_tag IS 'Parties: From tag';
COMMENT ON COLUMN blocks.w_to_tag IS 'Parties: To tag';
COMMENT ON COLUMN blocks.w_from_user IS 'Parties: user part of From';
COMMENT ON COLUMN blocks.w_to_user IS 'Parties: user part of To';
COMMENT ON COLUMN blocks.t_no IS 'Transactions: ordinal in the owner, -1 for none';
COMMENT ON COLUMN blocks.t_method IS 'Transactions: CSeq method, see methods; minus a place in x_method; 0 for none';
COMMENT ON COLUMN blocks.t_cseq IS 'Transactions: CSeq number as 32 bits';
COMMENT ON COLUMN blocks.t_branch IS 'Transactions: branch of the top Via';
COMMENT ON COLUMN blocks.t_sent_by IS 'Transactions: sent-by of the top Via';
COMMENT ON COLUMN blocks.m_us IS 'Microseconds after first_at';
COMMENT ON COLUMN blocks.m_frame IS 'Packet number in its file, less frame0';
COMMENT ON COLUMN blocks.m_length IS 'Bytes on the wire';
COMMENT ON COLUMN blocks.m_path IS '256 times the source''s place in ep_, and the destination''s';
COMMENT ON COLUMN blocks.m_code IS 'Status code, or minus the method, see methods; -1000 where the method is not known';
COMMENT ON COLUMN blocks.m_flags IS 'Bits: 1 retransmission, 2 duplicate, 4 and 8 parse_status, 16 ACK of a 2xx, 32 truncated, 64 fragmented, 128 raw masked or cut; hop times 256';
COMMENT ON COLUMN blocks.m_var IS 'Place in v_';
COMMENT ON COLUMN blocks.m_who IS 'Place in w_';
COMMENT ON COLUMN blocks.m_txn IS 'Place in t_';
COMMENT ON COLUMN blocks.x_place IS 'Anomalies: place of the message; NULL where the block has none';
COMMENT ON COLUMN blocks.x_anomaly IS 'Anomalies: id in anomaly_kinds';
COMMENT ON COLUMN blocks.x_method IS 'Names of methods that are not known';

CREATE TABLE texts (
    block_key uuid NOT NULL,
    raw bytea[] NOT NULL,
    PRIMARY KEY (block_key)
) PARTITION BY RANGE (block_key);
COMMENT ON TABLE texts IS 'The bytes of the messages of a block; may be dropped earlier than the rest';
COMMENT ON COLUMN texts.block_key IS 'The block';
COMMENT ON COLUMN texts.raw IS 'One element for each message; NULL for a duplicate';

-- lz4 is several times cheaper than pglz, where the server has it.
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT attrelid::regclass AS relation, attname FROM pg_attribute
        WHERE attrelid IN ('siptrail.texts'::regclass, 'siptrail.blocks'::regclass)
            AND attnum > 0 AND attstorage = 'x' AND NOT attisdropped
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I SET COMPRESSION lz4', c.relation, c.attname);
    END LOOP;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    RAISE WARNING 'this server has no lz4: texts take more room and time';
END $$;

CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    quarantined_at timestamptz NOT NULL DEFAULT now(),
    run_key uuid NOT NULL,
    table_name text NOT NULL,
    key uuid,
    sqlstate text NOT NULL,
    error text NOT NULL,
    fields bytea[] NOT NULL
);
COMMENT ON TABLE quarantine IS 'Rows the server refused, as they were';
COMMENT ON COLUMN quarantine.id IS 'In the order of refusal';
COMMENT ON COLUMN quarantine.quarantined_at IS 'When, server time';
COMMENT ON COLUMN quarantine.run_key IS 'The run that met it';
COMMENT ON COLUMN quarantine.table_name IS 'The table it was meant for';
COMMENT ON COLUMN quarantine.key IS 'Its key';
COMMENT ON COLUMN quarantine.sqlstate IS 'The server''s error code';
COMMENT ON COLUMN quarantine.error IS 'The server''s words';
COMMENT ON COLUMN quarantine.fields IS 'Its fields in the binary form of COPY, in the order in which siptrail sends them';

CREATE TABLE ranges (
    lo bigint PRIMARY KEY,
    hi bigint NOT NULL,
    name text NOT NULL UNIQUE,
    made_at timestamptz NOT NULL DEFAULT now(),
    CHECK (lo < hi)
);
COMMENT ON TABLE ranges IS 'The ranges of time for which each record table has a partition: days, months for older times or where many were asked for at once, two ranges for times before 2000 and after 2100';
COMMENT ON COLUMN ranges.lo IS 'First millisecond since 1970, inclusive';
COMMENT ON COLUMN ranges.hi IS 'Last, exclusive';
COMMENT ON COLUMN ranges.name IS 'Suffix of its partitions';
COMMENT ON COLUMN ranges.made_at IS 'When it was made, server time';

-- A table is made apart and attached: that waits for no writer.
CREATE FUNCTION range_make(lo bigint, hi bigint, name text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    leaf text;
    slack constant interval := '1 day';
    lower text := CASE WHEN lo = 0 THEN 'MINVALUE'
        ELSE quote_literal(siptrail.key_floor(to_timestamp(lo / 1000.0))) END;
    upper text := CASE WHEN hi > 281474976710655 THEN 'MAXVALUE'
        ELSE quote_literal(siptrail.key_floor(to_timestamp(hi / 1000.0))) END;
BEGIN
    FOREACH parent IN ARRAY ARRAY['calls', 'dialogs', 'exchanges', 'parts', 'blocks', 'texts'] LOOP
        leaf := format('siptrail.%I', parent || '_' || name);
        EXECUTE format('CREATE TABLE %s (LIKE siptrail.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE INCLUDING COMPRESSION)%s',
            leaf, parent, CASE WHEN parent IN ('calls', 'dialogs') THEN ' WITH (fillfactor = 70)' ELSE '' END);
        -- A query by first_at then reads this table only where it may.
        IF parent IN ('calls', 'exchanges', 'blocks') THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT first_at_near CHECK (%s)', leaf,
                concat_ws(' AND ',
                    CASE WHEN lower <> 'MINVALUE' THEN format('first_at >= %L', to_timestamp(lo / 1000.0) - slack) END,
                    CASE WHEN upper <> 'MAXVALUE' THEN format('first_at < %L', to_timestamp(hi / 1000.0) + slack) END));
        END IF;
        -- Statistics of arrays serve no query, and cost seconds to gather.
        IF parent IN ('blocks', 'texts') THEN
            EXECUTE (SELECT format('ALTER TABLE %s ', leaf) || string_agg(format('ALTER %I SET STATISTICS 0', attname), ', ')
                FROM pg_attribute WHERE attrelid = leaf::regclass AND attnum > 0 AND format_type(atttypid, NULL) LIKE '%[]');
        END IF;
        EXECUTE format('ALTER TABLE siptrail.%I ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)',
            parent, leaf, lower, upper);
    END LOOP;
    INSERT INTO siptrail.ranges (lo, hi, name) VALUES (range_make.lo, range_make.hi, range_make.name);
END $$;
COMMENT ON FUNCTION range_make(bigint, bigint, text) IS 'Make the partitions of all record tables for one range of milliseconds';

-- Recent times get a day each, older ones a month: planning a query by anything
-- but the key costs time for each range. Random times in a file must not make
-- thousands of tables: after the first 40 ranges a run asks for months are
-- made, and after 60 whole gaps.
CREATE FUNCTION range_find(ms bigint, made integer) RETURNS TABLE (lo bigint, hi bigint, fresh boolean)
    LANGUAGE plpgsql AS $$
DECLARE
    at timestamp := to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC';
    below bigint;
    above bigint;
    total integer;
    unit text;
    a bigint;
    b bigint;
BEGIN
    RETURN QUERY SELECT r.lo, r.hi, false FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('siptrail.ranges'));
    RETURN QUERY SELECT r.lo, r.hi, false FROM siptrail.ranges r WHERE r.lo <= ms AND r.hi > ms;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT max(r.hi) FILTER (WHERE r.hi <= ms), min(r.lo) FILTER (WHERE r.lo > ms), count(*)
        INTO below, above, total FROM siptrail.ranges r;
    unit := CASE WHEN made < 40 AND total < 400 AND at > now() - interval '100 days' THEN 'day'
        WHEN made < 60 AND total < 500 THEN 'month' END;
    IF unit IS NULL THEN
        a := below;
        b := above;
    ELSE
        a := greatest(below, extract(epoch FROM date_trunc(unit, at))::bigint * 1000);
        b := least(above, extract(epoch FROM date_trunc(unit, at) + ('1 ' || unit)::interval)::bigint * 1000);
    END IF;
    PERFORM siptrail.range_make(a, b, CASE unit WHEN 'day' THEN to_char(at, 'YYYYMMDD')
        WHEN 'month' THEN 'm' || to_char(at, 'YYYYMM') || '_' || to_hex(a) ELSE 'gap_' || to_hex(a) END);
    RETURN QUERY SELECT a, b, true;
END $$;
COMMENT ON FUNCTION range_find(bigint, integer) IS 'The range for a time in milliseconds; made where there is none: a day, or more where it is long ago or this run (made) or the database has many';

SELECT range_make(0, 946684800000, 'early'), range_make(4102444800000, 281474976710656, 'late');

INSERT INTO schema_version (version, name) VALUES (2, '0002_tables');
COMMIT;
