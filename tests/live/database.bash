# shellcheck shell=bash disable=SC2034,SC2154 # lab.bash and the tests know it
# Sourced by live tests after lab.bash: a PostgreSQL of their own that may go
# and come back. SIPTRAIL_DB names its database sip.
bin=$(dirname "$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -1)" 2>/dev/null)
[ -x "$bin/initdb" ] && id postgres >/dev/null 2>&1 || skip_all 'live capture' 'no PostgreSQL'
pg=$scratch/pg
mkdir "$pg" && chmod 711 "$scratch" && chown postgres "$pg"
as_server() { (cd / && runuser -u postgres -- "$@"); }
pg_up() { as_server "$bin/pg_ctl" -D "$pg/data" -o "-k '$pg' -h ''" -l "$pg/log" -w start >/dev/null 2>&1; }
pg_down() { as_server "$bin/pg_ctl" -D "$pg/data" -m "${1:-fast}" -w stop >/dev/null 2>&1; }
all_down() {
	pg_down immediate
	lab_down
}
at_end=all_down
as_server "$bin/initdb" -D "$pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null 2>&1 &&
	pg_up || skip_all 'live capture' 'no cluster could be made'
as_server psql -Xqh "$pg" postgres -c 'CREATE DATABASE sip' >/dev/null 2>&1
export SIPTRAIL_DB="host=$pg user=postgres dbname=sip" XDG_DATA_HOME=$scratch/data
q() { psql -XqAtd "$SIPTRAIL_DB" -c "$1" 2>&1; }
