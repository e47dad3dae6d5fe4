# bash completion for siptrail                              -*- shell-script -*-

_siptrail_files()
{
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_siptrail_options()
{
    # The options of a command as its own help lists them.
    "$1" "$2" --help 2>/dev/null |
        awk '/^options:/ { on = 1; next } /^$/ { on = 0 }
             on { for (i = 1; i <= 2; i++) if ($i ~ /^-/) { sub(/,$/, "", $i); print $i } }'
}

_siptrail()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]}
    local commands='read capture calls show ladder export stats sql db'

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
        return
    fi
    case $prev in
    --format)
        mapfile -t COMPREPLY < <(compgen -W 'table json csv tsv' -- "$cur")
        return
        ;;
    -j | --time-stamp-type)
        mapfile -t COMPREPLY < <(compgen -W 'host host_lowprec host_hiprec adapter' -- "$cur")
        return
        ;;
    --by)
        mapfile -t COMPREPLY < <(compgen -W 'hour trunk agent' -- "$cur")
        return
        ;;
    --disposition)
        mapfile -t COMPREPLY < <(compgen -W 'answered answered_elsewhere
            cancelled redirected auth_failed busy not_found declined no_answer
            unavailable rejected server_error global_failure timeout unknown' \
            -- "$cur")
        return
        ;;
    -i | --interface)
        mapfile -t COMPREPLY < <(compgen -W "any $(ls /sys/class/net 2>/dev/null)" -- "$cur")
        return
        ;;
    -r | --read | --config | -o | --output | -w | --write | --file)
        _siptrail_files "$cur"
        return
        ;;
    --metrics)
        mapfile -t COMPREPLY < <(compgen -W '127.0.0.1:9160' -- "$cur")
        return
        ;;
    --since | --until)
        mapfile -t COMPREPLY < <(compgen -W '15m 2h 1d 1w' -- "$cur")
        return
        ;;
    --user)
        mapfile -t COMPREPLY < <(compgen -u -- "$cur")
        return
        ;;
    --db | -f | --filter | -c | --count | -B | --buffer-size | -s | --snapshot-length | --sensor | --header | --limit | --from | --to | \
        --number | --ip | --call-id | --status | --min-pdd | --min-duration | \
        --max-duration | --shards | --keep | --keep-text | --max-size | --max-memory | --spool-size | --spool-age | \
        --rotate-size | --rotate-time | --keep-size | --keep-free | \
        --take-up-wait)
        return
        ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W \
            "$(_siptrail_options "${COMP_WORDS[0]}" "$command")" -- "$cur")
        return
    fi
    case $command in
    read) _siptrail_files "$cur" ;;
    db)
        mapfile -t COMPREPLY < <(compgen -W 'start stop status init migrate prune audit' -- "$cur")
        ;;
    esac
}

complete -F _siptrail siptrail
