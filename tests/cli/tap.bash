# Sourced by the tests of the command line: TAP, a scratch folder, one check.
set -u
export LC_ALL=C.UTF-8
unset COLUMNS NO_COLOR SIPTRAIL_DB PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER \
	PGSERVICE PGPASSWORD PGOPTIONS
siptrail=${SIPTRAIL:-$PWD/build/siptrail}
case $siptrail in /*) ;; *) siptrail=$PWD/$siptrail ;; esac
scratch=$(mktemp -d "${TMPDIR:-/tmp}/siptrail-cli.XXXXXX") || exit 1
chmod 755 "$scratch"
at_end=:
trap '$at_end; rm -rf "$scratch"' EXIT
count=0

ok() { # ok CONDITION_RESULT NAME
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
		echo "not ok $count - $2"
		return 1
	fi
}
skip() { # skip NAME WHY
	count=$((count + 1))
	echo "ok $count - $1 # skip $2"
}
show_run() {
	sed 's/^/# out: /' "$scratch/out" | head -20
	sed 's/^/# err: /' "$scratch/err" | head -20
}
# run NAME CODE ERR OUT COMMAND...: the exit code, and a pattern (ERE) that
# stderr and stdout must hold; '' for none looked for, '!' for nothing at all.
run() {
	local name=$1 code=$2 err=$3 out=$4 rc=0 bad=0
	shift 4
	timeout 60 "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || rc=$?
	[ $rc -eq "$code" ] || bad=1
	matches "$err" "$scratch/err" || bad=1
	matches "$out" "$scratch/out" || bad=1
	ok $bad "$name" || {
		echo "# exit $rc, expected $code; stderr /$err/, stdout /$out/"
		show_run
	}
}
matches() {
	case $1 in
	'') true ;;
	'!') [ ! -s "$2" ] ;;
	*) grep -qaE -e "$1" "$2" ;;
	esac
}
# What a person must understand at a glance stands on one line.
one_line() { # one_line NAME: of the last run's stderr
	[ "$(wc -l <"$scratch/err")" -eq 1 ]
	ok $? "$1: one line" || show_run
}
# fails NAME CODE ERR COMMAND...: nothing on stdout, one line on stderr.
fails() {
	local name=$1 code=$2 err=$3
	shift 3
	run "$name" "$code" "$err" '!' "$@"
	one_line "$name"
}
finish() { echo "1..$count"; }
