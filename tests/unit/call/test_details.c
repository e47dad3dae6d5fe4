/* What a record says beside its times and its end. */
#include "call/scenario.h"

#define ALICE_ID "ab30317f1a784dc48ff824d0d3715d86"
#define BOB_ID "47755a9de7794ba387653f2099600ef2"
#define NIL_ID "00000000000000000000000000000000"

static const struct scenario identities[] = {
    {"none of these headers",
     {"0 a>p INVITE", "600 p>a 486 INVITE to=b"},
     {"rpid_user=- privacy=- diversion_user=- diversion_reason=- "
      "diversion_count=- auth_user=- auth_realm=- icid=- stir_attest=- "
      "stir_origid=- session_expires_s=- min_se_s=- refresher=- "
      "invite_expires_s=- session_id_local=- session_id_remote=-"}},
    {"Remote-Party-ID of the calling party, Privacy, icid, Expires",
     {"0 a>p INVITE | Remote-Party-ID: <sip:777@x>;party=called, "
      "\"Al\" <sip:%2b4930@x;x=y>;party=calling;privacy=full | "
      "Privacy: id; critical | P-Charging-Vector: icid-value=\"q==\";"
      "orig-ioi=h.net | Expires: 120",
      "600 p>a 486 INVITE to=b"},
     {"rpid_user=+4930 privacy=id;_critical icid=q== invite_expires_s=120"}},
    {"the callee's product, not that of a proxy that asked for credentials",
     {"0 a>p INVITE | User-Agent: A 1", "1 p>a 100 INVITE | Server: P 1",
      "2 p>a 407 INVITE to=p | Server: P 1", "3 a>p ACK to=p",
      "4 a>p INVITE cseq=2 br=2",
      "9 p>a 180 INVITE cseq=2 br=2 to=b | "
      "User-Agent: B 1",
      "20 p>a 200 INVITE cseq=2 br=2 to=b | Server: C 1"},
     {"caller_agent=A_1 callee_agent=B_1"}},
    {"a product of which nothing is known but its challenge",
     {"0 a>p INVITE", "2 p>a 407 INVITE to=p | Server: P 1"},
     {"callee_agent=P_1"}},
    {"the asserted identity",
     {"0 a>p INVITE | P-Asserted-Identity: \"A\" <sip:+491@h>, <tel:+491>"},
     {"pai_user=+491 pai_host=h"}},
    {"Diversion: the first is the latest, counters add up",
     {"0 a>p INVITE | Diversion: <sip:12@x>;reason=no-answer;counter=2, "
      "<sip:11@x>;reason=user-busy | Diversion: <sip:10@x>;reason=unknown"},
     {"diversion_user=12 diversion_reason=no-answer diversion_count=4"}},
    {"Diversion goes before History-Info",
     {"0 a>p INVITE | Diversion: <sip:12@x>;reason=deflection | "
      "History-Info: <sip:9@x>;index=1, <sip:8@x;cause=302>;index=1.1;mp=1"},
     {"diversion_user=12 diversion_reason=deflection diversion_count=1"}},
    {"History-Info alone",
     {"0 a>p INVITE | History-Info: <sip:9@x>;index=1, "
      "<sip:8@x;cause=302>;index=1.1;mp=1"},
     {"diversion_user=9 diversion_reason=unconditional diversion_count=1"}},
    {"a history without a diversion",
     {"0 a>p INVITE | History-Info: <sip:9@x>;index=1"},
     {"diversion_user=- diversion_reason=- diversion_count=0"}},
    {"of the first INVITE of the reference hop",
     {"0 a>p INVITE", "2 p>b INVITE br=2 vias=2 | Privacy: id | Expires: 9"},
     {"privacy=- invite_expires_s=-"}},
    {"a hop with fewer Vias seen later takes its place",
     {"0 p>b INVITE br=2 vias=2 | Privacy: id | Expires: 9 | "
      "P-Asserted-Identity: <sip:x@y> | Session-ID: " ALICE_ID,
      "2 a>p INVITE"},
     {"privacy=- invite_expires_s=- pai_user=- session_id_local=-"}},
    {"credentials of the round that has them",
     {"0 a>p INVITE",
      "5 p>a 407 INVITE to=p | Proxy-Authenticate: Digest "
      "realm=\"r x\", nonce=\"n1\"",
      "6 a>p ACK to=p",
      "10 a>p INVITE cseq=2 br=2 | Proxy-Authorization: Digest "
      "username=\"alice\", realm=\"r x\", nonce=\"n1\", uri=\"sip:b\", "
      "response=\"0\"",
      "11 p>b INVITE cseq=2 br=3 vias=2",
      "600 p>a 486 INVITE cseq=2 br=2 to=b"},
     {"invites=2 auth_user=alice auth_realm=r_x"}},
    {"STIR: claims of the first token that has them",
     {"0 a>p INVITE | Identity: "
      "eyJhbGciOiJFUzI1NiJ9..sig;info=<https://c.example/p>;ppt=shaken | "
      "Identity: eyJhbGciOiJFUzI1NiJ9."
      "eyJhdHRlc3QiOiJBIiwib3JpZ2lkIjoiMTIzZTQ1NjctZTg5YiJ9.sig;info="
      "<https://c.example/p>;ppt=shaken"},
     {"stir_attest=A stir_origid=123e4567-e89b"}},
};

