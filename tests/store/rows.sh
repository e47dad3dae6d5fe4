# Sourced after lib.sh: rows of calls made by hand.
# shellcheck shell=bash

# rows_begin: an empty schema in a fresh database, and test.add(number, time,
# columns), which enters a call and takes what is not given from an answered one.
rows_begin() {
	fresh "$1"
	"$tool" audit >/dev/null
	q "CREATE SCHEMA test;
CREATE FUNCTION test.key(n integer, at timestamptz) RETURNS uuid LANGUAGE sql
	RETURN (left(siptrail.key_floor(at)::text, 24) || lpad(n::text, 12, '0'))::uuid;
CREATE FUNCTION test.add(n integer, at timestamptz, given jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS \$\$
DECLARE
	unknown text := (SELECT string_agg(name, ' ') FROM jsonb_object_keys(given) AS name WHERE name NOT IN
		(SELECT attname FROM pg_attribute WHERE attrelid = 'siptrail.calls'::regclass));
BEGIN
	IF unknown IS NOT NULL THEN
		RAISE 'no column %', unknown;
	END IF;
	PERFORM siptrail.range_find((extract(epoch FROM at) * 1000)::bigint, 0);
	INSERT INTO siptrail.calls SELECT (jsonb_populate_record(NULL::siptrail.calls, jsonb_build_object(
		'call_key', test.key(n, at), 'group_key', test.key(n, at), 'capture_key', test.key(0, '2026-01-01Z'),
		'first_at', at, 'invite_at', at, 'invites', 1, 'reinvites', 0, 'messages', 7, 'retransmissions', 0,
		'forks', 0, 'branches', 1, 'auth_challenges', 0, 'state', 'terminated', 'disposition', 'answered',
		'status_code', 200, 'sensor', 'test', 'live', false, 'call_id', n || '@test', 'evidence', '[]'::jsonb,
		'src_ip', '192.0.2.1', 'dst_ip', '192.0.2.2') || given)).*;
END \$\$;"
}
