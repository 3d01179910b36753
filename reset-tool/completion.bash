# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for cleanslate(1)
_cleanslate() {
        local word=${COMP_WORDS[COMP_CWORD]} choices=''
        case $COMP_CWORD,${COMP_WORDS[1]} in
        1,*) choices='request status cancel log boot-ok --help --version' ;;
        *,request) choices='--reboot --reason= --help' ;;
        *,status | *,log) choices='--json --help' ;;
        *,cancel | *,boot-ok) choices='--help' ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
        [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
        return 0
}
complete -F _cleanslate cleanslate