static void identities_are_kept(void **state)
{
    (void)state;
    scenario_play_all(identities, COUNT_OF(identities));
}

static const struct scenario sessions[] = {
    {"the timer as the 2xx says, not the 180, not the INVITE",
     {"0 a>p INVITE | Session-Expires: 3600 | Min-SE: 90",
      "5 p>a 180 INVITE to=b | Session-Expires: 77;refresher=uac",
      "600 p>a 200 INVITE to=b | Session-Expires: 1800;refresher=uas",
      "610 a>p ACK to=b br=2"},
     {"session_expires_s=1800 refresher=uas min_se_s=90"}},
    {"a 2xx without a timer",
     {"0 a>p INVITE | x: 3600;refresher=uac", "600 p>a 200 INVITE to=b"},
     {"session_expires_s=- refresher=- min_se_s=-"}},
    {"422 asks for a longer one",
     {"0 a>p INVITE | Session-Expires: 100",
      "5 p>a 422 INVITE to=p | Min-SE: 600", "6 a>p ACK to=p",
      "10 a>p INVITE cseq=2 br=2 | Session-Expires: 600 | Min-SE: 600",
      "20 p>a 200 INVITE cseq=2 br=2 to=b | "
      "Session-Expires: 600;refresher=uac"},
     {"session_expires_s=600 refresher=uac min_se_s=600 invites=2"}},
    {"422 and nothing more",
     {"0 a>p INVITE | Session-Expires: 100",
      "5 p>a 422 INVITE to=p | Min-SE: 600"},
     {"session_expires_s=- min_se_s=600"}},
    {"of the reference hop",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "10 b>p 200 INVITE to=b br=2 vias=2 | Session-Expires: 90;refresher=uas",
      "11 p>a 200 INVITE to=b | Session-Expires: 95;refresher=uac"},
     {"session_expires_s=95 refresher=uac"}},
    {"Min-SE as the 2xx has it",
     {"0 a>p INVITE | Min-SE: 90", "10 p>a 200 INVITE to=b | Min-SE: 60"},
     {"session_expires_s=- min_se_s=60"}},
    {"a refresh changes nothing",
     {"0 a>p INVITE", "600 p>a 200 INVITE to=b | Session-Expires: 1800",
      "610 a>p ACK to=b br=2", "700 a>p INVITE to=b cseq=2 br=3",
      "710 p>a 200 INVITE to=b cseq=2 br=3 | Session-Expires: 90"},
     {"session_expires_s=1800 refresher=-"}},
    {"Session-ID of both sides",
     {"0 a>p INVITE | Session-ID: " ALICE_ID ";remote=" NIL_ID,
      "5 p>a 180 INVITE to=b | Session-ID: " BOB_ID ";remote=" ALICE_ID,
      "600 p>a 200 INVITE to=b | Session-ID: " BOB_ID ";remote=" ALICE_ID},
     {"session_id_local=" ALICE_ID " session_id_remote=" BOB_ID}},
    {"Session-ID as RFC 7329 has it, and not answered",
     {"0 a>p INVITE | Session-ID: " ALICE_ID, "5 p>a 486 INVITE to=b"},
     {"session_id_local=" ALICE_ID " session_id_remote=-"}},
};

