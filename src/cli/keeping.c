#include "cli/keeping.h"

#include <inttypes.h>

#include "base/log.h"

#define NS_PER_MS 1000000

int keeping_check(const struct settings *s)
{
    const char *path = s->value[OPTION_WRITE];
    uint64_t total = s->number[OPTION_KEEP_SIZE];
    char folder[PATH_MAX];
    struct error err = {0};

    if (path && kept_folder_path(path, folder, &err))
        return cli_usage_error(s->command, "--write %s", err.text);
    if (total && s->number[OPTION_ROTATE_SIZE] > total / 2)
        return cli_usage_error(s->command,
                               "--rotate-size may be half of --keep-size at "
                               "most: only whole files are removed");
    return CLI_DONE;
}

int keeping_begin(const struct settings *s, const struct inputs *in,
                  struct kept **kept_out, struct error *err)
{
    const struct kept_options options = {
        .path = s->value[OPTION_WRITE],
        .rotate_bytes = s->number[OPTION_ROTATE_SIZE],
        .rotate_ns = (int64_t)s->number[OPTION_ROTATE_TIME] * NS_PER_MS,
        .total_bytes = s->number[OPTION_KEEP_SIZE],
        .free_bytes = s->number[OPTION_KEEP_FREE],
        .free_default = !s->given[OPTION_KEEP_FREE],
        .compress = s->given[OPTION_COMPRESS],
        .names = in->paths,
        .name_count = in->path_count,
    };

    *kept_out = NULL;
    if (!options.path)
        return 0;
    return kept_new(&options, kept_out, err);
}

void keeping_end(struct kept *k, const struct settings *s)
{
    struct kept_counters c;

    if (!k)
        return;
    kept_free(k, &c);
    if (s->verbosity < 0)
        return;
    log_line(LOG_INFO,
             "packets kept: %" PRIu64 " in %" PRIu64 " files, %" PRIu64
             " bytes; not kept: %" PRIu64 " (disk too slow %" PRIu64
             ", full or failing %" PRIu64 "); removed to make room: %" PRIu64
             " files, %" PRIu64 " bytes",
             c.packets, c.files, c.bytes, c.lost_to_queue + c.lost_to_disk,
             c.lost_to_queue, c.lost_to_disk, c.files_removed, c.bytes_removed);
}
