# Completion of talosctl for fish. Load it with: talosctl completion fish | source

# Asks talosctl about the line; true if its candidates are to be offered, false if fish should offer file names.
function __talosctl_ask
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l begun (commandline --cut-at-cursor --current-token | string unescape)
    set -l program (string replace --regex '^~' $HOME -- $words[1])
    type --query $program; or set program talosctl
    set -l answer ($program __complete $words[2..-1] "$begun" 2>/dev/null)
    set -g __talosctl_candidates
    string match --quiet --regex '^:\d+$' -- "$answer[-1]"; or return 1
    set -l directive (string sub --start 2 -- $answer[-1])
    set -e answer[-1]
    test (math "bitand($directive, 1)") -ne 0; and return 0

    # Fish completes --flag=value as one word.
    set -l head (string match --regex -- '^-[^=]*=' $begun); or set head ''
    set -l value (string replace -- "$head" '' $begun)
    if test (math "bitand($directive, 16)") -ne 0
        set -g __talosctl_candidates $head(__fish_complete_directories $value '')
        return 0
    end
    if test (math "bitand($directive, 8)") -ne 0
        set -l pattern '/\t|\.('(string join '|' -- (string escape --style=regex -- $answer))')(\t|$)|/$'
        set -g __talosctl_candidates $head(__fish_complete_path $value '' | string match --regex --entire -- $pattern)
        return 0
    end
    set -g __talosctl_candidates $head$answer
    test (count $answer) -gt 0; or test (math "bitand($directive, 4)") -ne 0
end

complete --command talosctl --erase
complete --command talosctl --no-files --keep-order --condition __talosctl_ask --arguments '$__talosctl_candidates'
