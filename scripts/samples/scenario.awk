# Turn a few lines that say who sends what into a sipp scenario.
#
# awk -v role=uac|uas -v name=LABEL -v me=USER -v peer=USER -v realm=... -f
#
#   send METHOD [opts]       a request of our own
#   expect CODE|METHOD [opt] [auth] [save=X] [timeout=MS:LABEL]
#   answer CODE REASON [opts]  to the last request
#   | Header: value          one more header of the send or answer above
#   pause MS
#   label N / goto N
#   early                    from here on no dialog stands (a label follows)
#   ! xml                    taken as it is
#
# opts: sdp=DIRECTION|none, auth, use=X (a dialog that `save=X` kept),
# for=INVITE (answer the INVITE though something else came since), via=N (how
# many Vias that INVITE had), once (no retransmission), cseq=N, pad=N (lines of
# SDP), to=USER (of a REGISTER: whom a third party registers), ruri=URI, tag=TAG, samecseq, ontimeout=LABEL
function opt(k, d,   i) {
	for (i = 2; i <= NF; i++)
		if (index($i, k "=") == 1) return substr($i, length(k) + 2)
	return d
}
function has(w,   i) {
	for (i = 2; i <= NF; i++) if ($i == w) return 1
	return 0
}
function flush_message() {
	if (!open_message) return
	out(head)
	out(extra "")
	if (body != "") {
		if (extra !~ /Content-Type:/) out("Content-Type: application/sdp")
		out("Content-Length: [len]\n\n" body)
	} else out("Content-Length: 0\n")
	out("]]></send>")
	open_message = 0; extra = ""; body = ""; head = ""
}
function out(s) { if (s != "") print s }
function var(v) { used[v] = 1; return v }
function sdp(dir, pad,   s, i) {
	s = "v=0\no=" me " 1000 " (1000 + ++sdps) " IN IP[local_ip_type] [local_ip]\n" \
	    "s=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\n" \
	    "m=audio [auto_media_port] RTP/AVP 8 0 101\na=rtpmap:8 PCMA/8000\n" \
	    "a=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\n" \
	    "a=fmtp:101 0-15\na=ptime:20\n"
	for (i = 1; i <= pad + 0; i++)
		s = s "a=candidate:" i " 1 UDP " 2130706431 - i \
		    " [local_ip] " 20000 + i " typ host generation 0\n"
	return s "a=" dir
}
function save(x) {
	return "<action>" \
	    ereg("To:", x "to") ereg("Contact:", x "ct0") ereg("Record-Route:", x "rr") \
	    "<ereg regexp=\"sips?:[^>]*\" search_in=\"hdr\" header=\"Contact:\" assign_to=\"" \
	    var(x "ct") "\"/></action>"
}
function ereg(h, v, occ) {
	return "<ereg regexp=\".*\" search_in=\"hdr\" header=\"" h "\"" \
	    (occ ? " occurrence=\"" occ "\"" : "") " assign_to=\"" var(v) "\"/>"
}
function retrans() {
	return has("once") ? "" : " retrans=\"500\"" \
	    (opt("ontimeout", "") == "" ? "" : " ontimeout=\"" opt("ontimeout") "\"")
}
function send(   m, uri, from, to, seq, via, routes, x, dst) {
	m = $2; x = opt("use", "")
	if (m != "ACK") asked = m
	open_message = 1
	print "<send" (m == "ACK" ? "" : retrans()) "><![CDATA[\n"
	if (m == "ACK") { seq = cseq_of_invite; branch = final_ok ? next_branch() : invite_branch }
	else if (m == "CANCEL") { seq = cseq_of_invite; branch = invite_branch }
	else { if (!has("samecseq")) cseq = opt("cseq", cseq + 1); seq = cseq; branch = next_branch() }
	dst = opt("to", peer)
	if (role == "uas") {
		uri = "[next_url]"; routes = "[routes]"
		from = "From:[$" var("ito") "];tag=" mytag
		to = "To:[$" var("ifrom") "]"
	} else {
		from = "From: \"" title(me) "\" <sip:" me "@example.com>;tag=" opt("tag", mytag)
		if (m == "REGISTER") to = "To: <sip:" opt("to", me) "@example.com>"
		else to = "To: \"" title(dst) "\" <sip:" dst "@" domain ">"
		uri = opt("ruri", m == "REGISTER" ? "sip:example.com" : \
		    "sip:" dst "@" (uridomain ? uridomain : "[remote_ip]:[remote_port]"))
		if (x != "") {
			uri = "[$" var(x "ct") "]"; to = "To:[$" var(x "to") "]"
			routes = proxied ? "Route:[$" var(x "rr") "]" : ""
		} else if (dialog && m != "CANCEL" && (m != "ACK" || final_ok)) {
			uri = "[next_url]"; routes = "[routes]"; to = to "[peer_tag_param]"
		} else if (m == "ACK") to = to "[peer_tag_param]"
	}
	if (m == "INVITE") {
		cseq_of_invite = seq; invite_branch = branch
		invite_uri = uri; invite_routes = routes
	} else if (m == "ACK" && !final_ok) { uri = invite_uri; routes = invite_routes }
	head = m " " uri " SIP/2.0\n" \
	    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=" branch "\n" \
	    from "\n" to "\nCall-ID: [call_id]\nCSeq: " seq " " m "\nMax-Forwards: 70"
	if (routes != "") head = head "\n" routes
	if (m ~ /INVITE|REFER|SUBSCRIBE|UPDATE|NOTIFY|REGISTER/)
		head = head "\nContact: <sip:" (m == "REGISTER" ? opt("to", me) : me) \
		    "@[local_ip]:[local_port];transport=[transport]>"
	if (m != "ACK") head = head "\nUser-Agent: " agent
	if (has("auth")) head = head "\n" credentials
	if (m == "INVITE") body = sdp(opt("sdp", "sendrecv"), opt("pad", 0))
	if (opt("sdp", "") == "none") body = ""
}
function answer(   code, reason, i, m, tag) {
	code = $2; reason = ""
	for (i = 3; i <= NF && $i !~ /=/ && $i != "once"; i++) reason = reason (i > 3 ? " " : "") $i
	m = opt("for", request)
	open_message = 1
	tag = (m == "CANCEL" || (m ~ /INVITE|SUBSCRIBE/ && !dialog)) && code > 100 ? ";tag=" opt("tag", mytag) : ""
	if (m ~ /INVITE|SUBSCRIBE/ && code >= 200 && code < 300) dialog = 1
	print "<send" (m == "INVITE" && code >= 200 ? retrans() : "") "><![CDATA[\n"
	head = "SIP/2.0 " code " " reason "\n"
	if (opt("for", "") != "") {
		head = head "Via:[$" var("iv1") "]\n"
		if (opt("via", 1) > 1) head = head "Via:[$" var("iv2") "]\n"
		head = head "From:[$" var("ifrom") "]\nTo:[$" var("ito") "]" tag \
		    "\nCall-ID: [call_id]\nCSeq:[$" var("icseq") "]"
		if (opt("via", 1) > 1) head = head "\nRecord-Route:[$" var("irr") "]"
	} else
		head = head "[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:]" tag \
		    "\n[last_Call-ID:]\n[last_CSeq:]"
	if (m ~ /INVITE|SUBSCRIBE/ && code > 100 && code < 300)
		head = head "\nContact: <sip:" me "@[local_ip]:[local_port];transport=[transport]>"
	if (code > 100) head = head "\n" (role == "uas" ? "Server: " : "User-Agent: ") agent
	if (opt("sdp", "") != "" && opt("sdp") != "none") body = sdp(opt("sdp"), opt("pad", 0))
	else if (m == "INVITE" && code >= 200 && code < 300 && opt("sdp") != "none") body = sdp("sendrecv", opt("pad", 0))
}
function expect(   w, attr, act) {
	w = $2; act = ""
	attr = w ~ /^[0-9]/ ? "response=\"" w "\"" : "request=\"" w "\""
	if (has("opt")) attr = attr " optional=\"true\""
	if (has("global")) attr = attr " optional=\"global\""
	if (has("auth")) attr = attr " auth=\"true\""
	if (opt("timeout", "") != "") {
		split(opt("timeout"), tm, ":")
		attr = attr " timeout=\"" tm[1] "\" ontimeout=\"" tm[2] "\""
	}
	if (opt("next", "") != "") attr = attr " next=\"" opt("next") "\""
	if (w ~ /INVITE|SUBSCRIBE/ || w ~ /^(18|2)/) attr = attr " rrs=\"true\""
	if (w ~ /INVITE|SUBSCRIBE/ && !dialog && role == "uas")
		act = "<action>" ereg("From:", "ifrom") ereg("To:", "ito") ereg("Via:", "iv1") \
		    ereg("Via:", "iv2", 2) ereg("CSeq:", "icseq") ereg("Record-Route:", "irr") "</action>"
	if (opt("save", "") != "") act = save(opt("save"))
	print "<recv " attr (act == "" ? "/>" : ">" act "</recv>")
	if (w ~ /^[A-Z]/) request = w
	else if (w >= 200 && (asked == "INVITE" || has("inv"))) {
		final_ok = w < 300
		if (final_ok) dialog = 1
	}
}
function next_branch() { return "z9hG4bK-" name "-" me "-[call_number]-" ++branches }
function title(s) { return toupper(substr(s, 1, 1)) substr(s, 2) }
BEGIN {
	mytag = (tagprefix ? tagprefix : me) "-" name "-[call_number]"
	if (domain == "") domain = "example.net"
	if (agent == "") agent = "sipp/3.6 (" me ")"
	if (password == "") password = "secret"
	if (credentials == "")
		credentials = "[authentication username=" me " password=" password "]"
	print "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>"
	print "<scenario name=\"" name "-" me "\">"
}
/^[ \t]*(#|$)/ { next }
$1 == "|" { sub(/^[ \t]*\|[ \t]*/, ""); extra = extra (extra == "" ? "" : "\n") $0; next }
$1 == "body" { body = (body == "" ? "" : body "\n") substr($0, index($0, "body") + 5); next }
{ flush_message() }
$1 == "send" { send() ; next }
$1 == "answer" { answer(); next }
$1 == "expect" { expect(); next }
$1 == "pause" { print "<pause milliseconds=\"" $2 "\"/>"; next }
$1 == "label" { print "<label id=\"" $2 "\"/>"; next }
$1 == "goto" { print "<nop next=\"" $2 "\"/>"; next }
$1 == "!" { sub(/^[ \t]*![ \t]*/, ""); print; next }
$1 == "early" { dialog = 0; next }
{ print "scenario.awk: what is this: " $0 > "/dev/stderr"; exit 1 }
END {
	flush_message()
	list = ""
	for (v in used) list = list (list == "" ? "" : ",") v
	if (list != "") print "<Reference variables=\"" list "\"/>"
	print "</scenario>"
}
