# Sourced by the store's tests: a PostgreSQL cluster of their own, a unix socket
# only, gone when the test ends. Prints TAP.
# shellcheck shell=bash
set -u
tool=${STORE_TOOL:-build/release/store/tool}
number=0
ok() { number=$((number + 1)); echo "ok $number - $1"; }
not_ok() {
	number=$((number + 1))
	echo "not ok $number - $1"
	shift
	printf '# %s\n' "$@"
}
is() { # is NAME GOT WANTED
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi
}
like() { # like NAME GOT PATTERN
	if grep -Eq -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi
}
skip_all() { echo "1..1"; echo "ok 1 - $1 # skip $2"; exit 0; }

[ -x "$tool" ] || skip_all store "no $tool: make check-cases builds it"
bin=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || skip_all store "PostgreSQL is not installed"
bin=$(dirname "$bin")
if [ "$(id -u)" = 0 ]; then
	id postgres >/dev/null 2>&1 || skip_all store "no user postgres"
	as_server() { runuser -u postgres -- "$@"; }
else
	as_server() { "$@"; }
fi
work=$(mktemp -d /tmp/siptrail-test.XXXXXX)
chmod 755 "$work"
if [ "$(id -u)" = 0 ]; then chown postgres "$work"; fi
at_end=()
finish() {
	for step in "${at_end[@]+"${at_end[@]}"}"; do eval "$step" >/dev/null 2>&1; done
	[ -f "$work/data/postmaster.pid" ] &&
		as_server "$bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT

cluster_start() {
	as_server "$bin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
		--no-sync >/dev/null 2>&1 &&
		as_server "$bin/pg_ctl" -D "$work/data" -o "-k '$work' -h ''" -l "$work/log" -w start >/dev/null
}
# fresh NAME: an empty database, and SIPTRAIL_DB naming it
fresh() {
	psql -Xqh "$work" -U postgres postgres -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" 2>/dev/null
	export SIPTRAIL_DB="host=$work user=postgres dbname=$1"
}
q() { psql -XqAtd "$SIPTRAIL_DB" -c "$1" 2>&1; }
# All keys and counts, in one line.
state() {
	q "SELECT (SELECT count(*) || ' calls ' || md5(string_agg(call_key || messages::text, ',' ORDER BY call_key)) FROM siptrail.calls),
		(SELECT count(*) || ' messages ' || md5(string_agg(message_key || coalesce(md5(raw), ''), ',' ORDER BY call_key, no)) FROM siptrail.messages),
		(SELECT count(*) || ' dialogs ' || md5(string_agg(dialog_key::text, ',' ORDER BY dialog_key)) FROM siptrail.dialogs)"
}
