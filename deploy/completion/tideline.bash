# Completion in bash for tideline, tideline-edge and tideline-cloud. It asks them for their help, and
# so knows what they know: commands and options; everything else is completed as files are.
# shellcheck shell=bash
_tideline() {
  local word=${COMP_WORDS[COMP_CWORD]}
  local -a call=("$1")
  COMPREPLY=()
  if [[ ${1##*/} == tideline ]]; then
    if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$("$1" --help 2>/dev/null |
        sed -n '/^Options:/q; s/^  \([a-z]*\)  .*/\1/p')" -- "$word")
      return
    fi
    if ((COMP_CWORD > 1)); then call+=("${COMP_WORDS[1]}"); fi
  fi
  [[ $word == -* ]] || return 0
  mapfile -t COMPREPLY < <(compgen -W "$("${call[@]}" --help 2>/dev/null |
    sed -n 's/^  \(-h,\)\{0,1\}\(--[a-z-]*\).*/\2/p')" -- "$word")
}
complete -o default -F _tideline tideline tideline-edge tideline-cloud