static void sessions_are_kept(void **state)
{
    (void)state;
    scenario_play_all(sessions, COUNT_OF(sessions));
}

/* An answered call: what comes before and behind its changes. */
#define OFFER "audio:0,8,101=telephone-event"
#define SETUP                                                                  \
    "0 a>p INVITE sdp=" OFFER, "600 p>a 200 INVITE to=b sdp=audio:8",          \
        "610 a>p ACK to=b br=2"

static const struct scenario offers[] = {
    {"no description at all",
     {"0 a>p INVITE", "600 p>a 486 INVITE to=b"},
     {"offer_codecs=- answer_codecs=- media_kinds=- media_changes=- holds=- "
      "hold_ms=-"}},
    {"offer in the INVITE, answer in the 2xx",
     {SETUP},
     {"offer_codecs=PCMU_PCMA_telephone-event answer_codecs=PCMA "
      "media_kinds=audio media_changes=0 holds=0 hold_ms=-"}},
    {"each encoding once, refused media not, fax by its format",
     {"0 a>p INVITE sdp=audio:8,96=opus,97=OPUS+video:98=H264+image:t38",
      "600 p>a 200 INVITE to=b sdp=audio:96=opus+video:98=H264:off+image:t38"},
     {"offer_codecs=PCMA_opus_H264_t38 answer_codecs=opus_t38 "
      "media_kinds=audio_image"}},
    {"a reliable 183 answers, the 2xx is silent; another fork's does not count",
     {"0 a>p INVITE sdp=" OFFER, "10 p>a 183 INVITE to=b sdp=audio:8 | RSeq: 1",
      "20 p>a 183 INVITE to=c sdp=audio:0 | RSeq: 1", "600 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=2"},
     {"answer_codecs=PCMA media_changes=0"}},
    {"the 2xx is another answer than the 183 of the fork",
     {"0 a>p INVITE sdp=" OFFER, "10 p>a 183 INVITE to=b sdp=audio:8",
      "600 p>a 200 INVITE to=c sdp=audio:0"},
     {"answer_codecs=PCMU"}},
    {"not answered: the last early answer",
     {"0 a>p INVITE sdp=" OFFER, "10 p>a 183 INVITE to=b sdp=audio:8",
      "600 p>a 486 INVITE to=b"},
     {"answer_codecs=PCMA media_kinds=audio"}},
    {"delayed: offer in the 2xx, answer in the ACK",
     {"0 a>p INVITE", "600 p>a 200 INVITE to=b sdp=audio:0,8",
      "610 a>p ACK to=b br=2 sdp=audio:8"},
     {"offer_codecs=PCMU_PCMA answer_codecs=PCMA media_kinds=audio "
      "media_changes=0"}},
    {"delayed: offer in a reliable 183, answer in the PRACK",
     {"0 a>p INVITE", "10 p>a 183 INVITE to=b sdp=audio:0,8 | RSeq: 1",
      "20 a>p PRACK to=b cseq=2 br=2 sdp=audio:8 | RAck: 1 1 INVITE",
      "21 p>a 200 PRACK to=b cseq=2 br=2", "600 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3"},
     {"offer_codecs=PCMU_PCMA answer_codecs=PCMA media_changes=0"}},
    {"a PRACK may offer anew",
     {"0 a>p INVITE sdp=audio:8",
      "10 p>a 183 INVITE to=b sdp=audio:8 | RSeq: 1",
      "20 a>p PRACK to=b cseq=2 br=2 sdp=audio:0 | RAck: 1 1 INVITE",
      "21 p>a 200 PRACK to=b cseq=2 br=2 sdp=audio:0",
      "600 p>a 200 INVITE to=b"},
     {"offer_codecs=PCMA answer_codecs=PCMA media_changes=1"}},
    {"of the reference hop",
     {"0 a>p INVITE sdp=audio:0,8", "1 p>b INVITE br=2 vias=2 sdp=audio:8",
      "9 b>p 200 INVITE br=2 vias=2 to=b sdp=audio:8",
      "10 p>a 200 INVITE to=b sdp=audio:0"},
     {"offer_codecs=PCMU_PCMA answer_codecs=PCMU media_changes=0"}},
    {"the later round's offer",
     {"0 a>p INVITE sdp=audio:0", "5 p>a 488 INVITE to=p", "6 a>p ACK to=p",
      "10 a>p INVITE cseq=2 br=2 sdp=audio:8",
      "600 p>a 200 INVITE cseq=2 br=2 to=b sdp=audio:8"},
     {"invites=2 offer_codecs=PCMA answer_codecs=PCMA"}},
    {"a refresh is no change, another codec is one, a refusal is none",
     {SETUP, "1000 a>p INVITE to=b cseq=2 br=3 sdp=" OFFER,
      "1010 p>a 200 INVITE to=b cseq=2 br=3 sdp=audio:8",
      "1020 a>p ACK to=b cseq=2 br=4",
      "2000 a>p INVITE to=b cseq=3 br=5 sdp=audio:0+video:31",
      "2010 p>a 488 INVITE to=b cseq=3 br=5", "2011 a>p ACK to=b cseq=3 br=5",
      "3000 a>p UPDATE to=b cseq=4 br=6 sdp=audio:0+video:31",
      "3010 p>a 200 UPDATE to=b cseq=4 br=6 sdp=audio:0+video:31",
      "4000 p>a UPDATE from=b to=a cseq=1 br=7",
      "4010 a>p 200 UPDATE from=b to=a cseq=1 br=7"},
     {"media_changes=1 media_kinds=audio_video answer_codecs=PCMA "
      "reinvites=2 holds=0"}},
    {"one on two hops is one",
     {SETUP, "1000 a>p UPDATE to=b cseq=2 br=3 sdp=audio:0",
      "1001 p>b UPDATE to=b cseq=2 br=4 vias=2 sdp=audio:0",
      "1002 b>p 200 UPDATE to=b cseq=2 br=4 vias=2 sdp=audio:0",
      "1003 p>a 200 UPDATE to=b cseq=2 br=3 sdp=audio:0"},
     {"media_changes=1"}},
    {"a re-INVITE without offer: its 2xx offers, its ACK answers",
     {SETUP, "1000 a>p INVITE to=b cseq=2 br=3",
      "1010 p>a 200 INVITE to=b cseq=2 br=3 sdp=audio:0",
      "1020 a>p ACK to=b cseq=2 br=4 sdp=audio:0"},
     {"media_changes=1 media_kinds=audio"}},
};

