#compdef cleanslate
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh completion for cleanslate(1)
_cleanslate() {
        local context state line
        local -a commands=(
                'plan:show what a reset would do here now'
                'preflight:try what a reset needs'
                'doctor:say why a reset could not work here, and what to do'
                'request:ask for a factory reset'
                'postpone:postpone a scheduled reset'
                'status:show what is asked for and how far a reset has come'
                'cancel:cancel the request'
                'reseal:prepare a change of Secure Boot'\''s keys'
                'log:list the resets of this device'
                'certificate:what the record of a reset says, and whether it is true'
                'boot-ok:tell that the system has started'
        )
        local -a json=('(-j --json)'{-j,--json}'[as JSON]') help=('(-h --help)'{-h,--help}'[show the help]')
        local -a reset_options=('--level=[at least this level]:level:(crypto clear purge)' '--tpm-clear=[whether the TPM is cleared]:policy:(required try skip)'
                       '--no-tpm[leave the TPM as it is]')
        _arguments -C "$help[@]" '--version[show the version]' '1:command:->command' '*::argument:->argument'
        case $state in
        command) _describe command commands ;;
        argument)
                case $line[1] in
                plan) _arguments "$help[@]" "$json[@]" "$reset_options[@]" ;;
                preflight | doctor | log) _arguments "$help[@]" "$json[@]" ;;
                status) _arguments "$help[@]" "$json[@]" '(-w --watch)'{-w,--watch}'[and again after every change]' ;;
                request)
                        _arguments "$help[@]" "$reset_options[@]" '(--in --on-next-boot -r --reboot)--at=[set a time for it]:time' \
                                '(--at --on-next-boot -r --reboot)--in=[so long from now]:time' \
                                '(--at --in)--on-next-boot[at the next boot]' '(-r --reboot --at --in)'{-r,--reboot}'[reboot now]' \
                                '*--keep=[have this outlive the reset]:path:_files' '--reason=[why, for the record]:reason' '(-y --yes)'{-y,--yes}'[do not ask]' \
                                '--force[although the preflight fails]'
                        ;;
                reseal) _arguments "$help[@]" "$json[@]" '--cancel[erase what is prepared]' ;;
                postpone) _arguments "$help[@]" '1:time' ;;
                certificate)
                        _arguments "$help[@]" "$json[@]" '1:what:(list show verify export)' '2:record' '--key=[the device'\''s key]:file:_files' \
                                '--expected-pcrs=[of the image]:file:_files' '*--pcr=[what a PCR has to be]:number and digest' \
                                '--output=[where to]:directory:_files -/'
                        ;;
                *) _arguments "$help[@]" ;;
                esac
                ;;
        esac
}
_cleanslate "$@"
