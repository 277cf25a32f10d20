#compdef talosctl
# Completion of talosctl for zsh. Load it with: source <(talosctl completion zsh)

_talosctl() {
    local program line name directive
    local -a lines offers bare order patterns
    program=${${(Q)words[1]}/#\~/$HOME}
    (( $+commands[$program] )) || [[ -x $program ]] || program=talosctl
    lines=("${(@f)$("$program" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    [[ ${lines[-1]} == :<-> ]] || return 1
    directive=${lines[-1]#:}
    lines[-1]=()
    (( directive & 1 )) && return 1
    # Behind --flag= only the value is completed.
    [[ $PREFIX == -*=* ]] && compset -P '*='

    if (( directive & 16 )); then
        _files -/
        return
    fi
    if (( directive & 8 )); then
        for line in $lines; do patterns+=("*.$line"); done
        _files -g "(${(j:|:)patterns})"
        return
    fi
    for line in $lines; do
        name=${line%%$'\t'*}
        name=${name//:/\\:}
        if [[ $line == *$'\t'* ]]; then
            offers+=("$name:${line#*$'\t'}")
        else
            offers+=("$name")
        fi
    done
    if (( ! $#offers )); then
        (( directive & 4 )) && return 1
        _files
        return
    fi
    (( directive & 32 )) && order=(-V)
    (( directive & 2 )) && bare=(-S '')
    _describe $order 'completions' offers $bare
}

compdef _talosctl talosctl