static void offers_and_answers_are_kept(void **state)
{
    (void)state;
    scenario_play_all(offers, COUNT_OF(offers));
}

#define HOLD(at, how)                                                          \
#at " a>p INVITE to=b cseq=2 br=h1 sdp=" OFFER ":" how,                    \
        #at ".5 p>a 200 INVITE to=b cseq=2 br=h1 sdp=audio:8:recvonly"
#define RESUME(at)                                                             \
#at " a>p INVITE to=b cseq=3 br=h3 sdp=" OFFER,                            \
        #at ".5 p>a 200 INVITE to=b cseq=3 br=h3 sdp=audio:8"
#define BYE(at)                                                                \
#at " a>p BYE to=b cseq=9 br=z", #at ".5 p>a 200 BYE to=b cseq=9 br=z"

static const struct scenario holds[] = {
    {"sendonly, and back",
     {SETUP, HOLD(1000, "sendonly"), RESUME(3500), BYE(9000)},
     {"holds=1 hold_ms=2500 media_changes=2"}},
    {"inactive, and the call ends",
     {SETUP, HOLD(1000, "inactive"), BYE(9000)},
     {"holds=1 hold_ms=8000"}},
    {"c=0.0.0.0, and the capture ends",
     {SETUP, HOLD(1000, "zero")},
     {"holds=1 hold_ms=- end_cause=capture_end"}},
    {"recvonly puts nobody on hold",
     {SETUP, HOLD(1000, "recvonly"), BYE(9000)},
     {"holds=0 hold_ms=- media_changes=1"}},
    {"refused: no hold",
     {SETUP, "1000 a>p INVITE to=b cseq=2 br=3 sdp=audio:0:sendonly",
      "1010 p>a 491 INVITE to=b cseq=2 br=3", BYE(9000)},
     {"holds=0 hold_ms=- media_changes=0"}},
    {"held again and again; refreshed while it is held",
     {SETUP, HOLD(1000, "sendonly"),
      "1500 a>p UPDATE to=b cseq=20 br=u sdp=audio:8:sendonly",
      "1501 p>a 200 UPDATE to=b cseq=20 br=u sdp=audio:8:recvonly",
      "2000 a>p UPDATE to=b cseq=21 br=v sdp=audio:8",
      "2001 p>a 200 UPDATE to=b cseq=21 br=v sdp=audio:8",
      "3000 a>p UPDATE to=b cseq=22 br=w sdp=audio:8:inactive",
      "3001 p>a 200 UPDATE to=b cseq=22 br=w sdp=audio:8:inactive", BYE(9000)},
     {"holds=2 hold_ms=7000"}},
    {"both sides hold: the time counts once",
     {SETUP, HOLD(1000, "sendonly"),
      "2000 p>a UPDATE from=b to=a cseq=1 br=u sdp=audio:8:inactive",
      "2001 a>p 200 UPDATE from=b to=a cseq=1 br=u sdp=audio:8:inactive",
      "4000 a>p UPDATE to=b cseq=21 br=v sdp=audio:8",
      "4001 p>a 200 UPDATE to=b cseq=21 br=v sdp=audio:8:sendonly",
      "6000 p>a UPDATE from=b to=a cseq=2 br=w sdp=audio:8",
      "6001 a>p 200 UPDATE from=b to=a cseq=2 br=w sdp=audio:8", BYE(9000)},
     {"holds=2 hold_ms=5000"}},
    {"on hold from the very offer: nobody was put on hold",
     {"0 a>p INVITE sdp=audio:8:inactive",
      "600 p>a 200 INVITE to=b sdp=audio:8:inactive", "610 a>p ACK to=b br=2",
      RESUME(2000), HOLD(3000, "sendonly"), BYE(4000)},
     {"holds=1 hold_ms=1000"}},
    {"a hold in the ACK of a re-INVITE without offer",
     {SETUP, "1000 a>p INVITE to=b cseq=2 br=3",
      "1010 p>a 200 INVITE to=b cseq=2 br=3 sdp=audio:8",
      "1020 a>p ACK to=b cseq=2 br=4 sdp=audio:8:sendonly", BYE(2000)},
     {"holds=1 hold_ms=1000"}},
};

