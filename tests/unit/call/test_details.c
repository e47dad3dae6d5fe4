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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_kept),
        cmocka_unit_test(sessions_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
