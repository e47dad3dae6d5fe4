#include "sip/status.h"

#define RFC3261(code, text)                                                    \
    {                                                                          \
        code, text, "RFC 3261"                                                 \
    }

static const struct sip_status statuses[] = {
    RFC3261(100, "Trying"),
    RFC3261(180, "Ringing"),
    RFC3261(181, "Call Is Being Forwarded"),
    RFC3261(182, "Queued"),
    RFC3261(183, "Session Progress"),
    {199, "Early Dialog Terminated", "RFC 6228"},
    RFC3261(200, "OK"),
    {202, "Accepted", "RFC 6665"},
    {204, "No Notification", "RFC 5839"},
    RFC3261(300, "Multiple Choices"),
    RFC3261(301, "Moved Permanently"),
    RFC3261(302, "Moved Temporarily"),
    {303, "See Other", "RFC 2543"},
    RFC3261(305, "Use Proxy"),
    RFC3261(380, "Alternative Service"),
    RFC3261(400, "Bad Request"),
    RFC3261(401, "Unauthorized"),
    RFC3261(402, "Payment Required"),
    RFC3261(403, "Forbidden"),
    RFC3261(404, "Not Found"),
    RFC3261(405, "Method Not Allowed"),
    RFC3261(406, "Not Acceptable"),
    RFC3261(407, "Proxy Authentication Required"),
    RFC3261(408, "Request Timeout"),
    {409, "Conflict", "RFC 2543"},
    RFC3261(410, "Gone"),
    {411, "Length Required", "RFC 2543"},
    {412, "Conditional Request Failed", "RFC 3903"},
    RFC3261(413, "Request Entity Too Large"),
    RFC3261(414, "Request-URI Too Long"),
    RFC3261(415, "Unsupported Media Type"),
    RFC3261(416, "Unsupported URI Scheme"),
    {417, "Unknown Resource-Priority", "RFC 4412"},
    RFC3261(420, "Bad Extension"),
    RFC3261(421, "Extension Required"),
    {422, "Session Interval Too Small", "RFC 4028"},
    RFC3261(423, "Interval Too Brief"),
    {424, "Bad Location Information", "RFC 6442"},
    {425, "Bad Alert Message", "RFC 8876"},
    {428, "Use Identity Header", "RFC 8224"},
    {429, "Provide Referrer Identity", "RFC 3892"},
    {430, "Flow Failed", "RFC 5626"},
    {433, "Anonymity Disallowed", "RFC 5079"},
    {436, "Bad Identity Info", "RFC 8224"},
    {437, "Unsupported Credential", "RFC 8224"},
    {438, "Invalid Identity Header", "RFC 8224"},
    {439, "First Hop Lacks Outbound Support", "RFC 5626"},
    {440, "Max-Breadth Exceeded", "RFC 5393"},
    {469, "Bad Info Package", "RFC 6086"},
    {470, "Consent Needed", "RFC 5360"},
    RFC3261(480, "Temporarily Unavailable"),
    RFC3261(481, "Call/Transaction Does Not Exist"),
    RFC3261(482, "Loop Detected"),
    RFC3261(483, "Too Many Hops"),
    RFC3261(484, "Address Incomplete"),
    RFC3261(485, "Ambiguous"),
    RFC3261(486, "Busy Here"),
    RFC3261(487, "Request Terminated"),
    RFC3261(488, "Not Acceptable Here"),
    {489, "Bad Event", "RFC 6665"},
    RFC3261(491, "Request Pending"),
    RFC3261(493, "Undecipherable"),
    {494, "Security Agreement Required", "RFC 3329"},
    RFC3261(500, "Server Internal Error"),
    RFC3261(501, "Not Implemented"),
    RFC3261(502, "Bad Gateway"),
    RFC3261(503, "Service Unavailable"),
    RFC3261(504, "Server Time-out"),
    RFC3261(505, "Version Not Supported"),
    RFC3261(513, "Message Too Large"),
    {555, "Push Notification Service Not Supported", "RFC 8599"},
    {580, "Precondition Failure", "RFC 3312"},
    RFC3261(600, "Busy Everywhere"),
    RFC3261(603, "Decline"),
    RFC3261(604, "Does Not Exist Anywhere"),
    RFC3261(606, "Not Acceptable"),
    {607, "Unwanted", "RFC 8197"},
    {608, "Rejected", "RFC 8688"},
};

#define STATUS_COUNT (sizeof(statuses) / sizeof(*statuses))

unsigned sip_status_class(unsigned code)
{
    return code >= 100 && code <= 699 ? code / 100 : 0;
}

const char *sip_status_reason(unsigned code)
{
    size_t low = 0, high = STATUS_COUNT;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (statuses[middle].code == code)
            return statuses[middle].reason_phrase;
        if (statuses[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return "";
}

const struct sip_status *sip_status_all(unsigned *count_out)
{
    *count_out = (unsigned)STATUS_COUNT;
    return statuses;
}