static void holds_are_measured(void **state)
{
    (void)state;
    scenario_play_all(holds, COUNT_OF(holds));
}

/* NOTIFY of b, who was asked to transfer, in the call of a and b. */
#define NOTIFY(at, cseq, frag)                                                 \
    at " b>a NOTIFY from=b to=a cseq=" cseq " br=n" cseq " frag=" frag         \
       " | Event: refer",                                                      \
        at ".5 a>b 200 NOTIFY from=b to=a cseq=" cseq " br=n" cseq
#define CALL "0 a>b INVITE", "600 b>a 200 INVITE to=b", "610 a>b ACK to=b br=2"
#define REPLACES "to-tag=b;from-tag=a"

static const struct scenario transfers[] = {
    {"none",
     {CALL},
     {"transfer=none transfer_status=- refer_to=- "
      "referred_by=- replaces=- replaced_by=- group_key=0"}},
    {"not known where the start was not seen",
     {"0 a>b BYE to=b cseq=9"},
     {"transfer=- evidence=no_start"}},
    {"blind",
     {CALL,
      "1000 a>b REFER to=b cseq=2 br=3 | Refer-To: <sip:carol@c> | "
      "Referred-By: \"Al\" <sip:alice@a>;cid=x",
      "1001 b>a 202 REFER to=b cseq=2 br=3", NOTIFY("1100", "1", "100_Trying"),
      NOTIFY("1200", "2", "200_OK")},
     {"transfer=blind refer_to=sip:carol@c referred_by=sip:alice@a "
      "transfer_status=SIP/2.0_200_OK"}},
    {"it failed",
     {CALL, "1000 a>b REFER to=b cseq=2 br=3 | r: sip:carol@c",
      "1001 b>a 202 REFER to=b cseq=2 br=3", NOTIFY("1100", "1", "100_Trying"),
      NOTIFY("1200", "2", "486_Busy_Here")},
     {"transfer=blind transfer_status=SIP/2.0_486_Busy_Here"}},
    {"the last of two, nothing heard of it yet",
     {CALL, "1000 a>b REFER to=b cseq=2 br=3 | Refer-To: <sip:carol@c>",
      NOTIFY("1200", "2", "486_Busy_Here"),
      "2000 a>b REFER to=b cseq=3 br=4 | Refer-To: <sip:dave@d>"},
     {"transfer=blind transfer_status=- refer_to=sip:dave@d"}},
    {"a REFER for something else than a call is no transfer",
     {CALL, "1000 a>b REFER to=b cseq=2 br=3 | "
            "Refer-To: <sip:b@b;method=BYE>"},
     {"transfer=none refer_to=-"}},
    {"a NOTIFY of another event is none",
     {CALL, "1000 b>a NOTIFY from=b to=a cseq=1 br=3 | Event: dialog"},
     {"transfer=none transfer_status=-"}},
    {"attended, and the call that takes the other's place",
     {"0 a>b INVITE id=one", "100 b>a 200 INVITE id=one to=b",
      "110 a>b ACK id=one to=b br=2", "1000 a>c INVITE id=two from=a2",
      "1100 c>a 200 INVITE id=two from=a2 "
      "to=c",
      "1110 a>c ACK id=two from=a2 to=c br=2",
      "2000 a>b REFER id=one to=b cseq=2 br=3 | Refer-To: "
      "<sip:carol@c?Replaces=two%3Bto-tag%3Dc%3Bfrom-tag%3Da2>",
      "2001 b>a 202 REFER id=one to=b cseq=2 br=3",
      "2010 b>c INVITE id=three from=b3 br=3 | Replaces: two;to-tag=c;"
      "from-tag=a2 | Referred-By: <sip:alice@a>",
      "2100 c>b 200 INVITE id=three from=b3 to=c3 br=3",
      "2110 c>a BYE id=two from=c to=a2 cseq=1 br=4",
      "2111 a>c 200 BYE id=two from=c to=a2 cseq=1 br=4",
      NOTIFY("2150", "1", "200_OK id=one"),
      "2200 a>b BYE id=one to=b cseq=3 br=5",
      "2201 b>a 200 BYE id=one to=b cseq=3 br=5"},
     {"call_id=one transfer=attended transfer_status=SIP/2.0_200_OK "
      "replaces=- replaced_by=- end_cause=bye group_key=0",
      "call_id=two transfer=none replaced_by=2 replaces=- end_cause=bye "
      "group_key=1",
      "call_id=three transfer=none replaces=1 replaced_by=- "
      "referred_by=sip:alice@a group_key=2"}},
    {"the tags the other way round, an early dialog: picked up",
     {"0 a>b INVITE id=one", "100 b>a 180 INVITE id=one to=b",
      "1000 c>a INVITE id=two from=c | Replaces: one;to-tag=a;from-tag=b;"
      "early-only",
      "1010 a>c 200 INVITE id=two from=c to=a2"},
     {"replaced_by=1", "replaces=0"}},
    {"a call that is not known, and one that is long gone",
     {"0 a>b INVITE id=one", "100 b>a 486 INVITE id=one to=b", "50000 clock",
      "60000 c>a INVITE id=two from=c | Replaces: one;" REPLACES,
      "60010 c>a INVITE id=three from=c br=2 | Replaces: none;" REPLACES},
     {"replaced_by=-", "replaces=-", "replaces=-"}},
};

