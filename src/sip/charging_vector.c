#include "sip/charging_vector.h"

#include "sip/param.h"

struct span sip_charging_vector_icid(struct span value)
{
    return sip_param_value(value, SPAN_LITERAL("icid-value"));
}
