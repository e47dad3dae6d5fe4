-- siptrail 14: subscriptions.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = siptrail;

CREATE TYPE subscription_kind AS ENUM ('subscribe', 'poll', 'refer', 'unsolicited', 'refused');
COMMENT ON TYPE subscription_kind IS 'subscribe: asked for (RFC 6665); poll: asked for with Expires 0; refer: implied by a REFER (RFC 3515); unsolicited: NOTIFYs outside any dialog; refused: answered 300 or above';
CREATE TYPE subscription_state AS ENUM ('pending', 'active', 'terminated');
COMMENT ON TYPE subscription_state IS 'Subscription-State (RFC 6665, 8.2.3), or terminated by what end_cause says';
CREATE TYPE subscription_end AS ENUM ('notify', 'unsubscribed', 'lost', 'expired', 'refused');
COMMENT ON TYPE subscription_end IS 'notify: a NOTIFY said terminated; unsubscribed: Expires 0 accepted; lost: 481 to a NOTIFY, or a refresh answered by a response that ends it (RFC 5057, 5.1); expired: not refreshed; refused';

CREATE TABLE subscriptions (
    subscription_key uuid PRIMARY KEY,
    owner_key uuid NOT NULL,
    call_key uuid,
    capture_key uuid NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    accepted_at timestamptz,
    first_notify_at timestamptz,
    last_notify_at timestamptz,
    expires_at timestamptz,
    ended_at timestamptz,
    expires_s bigint,
    subscribes integer NOT NULL,
    notifies integer NOT NULL,
    subscriber_port integer,
    notifier_port integer,
    response_ms bigint,
    kind subscription_kind NOT NULL,
    state subscription_state,
    end_cause subscription_end,
    transport transport,
    status_code smallint,
    subscriber_ip inet,
    notifier_ip inet,
    sensor text COLLATE "C" NOT NULL,
    call_id text COLLATE "C",
    subscriber_tag text COLLATE "C",
    notifier_tag text COLLATE "C",
    event text COLLATE "C",
    event_id text COLLATE "C",
    subscriber text COLLATE "C",
    notifier text COLLATE "C",
    reason text COLLATE "C"
);
CREATE INDEX ON subscriptions (first_at);
CREATE INDEX ON subscriptions (call_id);
CREATE INDEX ON subscriptions (owner_key);
CREATE INDEX ON subscriptions (notifier);
COMMENT ON TABLE subscriptions IS 'One row for each subscription (RFC 6665): Call-ID, both tags, Event and its id; a SUBSCRIBE that forks has one for each notifier. Times are packet times';
COMMENT ON COLUMN subscriptions.subscription_key IS 'Of sensor, Call-ID, both tags, Event and id (of a REFER: its CSeq number); its time is 0. The same however often it is read; the row with more messages, then the later last_at, stays';
COMMENT ON COLUMN subscriptions.owner_key IS 'What owns its messages: call_key of messages and transactions';
COMMENT ON COLUMN subscriptions.call_key IS 'The call, where it lives in a call''s dialog (RFC 5057); else NULL';
COMMENT ON COLUMN subscriptions.capture_key IS 'The capture that holds its first message';
COMMENT ON COLUMN subscriptions.first_at IS 'Its SUBSCRIBE or REFER, or the NOTIFY that came first';
COMMENT ON COLUMN subscriptions.last_at IS 'Its last request, or final to a SUBSCRIBE or REFER';
COMMENT ON COLUMN subscriptions.accepted_at IS 'First 2xx to the SUBSCRIBE or REFER; NULL where none was seen';
COMMENT ON COLUMN subscriptions.first_notify_at IS 'First NOTIFY, which may come before the 2xx (RFC 6665, 4.1.2.4)';
COMMENT ON COLUMN subscriptions.last_notify_at IS 'Last NOTIFY';
COMMENT ON COLUMN subscriptions.expires_at IS 'When it ends unless refreshed, by the last 2xx or NOTIFY';
COMMENT ON COLUMN subscriptions.ended_at IS 'When it ended; NULL while it runs';
COMMENT ON COLUMN subscriptions.expires_s IS 'Time granted, s: Expires of the last 2xx, or expires of the last Subscription-State (RFC 6665, 4.2.1.1)';
COMMENT ON COLUMN subscriptions.subscribes IS 'SUBSCRIBEs or REFERs, refreshes and answers to challenges included; 0 where it began before the capture';
COMMENT ON COLUMN subscriptions.notifies IS 'NOTIFYs, copies and retransmissions apart';
COMMENT ON COLUMN subscriptions.subscriber_port IS 'Port of the subscriber';
COMMENT ON COLUMN subscriptions.notifier_port IS 'Port of the notifier, or of the proxy before it';
COMMENT ON COLUMN subscriptions.response_ms IS 'first_at to accepted_at, ms: challenges included';
COMMENT ON COLUMN subscriptions.kind IS 'How it came about';
COMMENT ON COLUMN subscriptions.state IS 'Its last state; NULL where no NOTIFY has said one';
COMMENT ON COLUMN subscriptions.end_cause IS 'What ended it; NULL while it runs';
COMMENT ON COLUMN subscriptions.transport IS 'Transport of its first message';
COMMENT ON COLUMN subscriptions.status_code IS 'Final of the last SUBSCRIBE or REFER';
COMMENT ON COLUMN subscriptions.subscriber_ip IS 'Address of the subscriber, as its first message shows it';
COMMENT ON COLUMN subscriptions.notifier_ip IS 'Address of the notifier, or of the proxy before it';
COMMENT ON COLUMN subscriptions.sensor IS 'Name of the place where was captured';
COMMENT ON COLUMN subscriptions.call_id IS 'Call-ID (RFC 3261, 20.8)';
COMMENT ON COLUMN subscriptions.subscriber_tag IS 'Tag of the one who asked; NULL for unsolicited NOTIFYs';
COMMENT ON COLUMN subscriptions.notifier_tag IS 'Tag of the one who notifies; NULL where none was seen';
COMMENT ON COLUMN subscriptions.event IS 'Event package (RFC 6665, 8.2.1); refer for REFER';
COMMENT ON COLUMN subscriptions.event_id IS 'id of the Event';
COMMENT ON COLUMN subscriptions.subscriber IS 'URI of the subscriber: From of a SUBSCRIBE, To of a NOTIFY';
COMMENT ON COLUMN subscriptions.notifier IS 'URI of the resource: To of a SUBSCRIBE, From of a NOTIFY';
COMMENT ON COLUMN subscriptions.reason IS 'reason of Subscription-State terminated (RFC 6665, 4.1.3)';

INSERT INTO schema_version (version, name) VALUES (14, '0014_subscriptions');
COMMIT;