static void transfers_are_followed(void **state)
{
    (void)state;
    scenario_play_all(transfers, COUNT_OF(transfers));
}

static const struct scenario customs[] = {
    {"not seen", {CALL}, {"custom=-"}},
    {"of the first message that has them, in the order asked for",
     {"0 a>b INVITE | organization: A | x-trunk: one",
      "600 b>a 200 INVITE to=b | X-Trunk: two | User-to-User: 56;encoding=hex",
      "610 a>b ACK to=b br=2"},
     {"custom={\"X-Trunk\":\"one\",\"User-to-User\":\"56;encoding=hex\","
      "\"Organization\":\"A\"}"}},
    {"a BYE's, too; lines joined, folds undone",
     {CALL, "1000 a>b BYE to=b cseq=2 br=3 | X-Trunk: a | X-Other: b | "
            "X-Trunk: c\r\n  d"},
     {"custom={\"X-Trunk\":\"a,_c_d\"}"}},
    {"quotes, control bytes, what is no UTF-8",
     {"0 a>b INVITE | X-Trunk: \"q\\\" \001\xff \xc3\xa9"},
     {"custom={\"X-Trunk\":\"\\\"q\\\\\\\"_\\\\x01\\\\xff_\xc3\xa9\"}"}},
};

static void headers_are_kept_by_name(void **state)
{
    (void)state;
    scenario_play_all(customs, COUNT_OF(customs));
}

