# Completion of talosctl for bash 3.2 and later. Load it with: source <(talosctl completion bash)

# Puts the words of the line up to the cursor into the array "words". Bash cuts words at = and :, here they are whole
# again, and quotes and backslashes are gone.
__talosctl_split_line() {
    local rest=${COMP_LINE:0:COMP_POINT} trimmed piece i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && piece=$trimmed
        if ((i > 0)) && [[ -n $rest && $trimmed == "$rest" ]]; then
            words[${#words[@]} - 1]+=$piece
        else
            words[${#words[@]}]=$piece
        fi
        rest=${trimmed#"$piece"}
    done
    for ((i = 0; i < ${#words[@]}; i++)); do
        __talosctl_unquote "${words[i]}"
        words[i]=$unquoted
    done
}

__talosctl_unquote() {
    local text=$1 quote= char i
    unquoted=$text
    [[ $text == *[\"\'\\]* ]] || return 0
    unquoted=
    for ((i = 0; i < ${#text}; i++)); do
        char=${text:i:1}
        if [[ $char == "$quote" ]]; then
            quote=
        elif [[ -z $quote && ($char == "'" || $char == '"') ]]; then
            quote=$char
        elif [[ $char == "\\" && $quote != "'" ]]; then
            unquoted+=${text:++i:1}
        else
            unquoted+=$char
        fi
    done
}

__talosctl_option() {
    type compopt >/dev/null 2>&1 && compopt "$@"
}

__talosctl_complete() {
    local words unquoted program typed answer line word directive head width i
    local names=() texts=()
    COMPREPLY=()
    __talosctl_split_line
    program=${words[0]/#\~/$HOME}
    type -P "$program" >/dev/null || program=talosctl
    answer=$("$program" __complete "${words[@]:1}" 2>/dev/null) || return 0

    typed=${words[${#words[@]} - 1]}
    [[ $typed == -*=* ]] && typed=${typed#*=}
    # The part of the word that bash takes as typed before the piece it replaces.
    head=${typed%"$2"}
    [[ -z $2 && $typed != *[=:] ]] && head=
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            directive=${line#:}
        else
            names+=("${line%%$'\t'*}")
            texts+=("${line#"${line%%$'\t'*}"}")
        fi
    done <<<"$answer"
    ((directive & 1)) && return 0
    ((directive & 2)) && __talosctl_option -o nospace
    ((directive & 32)) && __talosctl_option -o nosort 2>/dev/null
    if ((directive & 16)); then
        __talosctl_option -o filenames
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$typed")
        return 0
    fi
    if ((directive & 8)); then
        __talosctl_option -o filenames
        while IFS= read -r line; do
            for word in "${names[@]}"; do
                [[ -d $line || $line == *".$word" ]] && COMPREPLY+=("$line") && break
            done
        done < <(compgen -f -- "$typed")
        return 0
    fi

    width=0
    for ((i = 0; i < ${#names[@]}; i++)); do
        [[ ${names[i]} == "$typed"* ]] || continue
        COMPREPLY+=("${names[i]#"$head"}")
        ((${#names[i]} > width)) && width=${#names[i]}
    done
    if ((${#COMPREPLY[@]} == 0)); then
        ((directive & 4)) && __talosctl_option +o default +o bashdefault
        return 0
    fi
    # Descriptions are for lists only: two tabs in a row.
    if ((${#COMPREPLY[@]} > 1)) && [[ $COMP_TYPE == 63 ]]; then
        COMPREPLY=()
        for ((i = 0; i < ${#names[@]}; i++)); do
            [[ ${names[i]} == "$typed"* ]] || continue
            printf -v line '%-*s  %s' "$width" "${names[i]}" "${texts[i]#$'\t'}"
            COMPREPLY+=("${line:0:${COLUMNS:-80}}")
        done
    fi
}

complete -o default -o bashdefault -F __talosctl_complete talosctl
