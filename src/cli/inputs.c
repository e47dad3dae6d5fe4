#include "cli/inputs.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "capture/capture.h"
#include "capture/filter.h"

#define LINKTYPE_ETHERNET 1

bool inputs_read_once(const char *path)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        return true;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int check_filter(const struct settings *s)
{
    const char *text = s->value[OPTION_FILTER];
    struct filter *filter = NULL;
    struct error err = {0};
    int rc;

    if (!text)
        return CLI_DONE;
    rc = filter_new(text, &filter, &err);
    if (!rc)
        rc = filter_prepare(filter, LINKTYPE_ETHERNET, &err);
    filter_free(filter);
    if (!rc)
        return CLI_DONE;
    log_line(LOG_ERROR, "%s (man pcap-filter tells what can stand in -f)",
             err.text);
    return CLI_USAGE;
}

/* One of several files must not keep the others from being read. What can be
   read only once, like a pipe, is not looked at before. */
static bool can_be_read(const char *path)
{
    const struct capture_options options = {0};
    struct capture *capture = NULL;
    struct error err = {0};

    if (inputs_read_once(path))
        return true;
    if (capture_open_files(&path, 1, &options, &capture, &err) != 0) {
        log_line(LOG_ERROR, "%s", err.text);
        return false;
    }
    capture_free(capture);
    return true;
}

static int keep_readable(struct inputs *in)
{
    size_t kept = 0;

    for (size_t i = 0; i < in->path_count; i++) {
        if (can_be_read(in->paths[i]))
            in->paths[kept++] = in->paths[i];
        else
            in->unreadable++;
    }
    in->path_count = kept;
    return kept ? CLI_DONE : CLI_FAILED;
}

static int allocate(struct inputs *in, size_t room)
{
    in->paths = calloc(room + 1, sizeof(*in->paths));
    if (in->paths)
        return CLI_DONE;
    log_line(LOG_ERROR, "out of memory");
    return CLI_FAILED;
}

int inputs_init(const struct settings *s, struct inputs *inputs_out)
{
    size_t count = s->read_file_count + s->operand_count;
    int rc = check_filter(s);

    *inputs_out = (struct inputs){0};
    if (rc == CLI_DONE && count == 0)
        rc = cli_usage_error(s->command, "no capture file is named");
    if (rc == CLI_DONE)
        rc = allocate(inputs_out, count);
    if (rc != CLI_DONE)
        return rc;
    for (size_t i = 0; i < s->read_file_count; i++)
        inputs_out->paths[inputs_out->path_count++] = s->read_files[i];
    for (size_t i = 0; i < s->operand_count; i++)
        inputs_out->paths[inputs_out->path_count++] = s->operands[i];
    return keep_readable(inputs_out);
}

int inputs_init_live(const struct settings *s, struct inputs *inputs_out)
{
    const char *names[SETTINGS_LIST_MAX];
    size_t count = settings_list(s, OPTION_INTERFACE, names);
    int rc = check_filter(s);

    *inputs_out = (struct inputs){.live = true};
    if (rc == CLI_DONE && s->operand_count)
        rc = cli_usage_error(s->command, "'%s' is no option: -i %s?",
                             s->operands[0], s->operands[0]);
    if (rc == CLI_DONE && !count)
        rc = cli_usage_error(s->command, "no interface is named: -i IFACE");
    if (rc == CLI_DONE)
        rc = allocate(inputs_out, count);
    for (size_t i = 0; i < count && rc == CLI_DONE; i++)
        inputs_out->paths[inputs_out->path_count++] = names[i];
    return rc;
}

int inputs_init_file(const struct settings *s, const char *path,
                     struct inputs *inputs_out)
{
    int rc = check_filter(s);

    *inputs_out = (struct inputs){0};
    if (rc == CLI_DONE)
        rc = allocate(inputs_out, 1);
    if (rc != CLI_DONE)
        return rc;
    inputs_out->paths[inputs_out->path_count++] = path;
    return keep_readable(inputs_out);
}

void inputs_fini(struct inputs *inputs)
{
    capture_free(inputs->capture);
    free(inputs->paths);
    *inputs = (struct inputs){0};
}
