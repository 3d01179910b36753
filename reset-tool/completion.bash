# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for cleanslate(1)
_cleanslate() {
        local word=${COMP_WORDS[COMP_CWORD]} choices=''
        case $COMP_CWORD,${COMP_WORDS[1]} in
        1,*) choices='plan preflight doctor request postpone status cancel reseal log certificate boot-ok --help --version' ;;
        *,plan) choices='--json --level= --tpm-clear= --no-tpm --help' ;;
        *,preflight | *,doctor) choices='--json --help' ;;
        *,request) choices='--at= --in= --on-next-boot --level= --tpm-clear= --no-tpm --keep= --reboot --reason= --yes --force --help' ;;
        2,certificate) choices='list show verify export --help' ;;
        *,certificate) choices='--json --key= --expected-pcrs= --pcr= --output= --help' ;;
        *,reseal) choices='--cancel --json --help' ;;
        *,status) choices='--json --watch --help' ;;
        *,log) choices='--json --help' ;;
        *,cancel | *,boot-ok | *,postpone) choices='--help' ;;
        esac
        # "--level=" is two words for bash, as = is a word break
        local line=" ${COMP_WORDS[*]:1:COMP_CWORD}"
        [[ $line =~ \ --level\ =?\ ?[a-z]*$ ]] && choices='crypto clear purge' word=${word#=}
        [[ $line =~ \ --tpm-clear\ =?\ ?[a-z]*$ ]] && choices='required try skip' word=${word#=}
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
        [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
        return 0
}
complete -F _cleanslate cleanslate
