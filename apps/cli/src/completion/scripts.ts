export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The command itself knows what fits; the shells only ask it. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# vman completion for bash. Once: source <(vman completion bash)
# Always: vman completion bash > /etc/bash_completion.d/vman
_vman() {
  local line="\${COMP_LINE:0:COMP_POINT}" word i
  local -a words=()
  read -ra words <<< "$line"
  [[ "$line" == *" " ]] && words+=("")
  local current="\${words[-1]}" readline="\${COMP_WORDS[COMP_CWORD]}"
  local -a found=()
  mapfile -t found < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  for word in "\${found[@]}"; do
    word="\${word%%$'\\t'*}"
    # readline breaks words at = and :, and wants only what comes after
    [[ "$current" == *[=:]* ]] && word="\${word#"\${current%"$readline"}"}"
    COMPREPLY+=("$word")
  done
  for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=$(printf '%q' "\${COMPREPLY[i]}"); done
}
complete -F _vman vman
`,
  zsh: `#compdef vman
# vman completion for zsh. Once: source <(vman completion zsh)
# Always: vman completion zsh > "\${fpath[1]}/_vman"
_vman() {
  local line word
  local -a found
  for line in "\${(@f)$(\${words[1]} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z "$line" ]] && continue
    word="\${line%%$'\\t'*}"
    if [[ "$line" == *$'\\t'* ]]; then
      found+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${word//:/\\\\:}")
    fi
  done
  (( \${#found} )) && _describe 'vman' found
}
if [[ "\${funcstack[1]}" == "_vman" ]]; then _vman "$@"; else compdef _vman vman; fi
`,
  fish: `# vman completion for fish. Once: vman completion fish | source
# Always: vman completion fish > ~/.config/fish/completions/vman.fish
function __vman_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c vman -f -a '(__vman_complete)'
`,
};

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