static const struct scenario groups[] = {
    {"one Session-ID on both sides of a B2BUA",
     {"0 a>p INVITE id=one | Session-ID: " ALICE_ID ";remote=" NIL_ID,
      "1 p>b INVITE id=two br=2 | Session-ID: " ALICE_ID ";remote=" NIL_ID,
      "2 x>y INVITE id=three br=3 | Session-ID: " BOB_ID ";remote=" NIL_ID},
     {"group_key=0", "group_key=0", "group_key=2"}},
    {"one icid; the name goes before the kind",
     {"0 a>p INVITE id=one | P-Charging-Vector: icid-value=" ALICE_ID,
      "1 p>b INVITE id=two br=2 | P-Charging-Vector: icid-value=" ALICE_ID,
      "2 x>y INVITE id=three br=3 | Session-ID: " ALICE_ID},
     {"group_key=0", "group_key=0", "group_key=2"}},
    {"two names of one call join a third",
     {"0 a>p INVITE id=one | Session-ID: " ALICE_ID
      " | P-Charging-Vector: icid-value=1",
      "1 p>q INVITE id=two br=2 | P-Charging-Vector: icid-value=1",
      "2 q>b INVITE id=three br=3 | Session-ID: " ALICE_ID},
     {"group_key=0", "group_key=0", "group_key=0"}},
    {"legs of one Call-ID bring their names along",
     {"0 a>p INVITE id=one",
      "1 x>b INVITE id=one from=x br=2 | Session-ID: " ALICE_ID,
      "2 b>c INVITE id=two br=3 | Session-ID: " ALICE_ID},
     {"group_key=0", "group_key=0", "group_key=0"}},
    {"an hour later it is another call's",
     {"0 a>p INVITE id=one | P-Charging-Vector: icid-value=1",
      "5 p>a 486 INVITE id=one to=b", "3600000 clock",
      "3600001 a>p INVITE id=two br=2 | P-Charging-Vector: icid-value=1"},
     {"group_key=0", "group_key=1"}},
};

static void groups_join_legs(void **state)
{
    (void)state;
    scenario_play_all(groups, COUNT_OF(groups));
}

/* Names beyond the cap: the oldest is forgotten, and counted. */
static void links_are_bounded(void **state)
{
    struct correlator_limits limits = correlator_limits_default;
    struct scenario_run run;
    char step[256];

    (void)state;
    scenario_open(&run, "bounded", false);
    correlator_free(run.correlator);
    limits.links = 4;
    limits.sensor = SPAN_LITERAL("test");
    assert_int_equal(
        correlator_new(&limits,
                       &(struct record_sink){.arg = &run,
                                             .part_fn = scenario_take_part,
                                             .dialog_fn = scenario_take_dialog,
                                             .call_fn = scenario_take_call},
                       &run.correlator),
        0);
    for (int i = 0; i < 10; i++) {
        snprintf(step, sizeof(step),
                 "%d a>p INVITE id=c%d br=%d | P-Charging-Vector: "
                 "icid-value=%d",
                 i, i, i, i);
        scenario_step(&run, step);
    }
    assert_int_equal(correlator_counters_of(run.correlator)->links_dropped, 6);
    scenario_step(&run, "4000000 clock");
    assert_int_equal(correlator_counters_of(run.correlator)->links_expired, 4);
    assert_int_equal(correlator_end(run.correlator), 0);
    scenario_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_kept),
        cmocka_unit_test(sessions_are_kept),
        cmocka_unit_test(offers_and_answers_are_kept),
        cmocka_unit_test(holds_are_measured),
        cmocka_unit_test(transfers_are_followed),
        cmocka_unit_test(headers_are_kept_by_name),
        cmocka_unit_test(groups_join_legs),
        cmocka_unit_test(links_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
