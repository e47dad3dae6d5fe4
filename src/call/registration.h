/**
 * Registrations (RFC 3261, 10): one REGISTER exchange as a fact, and the row
 * of the table `registrations` that facts of many Call-IDs add up to.
 *
 * A correlator hands facts over complete, in packet-time order, so that facts
 * of several correlators can be merged by done_at before binding.h joins them.
 */
#ifndef SIPTRAIL_CALL_REGISTRATION_H
#define SIPTRAIL_CALL_REGISTRATION_H

#include "base/inet.h"
#include "base/key.h"
#include "base/time.h"
#include "sip/message.h"

/* Contacts of one REGISTER that are looked at. */
#define REGISTER_CONTACTS_MAX 8

/** Of a binding at a registrar (RFC 3261, 10.3). */
enum registration_state {
    REGISTRATION_NONE, /* SQL NULL: no answer seen, and none is proved lost */
    REGISTRATION_REGISTERED,
    REGISTRATION_EXPIRED,
    REGISTRATION_UNREGISTERED,
    REGISTRATION_FAILED, /* it never was accepted */
    REGISTRATION_STATE_COUNT
};

/** What of a REGISTER is needed when its final comes; borrowed. */
struct register_request {
    struct span request_uri;
    struct span from; /* whole values */
    struct span to;
    struct span expires;
    struct span agent;
    struct span auth_user; /* without quotes */
    struct span realm;
    struct span via;     /* the lowest: the phone's own */
    struct span sent_by; /* host[:port] of a plain and only Via, else empty */
    bool same_party;     /* From and To plainly say one URI; false: read them */
    uint64_t spelling;   /* binding_table_seek() of it; 0: not asked */
    struct span contacts[REGISTER_CONTACTS_MAX];
    uint32_t contact_count;
};

/** One REGISTER, its rounds of authentication and its final. */
struct register_fact {
    int64_t first_at;     /* first REGISTER, microseconds */
    int64_t request_at;   /* the one that got the final */
    int64_t done_at;      /* the final, or when it was given up */
    int64_t auth_us;      /* time of the 401/407 rounds; TIME_NONE for none */
    uint16_t status_code; /* 0: none came */
    bool timed_out;       /* none came within Timer F (17.1.2.2) */
    uint16_t challenges;
    uint16_t via_count; /* of the request */
    uint32_t source;    /* ordinal of the capture */
    enum transport transport;
    struct endpoint src; /* of the nearest hop seen */
    struct endpoint dst;
    struct span call_id;
    struct span sensor;                     /* in the keys */
    struct span sensor_name;                /* as in the record */
    const struct register_request *request; /* of the last round */
    const struct sip_message *final;        /* NULL where none came */
};

/**
 * One row of `registrations`; names and NULLs as in call/record.h. What can
 * change is of the last REGISTER that was accepted, else of the last one.
 */
struct registration_record {
    struct key registration_key; /* binding_key at the time of first_at */
    struct key binding_key;
    uint32_t source;
    struct span sensor; /* who saw it; empty: as the run was told */
    int64_t first_at;
    int64_t last_at;
    int64_t expires_at;
    int64_t ended_at;
    int64_t expires_s;
    int64_t min_expires_s;
    int64_t register_ms;
    int64_t register_auth_ms;
    struct span registrar; /* host of the Request-URI */
    struct span aor;       /* empty: failures of several, see binding.h */
    struct span registrant;
    struct span contact_uri;
    struct span contact_host;
    struct span call_id;
    struct span user_agent;
    struct span auth_user;
    struct span realm;
    struct span instance_id;
    bool has_reg_id;
    uint32_t reg_id;
    struct endpoint src;
    struct endpoint dst;
    enum transport transport;
    enum { NAT_NULL, NAT_FALSE, NAT_TRUE } behind_nat;
    enum registration_state state;
    uint16_t status_code;
    uint32_t attempts;
    uint32_t failures;    /* finals of 300 or above, and timeouts */
    uint32_t ineffective; /* of these as RFC 6076, 4.2 counts */
    uint32_t timeouts;    /* of these without a final */
    uint32_t challenges;
    uint32_t renewals;
};

/** "registered", ...; "" for NONE. Static storage. */
const char *registration_state_name(enum registration_state s);

#endif
