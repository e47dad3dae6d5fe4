# The formulas of judged.tsv, worked out over the messages of one capture.
function find(sel, call,   n, src, what, method, i, p) {
	n = 1; src = ""; method = "INVITE"
	if (match(sel, /^[0-9]+\./)) { n = substr(sel, 1, RLENGTH - 1); sel = substr(sel, RLENGTH + 1) }
	if (p = index(sel, "@")) { src = substr(sel, p + 1); sel = substr(sel, 1, p - 1) }
	if (p = index(sel, ":")) { method = substr(sel, p + 1); sel = substr(sel, 1, p - 1) }
	what = sel
	for (i = 1; i <= messages; i++) {
		if (id[i] != call || kind[i] != what || (src != "" && from[i] != src)) continue
		if (what ~ /^[0-9]/ && cseq[i] != method) continue
		if (--n == 0) return i
	}
	print "judge: " file ": " call ": no message " what > "/dev/stderr"
	bad = 1
	return 0
}
# Microseconds from b to a, whose times are texts of seconds and fraction.
function apart(a, b,   x, y) {
	split(at[a], x, "."); split(at[b], y, ".")
	return (x[1] - y[1]) * 1000000 + substr(x[2] "000000", 1, 6) - substr(y[2] "000000", 1, 6)
}
# As the records write it, in UTC.
function stamp(t,   x) {
	split(t, x, ".")
	return strftime("%Y-%m-%dT%H:%M:%S", x[1], 1) "." substr(x[2] "000000", 1, 6) "+00:00"
}
FNR == NR && FILENAME != "-" {
	n = split($0, f, "\t")
	++messages
	at[messages] = f[1]; from[messages] = f[2]; id[messages] = f[3]
	kind[messages] = f[4]; cseq[messages] = f[5]
	next
}
{
	file = $1
	call = $2; sub(/#.*/, "", call)
	for (i = 3; i <= NF; i++) {
		p = index($i, "=")
		column = substr($i, 1, p - 1); value = substr($i, p + 1)
		gsub(/~/, " ", value)
		if (column ~ /@$/) {
			sub(/@$/, "", column)
			value = stamp(at[find(value, call)])
		} else if (column ~ /:$/) {
			sub(/:$/, "", column)
			if (value == "count") {
				value = 0
				for (m = 1; m <= messages; m++) value += id[m] == call
			} else {
				p = match(value, /-[0-9]*\.?[A-Z1-6]/)
				value = int((apart(find(substr(value, 1, p - 1), call), \
				    find(substr(value, p + 1), call)) + 500) / 1000)
			}
		}
		print file, $2, column, value
	}
}
END { exit bad }
