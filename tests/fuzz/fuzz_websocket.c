/* One direction of a WebSocket: whole equals split, nothing grows. */
#include <stdlib.h>

#include "base/hash.h"
#include "flow/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t digest(const uint8_t *data, size_t size, size_t step)
{
    struct websocket ws;
    struct span message;
    uint64_t h = 0;

    websocket_init(&ws, size && data[0] == 'G');
    for (size_t at = 0; at < size; at += step) {
        websocket_push(&ws, span_part(span_of(data, size), at, step));
        while (websocket_next(&ws, &message) == WEBSOCKET_DONE)
            h = hash_mix(h, hash_stable(message.data, message.length, 1));
    }
    if (ws.room > 2 * WEBSOCKET_MESSAGE_MAX)
        abort();
    websocket_fini(&ws);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char start[64];

    if (!size)
        return 0;
    (void)websocket_peek(span_of(data, size), start, sizeof(start));
    (void)websocket_is_upgrade(span_of(data, size));
    if (digest(data, size, size) != digest(data, size, 3))
        abort();
    return 0;
}
